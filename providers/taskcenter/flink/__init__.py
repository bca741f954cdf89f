"""Apache Flink, directly: hook, operators, sensor and trigger for its REST API and its SQL Gateway."""
