"""Network rules, policies, access points and client keys: kept, and good for what is said there."""
