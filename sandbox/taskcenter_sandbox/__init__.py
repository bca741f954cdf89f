"""Local stand-ins of the remote systems: they talk real HTTP and really run jobs."""
