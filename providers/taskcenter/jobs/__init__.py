"""What all systems share on Airflow's side: hook, transports, poller, operator, sensor and trigger."""
