"""RAM: users, groups, roles, policies, AccessKeys, MFA devices and sign-in."""
