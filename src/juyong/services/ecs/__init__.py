"""ECS: instances, their interfaces and disks, SSH key pairs, security groups and lists of rules."""
