"""The command line: running a server, and running clients against it."""
