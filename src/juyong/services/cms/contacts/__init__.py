"""Contacts, who get alerts, and groups of contacts."""
