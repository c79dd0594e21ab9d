"""Prefix lists by the operations of VPC, which shows the same lists as ECS."""
