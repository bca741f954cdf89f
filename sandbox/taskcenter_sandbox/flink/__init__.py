"""A local Apache Flink: a real session cluster, from the distribution that PyPI carries."""
