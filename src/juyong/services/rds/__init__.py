"""Registered databases, and the accounts and databases in them."""
