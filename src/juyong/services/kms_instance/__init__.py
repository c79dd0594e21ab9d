"""KMS instances: keys and secrets for holders of a client key, in a protocol of their own."""
