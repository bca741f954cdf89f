"""What plans run: one small class for each entity group."""
