"""The task center: what Airflow's api-server, scheduler and workers load as a plugin."""
