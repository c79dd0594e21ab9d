"""Delivery: events of the ledger written to the targets of trails, in order."""
