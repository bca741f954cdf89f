"""One file for each shard of plans; what they hold is published elsewhere."""
