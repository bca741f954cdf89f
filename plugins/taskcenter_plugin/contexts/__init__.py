"""Executions of plans: what a DAG run looks like through the documented API."""
