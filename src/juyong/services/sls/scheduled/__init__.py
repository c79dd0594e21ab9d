"""Scheduled SQL: a query over each window of a logstore, whose rows go into another."""
