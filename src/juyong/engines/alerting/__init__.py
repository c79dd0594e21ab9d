"""Alarms of logs: conditions, schedules, and which groups of rows ring."""
