"""Prefix lists and port lists, which rules of security groups and entries of ACLs name."""
