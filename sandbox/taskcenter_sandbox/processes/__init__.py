"""Other programs as child processes, of which nothing is left behind however we end."""
