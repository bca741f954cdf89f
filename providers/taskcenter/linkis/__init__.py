"""Apache Linkis: hook, operator, sensor and trigger for its REST API."""
