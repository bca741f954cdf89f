"""Calls into Airflow that its documentation does not promise, one module for each concern."""
