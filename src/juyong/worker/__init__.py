"""Scheduled work: what no call asks for."""
