"""RPC requests under signature V1, and calls without any signature."""

from juyong.api.errors import UnsupportedMethod
from juyong.base.secret import Secret
from juyong.gateway.errors import (
    IncompleteSignature,
    InvalidSignatureMethod,
    MissingCommon,
    SignatureMismatchV1,
)
from juyong.gateway.request import Raw
from juyong.gateway.signature import v1
from juyong.gateway.wire.envelope import Claim, Envelope
from juyong.gateway.wire.parameters import form_pairs, query_pairs, unique


class RpcFormat:
    """Everything is a parameter, in the query, in a form, or split over both."""

    def recognises(self, raw: Raw) -> bool:  # noqa: ARG002  # the last resort takes anything
        """Take every request that no other format recognised."""
        return True

    def read(self, raw: Raw) -> Envelope:
        """Take the request apart."""
        if raw.method not in ("GET", "POST"):
            raise UnsupportedMethod
        params = unique([*query_pairs(raw), *form_pairs(raw)])
        headers = raw.headers
        return Envelope(
            claim=_claim(raw, params),
            action=params.get("Action") or headers.get("x-acs-action"),
            version=params.get("Version") or headers.get("x-acs-version"),
            params=params,
            xml=params.get("Format", "").upper() == "XML",
        )


def _claim(raw: Raw, params: dict[str, str]) -> Claim | None:
    if not params.get("AccessKeyId") and not params.get("Signature"):
        return None
    for name in ("AccessKeyId", "Signature", "Timestamp", "SignatureNonce"):
        if not params.get(name):
            raise MissingCommon(name)
    # These two reach the store before anything is verified; PostgreSQL's texts hold no NUL.
    if "\0" in params["AccessKeyId"] or "\0" in params["SignatureNonce"]:
        raise IncompleteSignature
    if params.get("SignatureMethod") != "HMAC-SHA1":
        raise InvalidSignatureMethod
    if params.get("SignatureVersion") != "1.0" or params.get("SignatureType"):
        raise IncompleteSignature

    def check(secret: Secret) -> None:
        text = v1.string_to_sign(raw.method, params.items())
        if not v1.verify(secret, text, params["Signature"]):
            raise SignatureMismatchV1(text)

    return Claim(
        access_key_id=params["AccessKeyId"],
        security_token=params.get("SecurityToken") or None,
        timestamp=params["Timestamp"],
        nonce=params["SignatureNonce"],
        check=check,
    )


FORMAT = RpcFormat()
