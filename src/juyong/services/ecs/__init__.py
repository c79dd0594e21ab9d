"""ECS: instances, their interfaces and disks, and SSH key pairs."""
