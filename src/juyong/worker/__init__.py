"""Scheduled work, which no call asks for."""
