"""Public addresses: EIPs, and NAT gateways with their SNAT and DNAT entries."""
