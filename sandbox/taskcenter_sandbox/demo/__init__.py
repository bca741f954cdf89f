"""The demo: example DAGs on a local Airflow against a local Linkis, told in the terminal as it happens."""
