"""Terraform plans, applied to a network: the network as it would be."""
