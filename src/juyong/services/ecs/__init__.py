"""ECS: instances, their interfaces and disks, security groups, and SSH key pairs."""
