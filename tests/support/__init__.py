"""What the tests of several rooms share: servers that answer as told, and an Airflow kept in memory."""
