"""Signature algorithms: pure functions from a received request and a secret to a verdict."""
