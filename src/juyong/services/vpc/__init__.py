"""VPC: virtual networks, their routes, ACLs and public addresses."""
