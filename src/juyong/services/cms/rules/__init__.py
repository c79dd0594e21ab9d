"""Alarm rules, their states and their history."""
