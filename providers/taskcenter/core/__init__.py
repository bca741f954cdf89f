"""What every remote system shares and needs no Airflow for: endpoints, flows, drivers, states, errors."""
