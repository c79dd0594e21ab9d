"""Access points of instances: client keys, policies, network rules, and what these allow."""
