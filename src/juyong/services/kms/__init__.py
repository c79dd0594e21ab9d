"""Key Management Service and Secrets Manager.

keys: keys, their versions, aliases, policies, imported material, rotation.
crypto: what is done with keys.
secrets: secrets, their versions and stages, rotation.
access: instances, network rules, access points, client keys; tags of keys and secrets.
"""
