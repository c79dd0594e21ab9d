"""RPC signature V1: HMAC-SHA1 over the sorted parameters.

Source: RPC request signing (documented; recomputed from recorded client traffic).
"""

import base64
import hmac
from collections.abc import Iterable

from juyong.base.secret import Secret
from juyong.gateway.signature.encoding import enc_pairs

Pairs = Iterable[tuple[str, str]]


def string_to_sign(method: str, pairs: Pairs) -> str:
    """Canonicalise the parameters (query and form, `Signature` left out)."""
    return text_of(method, enc_pairs(sorted([pair for pair in pairs if pair[0] != "Signature"])))


def text_of(method: str, canonical: str) -> str:
    """Make the string to sign of canonical parameters, sorted."""
    # PERF: what is encoded once holds only unreserved characters and these three.
    twice = canonical.replace("%", "%25").replace("&", "%26").replace("=", "%3D")
    return f"{method}&%2F&{twice}"


def sign(secret: str, text: str) -> str:
    """Return the base64 signature of a string to sign."""
    return _signature(Secret(secret), text).decode()


def verify(secret: Secret, text: str, signature: str) -> bool:
    """Tell whether the signature is this secret's, in constant time."""
    return hmac.compare_digest(_signature(secret, text), signature.encode())


def _signature(secret: Secret, text: str) -> bytes:
    return base64.b64encode(secret.keyed("sha1", "&").digest(text.encode()))
