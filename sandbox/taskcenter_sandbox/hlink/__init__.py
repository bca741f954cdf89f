"""A local Hlink: all its endpoints, with jobs that run on a real Flink cluster."""
