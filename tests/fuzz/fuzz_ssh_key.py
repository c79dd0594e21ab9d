"""Fuzz public keys in OpenSSH's format: what is accepted is one line that stays what it is."""

from juyong.engines.credentials.ssh_keys import BadPublicKey, parse_public_key

SEEDS = [
    b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@host",
    b"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ",
    b"ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA==",
    b"ssh-dss AAAAB3NzaC1kc3MAAAA=",
    b"ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29t",
    b"sk-ssh-ed25519@openssh.com AAAA",
    b"ssh-rsa",
    b"",
]


def target(data: bytes) -> None:
    """Parse `data`; what is accepted reads back as itself."""
    try:
        key = parse_public_key(data.decode())
    except (UnicodeDecodeError, BadPublicKey):
        return
    assert parse_public_key(key.line) == key
    assert len(key.line.split()) == 2
    assert len(key.fingerprint) == 47
