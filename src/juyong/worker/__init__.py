"""Scheduled work: what has to be done without anybody calling."""
