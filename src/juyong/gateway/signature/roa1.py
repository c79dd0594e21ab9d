"""ROA signature V1: HMAC-SHA1 over method, headers and resource.

Source: ROA request signing (documented), client sources (observed).
"""

import base64
import hmac
from collections.abc import Iterable, Mapping

from juyong.base.secret import Secret

_HEADERS = ("accept", "content-md5", "content-type", "date")


class Unreadable(ValueError):
    """The Authorization header is not `acs <AccessKeyId>:<signature>`."""


def parse_authorization(value: str) -> tuple[str, str]:
    """Return (AccessKey id, signature).

    Raises:
        Unreadable: another form.
    """
    scheme, _, rest = value.partition(" ")
    access_key_id, colon, signature = rest.partition(":")
    if scheme != "acs" or not colon or not access_key_id or not signature:
        raise Unreadable("authorization")
    return access_key_id, signature


def string_to_sign(
    method: str,
    path: str,
    query: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    *,
    bare_empty: bool,
) -> str:
    """Canonicalise a request; clients write an empty query value as `key` or as `key=`."""
    lines = [method, *(headers.get(name, "") for name in _HEADERS)]
    names = sorted(name for name in headers if name.startswith("x-acs-"))
    block = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    pairs = [k if not v and bare_empty else f"{k}={v}" for k, v in sorted(query)]
    resource = f"{path}?{'&'.join(pairs)}" if pairs else path
    return "\n".join(lines) + "\n" + block + resource


def sign(secret: str, text: str) -> str:
    """Return the base64 signature of a string to sign."""
    return _signature(Secret(secret), text).decode()


def verify(secret: Secret, text: str, signature: str) -> bool:
    """Tell whether the signature is this secret's, in constant time."""
    return hmac.compare_digest(_signature(secret, text), signature.encode())


def _signature(secret: Secret, text: str) -> bytes:
    return base64.b64encode(secret.keyed("sha1").digest(text.encode()))
