"""Disks, the encrypted ones under keys of the KMS."""
