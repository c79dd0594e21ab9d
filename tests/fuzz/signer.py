"""How a client signs, written from the documentation alone: nothing of the gateway is used."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import quote

Pairs = Sequence[tuple[str, str]]


def percent(text: str) -> str:
    """Encode as RFC 3986 asks."""
    return quote(text.encode(), safe="-_.~")


def query_string(pairs: Pairs) -> str:
    """Write pairs onto the wire."""
    return "&".join(f"{percent(name)}={percent(value)}" for name, value in pairs)


def v1(method: str, params: Mapping[str, str], secret: str) -> str:
    """Sign RPC parameters with signature V1."""
    canonical = query_string(sorted(params.items()))
    text = f"{method}&{percent('/')}&{percent(canonical)}"
    return _sha1(f"{secret}&", text)


def roa(
    method: str,
    target: str,
    headers: Mapping[str, str],
    secret: str,
) -> str:
    """Sign a ROA request with signature V1; target is the path with its sorted query."""
    lines = [method]
    lines += [headers.get(name, "") for name in ("accept", "content-md5", "content-type", "date")]
    lines += [f"{n}:{v.strip()}" for n, v in sorted(headers.items()) if n.startswith("x-acs-")]
    return _sha1(secret, "\n".join([*lines, target]))


def v3(
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    *,
    signed: Sequence[str],
    secret: str,
) -> str:
    """Sign a request with signature V3; query is sorted and encoded already."""
    block = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in signed)
    payload = headers["x-acs-content-sha256"]
    canonical = "\n".join([method, path, query, block, ";".join(signed), payload])
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _sha1(key: str, text: str) -> str:
    digest = hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
