"""REST endpoints of our own that the page in Airflow's UI asks, beside the documented ones."""
