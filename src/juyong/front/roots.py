"""The public roots that a client would trust without the platform."""

import re
import ssl
from pathlib import Path

import certifi

_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")


def root_files() -> tuple[Path, ...]:
    """Return the files the roots come from: certifi's, and the system's or `SSL_CERT_FILE`'s."""
    named = (certifi.where(), ssl.get_default_verify_paths().cafile)
    return tuple(Path(name) for name in dict.fromkeys(named) if name)


def public_roots() -> bytes:
    """Return every root of `root_files()` once, as PEM.

    A company's own root named by `SSL_CERT_FILE` stays trusted: allowed hosts may need it.

    Raises:
        OSError: a file cannot be read.
    """
    blocks: dict[bytes, None] = {}
    for path in root_files():
        for block in _BLOCK.findall(path.read_bytes()):
            blocks[block.replace(b"\r\n", b"\n")] = None
    return b"".join(block + b"\n" for block in blocks)
