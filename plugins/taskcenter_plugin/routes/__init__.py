"""The documented REST paths: thin routes, each with the permission that it needs."""
