"""Signature algorithms: pure functions from what was received and a secret to a verdict."""
