"""Keys inside a PKCS#11 token: made there, used there, never out of it."""
