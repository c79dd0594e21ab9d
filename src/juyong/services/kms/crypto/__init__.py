"""What is done with keys: encrypt, decrypt, sign, verify, authenticate, export."""
