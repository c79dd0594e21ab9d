"""Insights: events that tell of unusual calls, found by a job in the events of an account."""
