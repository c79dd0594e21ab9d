"""ROA requests under signature V1 (`Authorization: acs …`)."""

import base64
import hashlib
from functools import partial
from urllib.parse import unquote

from juyong.api.product import Style
from juyong.api.request import Raw, asks_xml
from juyong.api.wire import Claim, Envelope, Promise, Writer
from juyong.base.clock import Instant, iso
from juyong.base.secret import Secret
from juyong.gateway.encode import JSON, XML
from juyong.gateway.errors import (
    ContentMismatch,
    IncompleteSignature,
    MalformedTime,
    MissingCommon,
    SignatureMismatchV1,
)
from juyong.gateway.signature import roa1
from juyong.gateway.wire.parameters import json_members, read_query

_NO_BODY = hashlib.md5(usedforsecurity=False).digest()


class RoaFormat:
    """Method and path name the operation; the body is JSON."""

    styles = frozenset({Style.ROA})

    def recognises(self, raw: Raw) -> bool:
        """By the Authorization scheme."""
        return raw.headers.get("authorization", "").startswith("acs ")

    def read(self, raw: Raw) -> Envelope:
        """Take the request apart."""
        headers = raw.headers
        try:
            access_key_id, signature = roa1.parse_authorization(headers["authorization"])
        except roa1.Unreadable as bad:
            raise IncompleteSignature from bad
        query = read_query(raw).params

        def check(secret: Secret) -> None:
            _check_body(raw)
            text = ""
            for bare in (True, False):
                text = roa1.string_to_sign(
                    raw.method, unquote(raw.path), query.items(), headers, bare_empty=bare
                )
                if roa1.verify(secret, text, signature):
                    return
            raise SignatureMismatchV1(text)

        return Envelope(
            claim=Claim(
                access_key_id=access_key_id,
                security_token=headers.get("x-acs-security-token"),
                timestamp=_timestamp(raw),
                nonce=headers.get("x-acs-signature-nonce"),
                check=check,
            ),
            # A hint at the client's intent; method and path decide the operation.
            action=headers.get("x-acs-action"),
            version=headers.get("x-acs-version"),
            params=query,
            writer=JSON,
            members=partial(json_members, raw.body) if raw.body else dict,
            promise=_promised(raw) if raw.arriving is not None else None,
        )

    def writer(self, raw: Raw) -> Writer:
        """Return what writes JSON or XML, as the request asks."""
        return XML if asks_xml(raw.query, raw.headers) else JSON


def _timestamp(raw: Raw) -> str:
    date = raw.headers.get("date") or raw.headers.get("x-acs-date")
    if not date:
        raise MissingCommon("Date")
    try:
        from email.utils import parsedate_to_datetime  # noqa: PLC0415  # a start need not wait

        at = parsedate_to_datetime(date)
    except (ValueError, OverflowError) as bad:
        raise MalformedTime from bad
    if at.tzinfo is None:
        # It names no zone, and would be read in the one of this machine.
        raise MalformedTime
    return iso(Instant(int(at.timestamp())))


def _promised(raw: Raw) -> Promise:
    """Return the MD5 that the body must have; without a Content-MD5 there must be no body."""
    claimed = raw.headers.get("content-md5")
    try:
        digest = base64.b64decode(claimed, validate=True) if claimed else _NO_BODY
    except ValueError:
        digest = None
    return Promise(algorithm="md5", digest=digest, refusal=ContentMismatch)


def _check_body(raw: Raw) -> None:
    """SECURITY: an unsigned or wrong Content-MD5 would let a body be swapped."""
    if raw.arriving is not None:
        return  # compared with the promise once it is there
    claimed = raw.headers.get("content-md5")
    if not raw.body and not claimed:
        return
    actual = base64.b64encode(hashlib.md5(raw.body, usedforsecurity=False).digest()).decode()
    if claimed != actual:
        raise ContentMismatch


FORMAT = RoaFormat()
