"""A local Exchangis: its data source and job endpoints, and jobs that really move data."""
