"""Key Management Service and Secrets Manager.

keys: keys, their versions, aliases, policies, imported material, rotation.
crypto: the uses of keys.
secrets: secrets, their versions and stages, rotation.
account: the service itself: regions, and the instance of each account.
access: network rules, policies, access points, client keys.
tags: the operations on tags of keys, secrets and instances.
"""
