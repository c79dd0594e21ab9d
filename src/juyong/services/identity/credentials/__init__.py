"""AccessKeys, passwords, MFA devices and passkeys."""
