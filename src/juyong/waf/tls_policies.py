"""Cipher suites of a site by the name of a policy, as the cloud has them for TLS 1.2.

The suites of TLS 1.3 are OpenSSL's own choice: all are strong.

Source: WAF 3.0, CipherSuite 1 (all), 2 (strong) and 99 (custom); the list of suites from TLS
security policies of load balancers (documented); that strong is what has forward secrecy and no
SHA-1 (assumed).
"""

import ssl
from functools import cache
from typing import Final

STRONG: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-AES256-SHA384",
)
_REST: Final = (
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-SHA256",
    "AES256-SHA256",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-RSA-AES256-SHA",
    "AES128-SHA",
    "AES256-SHA",
)
POLICIES: Final = {"default": (), "strong": STRONG, "all": STRONG + _REST}
"""`default` is the choice of Python's ssl; DES-CBC3-SHA, once in `all`, is gone from OpenSSL."""


class BadPolicy(ValueError):
    """A policy names a suite that cannot be had; the text names the suite."""


def suites_of(policy: str) -> str:
    """Return the suites of a policy for OpenSSL; empty for its default.

    Args:
        policy: A name of `POLICIES`, or suites by OpenSSL's names with colons between them.

    Raises:
        BadPolicy: a suite is unknown here, or is none of TLS 1.2. OpenSSL would leave it out
            without a word.
    """
    named = POLICIES.get(policy)
    if named is not None:
        return ":".join(named)
    for suite in policy.split(":"):
        if suite not in _known():
            raise BadPolicy(f"`{suite}` is no cipher suite of TLS 1.2 that this OpenSSL has")
    return policy


@cache
def _known() -> frozenset[str]:
    """Return the suites of this OpenSSL that authenticate the server and encrypt."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:!aNULL:!eNULL:!PSK:!SRP")
    return frozenset(
        str(each["name"]) for each in context.get_ciphers() if each["protocol"] != "TLSv1.3"
    )
