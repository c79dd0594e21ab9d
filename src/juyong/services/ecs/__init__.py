"""SSH key pairs, security groups, and the lists that rules of groups name."""
