"""Signed requests made by hand, so that a test can get every detail wrong."""

import hashlib
import uuid
from typing import Any
from urllib.parse import urlencode

from juyong.api.request import Raw
from juyong.base.clock import Instant, iso
from juyong.gateway.signature import v1, v3


def raw(
    *,
    method: str = "GET",
    path: str = "/",
    query: str = "",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> Raw:
    return Raw(
        method=method,
        path=path,
        query=query,
        headers={"host": "ram.aliyuncs.com", **(headers or {})},
        body=body,
        peer="127.0.0.1",
        secure=True,
    )


def v1_call(
    key_id: str,
    secret: str,
    now: int,
    *,
    host: str = "ram.aliyuncs.com",
    drop: tuple[str, ...] = (),
    **params: str,
) -> Raw:
    """Sign with V1; `drop` leaves parameters out after signing."""
    given: dict[str, str] = {
        "Version": "2015-05-01",
        "Format": "JSON",
        "AccessKeyId": key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        "Timestamp": iso(Instant(now)),
        **params,
    }
    given.setdefault("Signature", v1.sign(secret, v1.string_to_sign("GET", given.items())))
    for name in drop:
        del given[name]
    return raw(query=urlencode(given), headers={"host": host})


def v3_call(
    key_id: str,
    secret: str,
    now: int,
    action: str,
    *,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    unsigned: tuple[str, ...] = (),
    after: dict[str, str] | None = None,
    **params: Any,
) -> Raw:
    """Sign with V3; `unsigned` names headers left out of the signature, `after` changes some later."""
    given = {
        "host": "ram.aliyuncs.com",
        "x-acs-action": action,
        "x-acs-version": "2015-05-01",
        "x-acs-date": iso(Instant(now)),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        "accept": "application/json",
        **(headers or {}),
    }
    signed = sorted(h for h in given if h not in unsigned)
    canonical = v3.canonical_request("POST", "/", list(params.items()), given, signed)
    signature = v3.sign(secret, v3.string_to_sign(canonical))
    given["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={';'.join(signed)},"
        f"Signature={signature}"
    )
    return raw(
        method="POST", query=urlencode(params), headers={**given, **(after or {})}, body=body
    )
