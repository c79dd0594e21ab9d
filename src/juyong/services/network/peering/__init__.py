"""Peering connections: two VPCs, of any accounts and regions, between which routes may lead."""
