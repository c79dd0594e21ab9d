"""NAT gateways, with their SNAT and DNAT entries."""
