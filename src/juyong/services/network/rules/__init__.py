"""Rules of security groups, and the lists that rules name."""
