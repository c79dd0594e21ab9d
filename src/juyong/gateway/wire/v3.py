"""Signature V3 requests, RPC and ROA: everything about the call is in headers."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from juyong.api.product import Style
from juyong.api.request import Raw, asks_xml
from juyong.api.wire import Claim, Envelope, Promise, Writer
from juyong.base.secret import Secret
from juyong.gateway.encode import JSON, XML
from juyong.gateway.errors import (
    ContentMismatch,
    IncompleteSignature,
    MissingCommon,
    SignatureMismatchV3,
)
from juyong.gateway.signature import v3
from juyong.gateway.signature.encoding import sorted_pairs
from juyong.gateway.wire.parameters import (
    Sent,
    json_members,
    media_type,
    read_form,
    read_query,
    unique,
)

_NO_BODY = hashlib.sha256().hexdigest()
_DIGEST = "x-acs-content-sha256"


class V3Format:
    """ACS3 requests."""

    styles = frozenset({Style.RPC, Style.ROA})

    def recognises(self, raw: Raw) -> bool:
        """By the Authorization scheme: V1 clients send x-acs-* headers too."""
        return raw.headers.get("authorization", "").startswith("ACS3-")

    def read(self, raw: Raw) -> Envelope:
        """Take the request apart."""
        headers = raw.headers
        try:
            authorization = v3.parse_authorization(headers["authorization"])
        except v3.Unreadable as bad:
            raise IncompleteSignature from bad
        rpc = raw.path in ("", "/")
        signed = authorization.signed_headers
        if not v3.must_be_signed(headers, rpc=rpc) <= set(signed):
            raise IncompleteSignature
        query = read_query(raw)
        return Envelope(
            claim=Claim(
                access_key_id=authorization.access_key_id,
                security_token=headers.get("x-acs-security-token"),
                timestamp=_mandatory(headers, "x-acs-date", "Timestamp"),
                # SECURITY: without a nonce, the signature itself may be used only once.
                nonce=headers.get(v3.NONCE) or authorization.signature,
                check=_Check(raw, authorization, query),
                bound=v3.is_bound(headers, signed),
                once=v3.NONCE in signed,
            ),
            action=headers.get("x-acs-action"),
            version=headers.get("x-acs-version"),
            params=_params(raw, query.params) if rpc else query.params,
            members=dict if rpc else partial(_members, raw),
            promise=_promised(raw) if raw.arriving is not None else None,
            writer=XML if "xml" in headers.get("accept", "") else JSON,
        )

    def writer(self, raw: Raw) -> Writer:
        """Return what writes JSON or XML, as the request asks."""
        return XML if asks_xml(raw.query, raw.headers) else JSON


def _promised(raw: Raw) -> Promise:
    try:
        digest = bytes.fromhex(raw.headers.get(_DIGEST, ""))
    except ValueError:
        digest = None
    return Promise(algorithm="sha256", digest=digest, refusal=ContentMismatch)


def _mandatory(headers: Mapping[str, str], header: str, name: str) -> str:
    value = headers.get(header)
    if not value:
        raise MissingCommon(name)
    return value


def _params(raw: Raw, query: Mapping[str, str]) -> Mapping[str, Any]:
    if not raw.body:
        return query
    if media_type(raw).startswith("application/json"):
        return {**json_members(raw.body), **query}
    return unique([*query.items(), *read_form(raw).items()])


def _members(raw: Raw) -> Mapping[str, Any]:
    """Read the body of a ROA request: JSON, or a form that says it is one."""
    if not raw.body:
        return {}
    return read_form(raw) or json_members(raw.body)


class _Check:
    """Verifies one V3 request once the secret is known."""

    __slots__ = ("_authorization", "_query", "_raw")

    def __init__(self, raw: Raw, authorization: v3.Authorization, query: Sent) -> None:
        self._raw, self._authorization, self._query = raw, authorization, query

    def __call__(self, secret: Secret) -> None:
        raw, authorization = self._raw, self._authorization
        if raw.arriving is None:
            claimed = raw.headers.get(_DIGEST, "")
            actual = hashlib.sha256(raw.body).hexdigest() if raw.body else _NO_BODY
            if not hmac.compare_digest(actual.encode(), claimed.lower().encode()):
                raise ContentMismatch
        canonical = text = ""
        for canonical in self._canonical_requests():
            text = v3.string_to_sign(canonical)
            if v3.verify(secret, text, authorization.signature):
                return
        raise SignatureMismatchV3(text, canonical)

    def _canonical_requests(self) -> Iterator[str]:
        """Yield what the client may have signed."""
        raw, query, signed = self._raw, self._query, self._authorization.signed_headers
        if query.canonical is not None:
            pairs = sorted_pairs(query.canonical)
            yield v3.canonical_of(raw.method, raw.path, pairs, raw.headers, signed)
            return
        # Clients leave query keys unencoded, the documentation encodes them: accept either.
        for bare_keys in (False, True):
            yield v3.canonical_request(
                raw.method,
                raw.path,
                query.params.items(),
                raw.headers,
                signed,
                bare_keys=bare_keys,
            )


FORMAT = V3Format()
