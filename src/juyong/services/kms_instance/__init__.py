"""KMS instances: keys and secrets for who holds a client key, in a protocol of their own."""
