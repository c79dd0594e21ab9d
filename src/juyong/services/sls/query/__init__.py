"""Searches and SQL over the logs of a logstore."""
