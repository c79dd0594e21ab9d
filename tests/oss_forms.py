"""Forms that upload objects, made as pages and their servers make them."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

BOUNDARY = "----WebKitFormBoundaryW0DET1iaBMeAOBg3"
MULTIPART = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
LATER = "2099-01-01T12:00:00.000Z"
Fields = Mapping[str, str]


def policy_of(*conditions: Any, expiration: str = LATER) -> str:
    """Return a policy in base64."""
    text = json.dumps({"expiration": expiration, "conditions": list(conditions)})
    return base64.b64encode(text.encode()).decode()


def signed_v1(key_id: str, secret: str, policy: str) -> dict[str, str]:
    """Return the fields that `calculatePostSignature` of ali-oss returns."""
    mac = hmac.new(secret.encode(), policy.encode(), hashlib.sha1).digest()
    signature = base64.b64encode(mac).decode()
    return {"OSSAccessKeyId": key_id, "policy": policy, "Signature": signature}


def signed_v4(
    key_id: str,
    secret: str,
    *conditions: Any,
    expiration: str = LATER,
    at: float | None = None,
    token: str = "",
) -> dict[str, str]:
    """Return the fields of signature V4, and a policy that names them as the samples of SDKs do."""
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    scope = f"{date[:8]}/cn-hangzhou/oss/aliyun_v4_request"
    fixed = {
        "x-oss-signature-version": "OSS4-HMAC-SHA256",
        "x-oss-credential": f"{key_id}/{scope}",
        "x-oss-date": date,
        **({"x-oss-security-token": token} if token else {}),
    }
    named = [{name: value} for name, value in fixed.items()]
    policy = policy_of(*named, *conditions, expiration=expiration)
    return {**fixed, "policy": policy, "x-oss-signature": sign_v4(secret, scope, policy)}


def sign_v4(secret: str, scope: str, policy: str) -> str:
    """Return signature V4 over a policy."""
    key = f"aliyun_v4{secret}".encode()
    for part in (*scope.split("/"), policy):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def body_of(
    fields: Fields | Sequence[tuple[str, str]],
    file: bytes | None = b"body",
    *,
    filename: str = "photo.jpg",
    kind: str = "image/jpeg",
    behind: Fields | None = None,
) -> bytes:
    """Return the body that a browser would send; file: None for a form without one."""
    pairs = list(fields.items() if isinstance(fields, Mapping) else fields)
    parts = [_part(name, value.encode()) for name, value in pairs]
    if file is not None:
        parts.append(_part(f'file"; filename="{filename}', file, kind))
    parts += [_part(name, value.encode()) for name, value in (behind or {}).items()]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def _part(name: str, value: bytes, kind: str = "") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n'
    head += f"Content-Type: {kind}\r\n" if kind else ""
    return f"{head}\r\n".encode() + value + b"\r\n"
