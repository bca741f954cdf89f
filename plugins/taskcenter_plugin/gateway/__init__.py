"""The documented views of Linkis, Exchangis and Hlink, served through Airflow connections with Airflow's login and rights."""
