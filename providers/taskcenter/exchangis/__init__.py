"""WeBank Exchangis: hook, operators, sensors and triggers for its REST API."""
