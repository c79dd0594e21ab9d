"""A body is held to its digest each time that a claim is proved, and is hashed once."""

import base64
import hashlib
import hmac

import pytest

from juyong.api.request import Raw
from juyong.api.wire import Claim
from juyong.base.secret import Secret
from juyong.services.sls.wire import format as sls_format
from juyong.services.sls.wire.errors import BadContent, BadSignature
from juyong.services.sls.wire.format import FORMAT

DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
SIGNED = b"a group of logs"


def claim_of(body: bytes, secret: str = "secret") -> Claim:
    """Return the claim of a request that is signed for SIGNED."""
    digest = hashlib.md5(SIGNED, usedforsecurity=False).hexdigest().upper()
    own = {"x-log-apiversion": "0.6.0", "x-log-signaturemethod": "hmac-sha1"}
    path = "/logstores/l/shards/lb"
    lines = ["POST", digest, "", DATE, *(f"{k}:{v}" for k, v in sorted(own.items())), path]
    code = base64.b64encode(hmac.digest(secret.encode(), "\n".join(lines).encode(), "sha1"))
    headers = {
        "host": "project-1.cn-hangzhou.log.aliyuncs.com",
        "date": DATE,
        "content-md5": digest,
        "authorization": f"LOG k:{code.decode()}",
        **own,
    }
    raw = Raw(
        method="POST",
        path=path,
        query="",
        headers=headers,
        body=body,
        peer="127.0.0.1",
        secure=False,
    )
    claim = FORMAT.read(raw).claim
    assert claim is not None
    return claim


def test_a_body_is_hashed_once_for_two_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[bytes] = []

    def checked(raw: Raw) -> None:
        hashed.append(raw.body)
        check_body(raw)

    check_body = sls_format._check_body
    monkeypatch.setattr(sls_format, "_check_body", checked)
    claim = claim_of(SIGNED)
    claim.check(Secret("secret"))
    claim.check(Secret("secret"))
    assert hashed == [SIGNED]


def test_another_body_is_refused_each_time() -> None:
    claim = claim_of(b"another group")
    for _ in range(2):
        with pytest.raises(BadContent):
            claim.check(Secret("secret"))


def test_a_body_that_was_right_proves_no_signature() -> None:
    claim = claim_of(SIGNED)
    claim.check(Secret("secret"))
    with pytest.raises(BadSignature):
        claim.check(Secret("another"))
