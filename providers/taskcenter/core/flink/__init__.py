"""Flink's own REST API, which is asked by those who run jobs on a cluster and by those who run them through another system."""
