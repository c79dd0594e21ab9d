"""Signature V3 (ACS3-HMAC-SHA256): a canonical request, its hash, and an HMAC.

Source: V3 request body and signature mechanism (documented), client sources (observed).
"""

import hashlib
import hmac
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import repeat

import msgspec

from juyong.base.secret import Secret
from juyong.gateway.signature.encoding import enc, enc_pairs

ALGORITHM = "ACS3-HMAC-SHA256"
NONCE = "x-acs-signature-nonce"
_USUAL = re.compile(rf"{ALGORITHM} Credential=([^,]+),SignedHeaders=([^,\s]+),Signature=([^,\s]+)")
"""PERF: the order and spelling of every SDK, in one match."""
_PART = re.compile(r"\s*(?:(Credential)=([^,]+)|(SignedHeaders|Signature)=([^,\s]+)\s*)")
"""An AccessKey id with a blank is another id, which is refused as one (observed)."""
_SHA256 = hashlib.sha256()
"""PERF: to look the hash function up takes as long as to hash a usual request."""
_ALWAYS_SIGNED = frozenset({"x-acs-date", "x-acs-content-sha256"})
_SIGNED_IN_RPC = _ALWAYS_SIGNED | {"x-acs-action", "x-acs-version"}
_MUST_BE_SIGNED = {
    (rpc, token): headers | ({"x-acs-security-token"} if token else frozenset())
    for rpc, headers in ((False, _ALWAYS_SIGNED), (True, _SIGNED_IN_RPC))
    for token in (False, True)
}
"""By whether the call is RPC, and whether it carries a security token."""


class Unreadable(ValueError):
    """The Authorization header does not have the documented form."""


class Authorization(msgspec.Struct, frozen=True):
    """The parsed header."""

    access_key_id: str
    signed_headers: tuple[str, ...]
    signature: str


def parse_authorization(value: str) -> Authorization:
    """Split `ACS3-HMAC-SHA256 Credential=…,SignedHeaders=a;b,Signature=hex`.

    Raises:
        Unreadable: another algorithm, or a part missing, twice or empty.
    """
    usual = _USUAL.fullmatch(value)
    if usual is not None:
        return Authorization(usual[1], tuple(usual[2].split(";")), usual[3])
    scheme, _, rest = value.partition(" ")
    if scheme != ALGORITHM:
        raise Unreadable("algorithm")
    parts: dict[str, str] = {}
    for part in rest.split(","):
        found = _PART.fullmatch(part)
        if found is None:
            raise Unreadable("parts")
        name, value = found[1] or found[3], found[2] or found[4]
        if name in parts:
            raise Unreadable("parts")
        parts[name] = value
    if len(parts) != len(("Credential", "SignedHeaders", "Signature")):
        raise Unreadable("parts")
    names = tuple(parts["SignedHeaders"].split(";"))
    return Authorization(parts["Credential"], names, parts["Signature"])


def must_be_signed(headers: Mapping[str, str], *, rpc: bool) -> frozenset[str]:
    """Return the headers whose signing we insist on.

    SECURITY: an unsigned action, token or body hash could be swapped under a valid signature.
    Method, path and query are in every signature.
    """
    return _MUST_BE_SIGNED[rpc, "x-acs-security-token" in headers]


def is_bound(headers: Mapping[str, str], signed: Collection[str]) -> bool:
    """Tell whether a signature covers the host, and the nonce if there is one.

    SECURITY: an unsigned nonce could be changed, and the call then be repeated.
    """
    return "host" in signed and (NONCE in signed or NONCE not in headers)


def canonical_request(
    method: str,
    path: str,
    query: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    signed: Sequence[str],
    *,
    bare_keys: bool = False,
) -> str:
    """Build the canonical request; clients differ in whether they encode query keys."""
    ordered = sorted(query)
    pairs = "&".join([f"{k}={enc(v)}" for k, v in ordered]) if bare_keys else enc_pairs(ordered)
    return canonical_of(method, path, pairs, headers, signed)


def canonical_of(
    method: str, path: str, pairs: str, headers: Mapping[str, str], signed: Sequence[str]
) -> str:
    """Build the canonical request of a canonical query, its pairs sorted."""
    # PERF: no Python code runs for each header.
    values = map(str.strip, map(headers.get, signed, repeat("")))
    lines = zip(signed, values)  # noqa: B905  # PERF: an option costs as much
    block = "\n".join([*map(":".join, lines), ""])
    names = ";".join(signed)
    payload = headers.get("x-acs-content-sha256", "")
    return f"{method}\n{path or '/'}\n{pairs}\n{block}\n{names}\n{payload}"


def string_to_sign(canonical: str) -> str:
    """Hash the canonical request into the string to sign."""
    digest = _SHA256.copy()
    digest.update(canonical.encode())
    return f"{ALGORITHM}\n{digest.hexdigest()}"


def sign(secret: str, text: str) -> str:
    """Return the hex signature of a string to sign."""
    return _signature(Secret(secret), text)


def verify(secret: Secret, text: str, signature: str) -> bool:
    """Tell whether the signature is this secret's, in constant time."""
    return hmac.compare_digest(_signature(secret, text).encode(), signature.encode())


def _signature(secret: Secret, text: str) -> str:
    return secret.keyed("sha256").digest(text.encode()).hex()
