"""``airflow taskcenter``: plans and entities as YAML files, for those who run this Airflow."""
