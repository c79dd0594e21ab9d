"""Tokens of the metadata service: of one instance, for some seconds.

A token holds its expiry, and a code over both that only the platform can make. So a token needs no
row, and outlives a restart of the server.

Source: ECS, "Access instance metadata in security hardening mode" (documented: 1 to 21600 seconds;
a forwarded request gets no token).
"""

import base64
import binascii
import hashlib
import hmac
import re

from juyong.base.clock import Instant
from juyong.base.ids import random_bytes
from juyong.services.ecs.metadata.asked import Answer, Asked

PURPOSE = "ecs-metadata"
HEADER = "x-aliyun-ecs-metadata-token"
_TTL = "x-aliyun-ecs-metadata-token-ttl-seconds"
_FORWARDED = "x-forwarded-for"
_LONGEST = 21600
_SECONDS = re.compile(r"[0-9]{1,5}")
_CONTEXT = b"juyong/ecs/metadata-token\x00"
_EXPIRY_BYTES, _NONCE_BYTES, _MAC_BYTES = 8, 8, 32


def give(asked: Asked, instance_id: str, key: bytes, now: Instant) -> Answer:
    """Answer a request for a token.

    SECURITY: a proxy that an attacker speaks through names the attacker in X-Forwarded-For, and
    cannot be made to leave the header out. So no token goes to such a request.
    """
    if _FORWARDED in asked.headers:
        return Answer(status=403)
    text = asked.headers.get(_TTL, "")
    seconds = int(text) if _SECONDS.fullmatch(text) else 0
    if not 1 <= seconds <= _LONGEST:
        return Answer(status=400)
    head = (now + seconds).to_bytes(_EXPIRY_BYTES, "big") + random_bytes(_NONCE_BYTES)
    token = base64.urlsafe_b64encode(head + _mac(key, instance_id, head))
    return Answer(status=200, body=token)


def holds(token: str, instance_id: str, key: bytes, now: Instant) -> bool:
    """Tell whether a token was given to the instance, and has not expired."""
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return False
    head, mac = raw[: _EXPIRY_BYTES + _NONCE_BYTES], raw[_EXPIRY_BYTES + _NONCE_BYTES :]
    if len(mac) != _MAC_BYTES:
        return False
    expires_at = int.from_bytes(head[:_EXPIRY_BYTES], "big")
    return hmac.compare_digest(mac, _mac(key, instance_id, head)) and now < expires_at


def _mac(key: bytes, instance_id: str, head: bytes) -> bytes:
    return hmac.new(key, _CONTEXT + head + instance_id.encode(), hashlib.sha256).digest()
