"""The face over PKCS#11; imports python-pkcs11, so only `open.py` may import it, and late."""
