"""What stands in front of every service of the sandbox: the Linkis gateway's login, its envelope, faults on the wire."""
