"""The uses of keys: encrypt, decrypt, sign, verify, authenticate, export."""
