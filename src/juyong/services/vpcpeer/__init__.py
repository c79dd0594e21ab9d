"""VPC peering: connections between VPCs, asked for by one side and accepted by the other."""
