"""The systems that data is moved between, one module each."""
