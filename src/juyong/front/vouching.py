"""The hosts that the local CA may vouch for, and the face of the CA; needs no X.509 library."""

import ssl
from typing import Protocol

PERMITTED_DOMAINS = ("aliyuncs.com", "alibabacloud.com", "localhost")
PERMITTED_ADDRESSES = ("127.0.0.1", "::1")
"""All hosts that the local CA may vouch for; a critical name constraint in the CA says the same."""

DEFAULT_HOST = "localhost"


class OutsideAuthority(ValueError):
    """The local CA may not vouch for the host."""


class AuthorityUnusable(Exception):
    """The CA's file is malformed, expired or readable by others; the text says which file."""


class Authority(Protocol):
    """Vouches for hosts."""

    def leaf(self, host: str) -> ssl.SSLContext:
        """Return a server context for the host, or raise OutsideAuthority."""
        ...
