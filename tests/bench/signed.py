"""Requests made and signed before the clock starts: whole, as bytes."""

import hashlib
import json
import time
import uuid
from pathlib import Path
from typing import Any

from tests.crash.calls import RAM, Credentials, signed_target
from tests.fuzz import signer

_SIGNED = ("host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce")
_EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


def credentials_of(home: Path) -> Credentials:
    """Return the administrator's AccessKey."""
    found = json.loads((home / "credentials.json").read_text())
    return Credentials(found["access_key_id"], found["access_key_secret"])


def v1_request(credentials: Credentials, action: str, params: dict[str, str]) -> bytes:
    """Write a RAM call under signature V1."""
    target = signed_target(credentials, action, params)
    return (
        f"GET {target} HTTP/1.1\r\nHost: ram.aliyuncs.com\r\nUser-Agent: bench\r\n"
        "Accept: */*\r\n\r\n"
    ).encode()


def v3_request(credentials: Credentials, action: str, params: dict[str, str]) -> bytes:
    """Write a RAM call under signature V3."""
    query = signer.query_string(sorted(params.items()))
    headers = {
        "host": "ram.aliyuncs.com",
        "x-acs-action": action,
        "x-acs-version": RAM,
        "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-content-sha256": _EMPTY_SHA256,
    }
    signed = sorted((*_SIGNED, "x-acs-version"))
    signature = signer.v3("POST", "/", query, headers, signed=signed, secret=credentials.secret)
    headers["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={credentials.access_key_id},"
        f"SignedHeaders={';'.join(signed)},Signature={signature}"
    )
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return (
        f"POST /?{query} HTTP/1.1\r\n{lines}user-agent: bench\r\naccept: application/json\r\n"
        "content-length: 0\r\n\r\n"
    ).encode()


_MOTO_HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    "X-Amz-Date": "20260101T000000Z",
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/iam/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=00",
}
MOTO_LIST_USERS: dict[str, Any] = {
    "method": "POST",
    "body": b"Action=ListUsers&Version=2010-05-08",
    "headers": _MOTO_HEADERS,
}
"""moto's first IAM call, as arguments of servers.ask."""


def moto_request(action: str, user_name: str) -> bytes:
    """Write an IAM call; moto checks no signature, so this one is only shaped like it."""
    body = f"Action={action}&Version=2010-05-08&UserName={user_name}"
    headers = {"Host": "iam.amazonaws.com", "User-Agent": "bench", **_MOTO_HEADERS}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST / HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n{body}".encode()
