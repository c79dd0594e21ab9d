"""Policies that make snapshots of disks by the clock, and delete them."""
