"""Prefix lists and port lists, which rules of security groups name."""
