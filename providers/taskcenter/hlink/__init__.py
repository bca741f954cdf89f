"""Hlink: hook, operators, sensors and triggers for its REST API, which runs SQL and jar jobs on Flink."""
