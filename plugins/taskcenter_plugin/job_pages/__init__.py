"""Pages on the remote jobs of tasks, to which the operators' extra links lead, and the JSON that they show."""
