"""What really runs the code: subprocesses for Python and shell, DuckDB for SQL."""
