"""Alerts: rules that ask logs by a schedule, and tell when a condition is met."""
