"""For whom the local CA may vouch, and who vouches; known without any X.509 library."""

import ssl
from typing import Protocol

PERMITTED_DOMAINS = ("aliyuncs.com", "alibabacloud.com", "localhost")
PERMITTED_ADDRESSES = ("127.0.0.1", "::1")
"""All that the local CA may vouch for; it says so itself, in a critical name constraint."""

DEFAULT_HOST = "localhost"


class OutsideAuthority(ValueError):
    """The host is none that the local CA may vouch for."""


class AuthorityUnusable(Exception):
    """The CA's file is malformed, expired or readable by others; the text says which file."""


class Authority(Protocol):
    """Vouches for hosts."""

    def leaf(self, host: str) -> ssl.SSLContext:
        """Return a server context for the host, or raise OutsideAuthority."""
        ...
