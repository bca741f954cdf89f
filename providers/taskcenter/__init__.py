"""Run jobs on Linkis, Exchangis and Flink from Apache Airflow."""

__version__ = "0.1.0"
