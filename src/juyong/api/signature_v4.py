"""Signature V4 as OSS and SLS have it: the key that signs is of one day, region and product.

Source: the official Go and Python SDKs (observed, checked against their signers).
"""

import hashlib
import hmac
import re
from typing import NamedTuple

from juyong.base.clock import Instant, iso
from juyong.base.secret import Secret

_REQUEST = "aliyun_v4_request"
_CREDENTIAL = re.compile(rf"([!-~]{{1,128}})/([0-9]{{8}})/([a-z0-9-]{{1,64}})/([a-z]+)/{_REQUEST}")


class Credential(NamedTuple):
    """The AccessKey, and the day, region and product that its signing key is derived for."""

    key_id: str
    day: str
    region: str
    product: str

    @classmethod
    def of(cls, text: str, product: str) -> "Credential | None":
        """Read `id/day/region/product/aliyun_v4_request`; None for another form or product."""
        found = _CREDENTIAL.fullmatch(text)
        credential = cls(*found.groups()) if found else None
        return credential if credential and credential.product == product else None

    @property
    def scope(self) -> str:
        """Return the text behind the AccessKey, which the signature covers."""
        return f"{self.day}/{self.region}/{self.product}/{_REQUEST}"

    def is_of_day(self, moment: Instant) -> bool:
        """Tell whether a moment lies in the day, UTC."""
        return iso(moment)[:10].replace("-", "") == self.day


def text_v4(algorithm: str, date: str, scope: str, canonical: str) -> str:
    """Return what signature V4 signs of a canonical request."""
    return "\n".join((algorithm, date, scope, hashlib.sha256(canonical.encode()).hexdigest()))


def sign_v4(secret: Secret, scope: str, text: str) -> bytes:
    """Return the signature, under the key that is derived for the scope."""
    key = b"aliyun_v4" + secret.reveal().encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256")
