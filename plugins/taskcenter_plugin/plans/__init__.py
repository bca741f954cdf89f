"""What a plan is, and how it becomes a DAG."""
