"""RPC requests under signature V1, and calls without any signature."""

from juyong.api.errors import UnsupportedMethod
from juyong.api.product import Style
from juyong.api.request import Raw, asks_xml
from juyong.api.wire import Claim, Envelope, Writer
from juyong.base.secret import Secret
from juyong.gateway.encode import JSON, XML
from juyong.gateway.errors import (
    IncompleteSignature,
    InvalidSignatureMethod,
    MissingCommon,
    SignatureMismatchV1,
)
from juyong.gateway.signature import v1
from juyong.gateway.signature.encoding import sorted_pairs
from juyong.gateway.wire.parameters import Sent, read_query_and_form

_REQUIRED = ("AccessKeyId", "Signature", "Timestamp", "SignatureNonce")


class RpcFormat:
    """Everything is a parameter, in the query, in a form, or split over both."""

    styles = frozenset({Style.RPC, Style.ROA})  # an unsigned ROA call looks like any other

    def recognises(self, raw: Raw) -> bool:  # noqa: ARG002  # the last resort takes anything
        """Take every request that no other format recognised."""
        return True

    def read(self, raw: Raw) -> Envelope:
        """Take the request apart."""
        if raw.method not in ("GET", "POST"):
            raise UnsupportedMethod
        sent = read_query_and_form(raw)
        params, headers = sent.params, raw.headers
        claim = _claim(raw.method, sent)
        # SECURITY: the signature covers neither the path nor a body that is no form; an operation
        # that these name would be another one than the caller signed.
        if claim is not None and raw.path not in ("", "/"):
            raise IncompleteSignature
        return Envelope(
            claim=claim,
            action=params.get("Action") or headers.get("x-acs-action"),
            version=params.get("Version") or headers.get("x-acs-version"),
            params=params,
            writer=XML if params.get("Format", "").upper() == "XML" else JSON,
        )

    def writer(self, raw: Raw) -> Writer:
        """Return what writes JSON or XML, as the request asks."""
        return XML if asks_xml(raw.query, raw.headers) else JSON


def _claim(method: str, sent: Sent) -> Claim | None:
    params = sent.params
    access_key_id, signature, timestamp, nonce = map(params.get, _REQUIRED)
    if not access_key_id and not signature:
        return None
    if not (access_key_id and signature and timestamp and nonce):
        raise MissingCommon(next(name for name in _REQUIRED if not params.get(name)))
    # These two reach the store before anything is verified; PostgreSQL's texts hold no NUL.
    if "\0" in access_key_id or "\0" in nonce:
        raise IncompleteSignature
    if params.get("SignatureMethod") != "HMAC-SHA1":
        raise InvalidSignatureMethod
    if params.get("SignatureVersion") != "1.0" or params.get("SignatureType"):
        raise IncompleteSignature

    def check(secret: Secret) -> None:
        text = _string_to_sign(method, sent)
        if not v1.verify(secret, text, signature):
            raise SignatureMismatchV1(text)

    return Claim(
        access_key_id=access_key_id,
        security_token=params.get("SecurityToken") or None,
        timestamp=timestamp,
        nonce=nonce,
        check=check,
    )


def _string_to_sign(method: str, sent: Sent) -> str:
    if sent.canonical is None:
        return v1.string_to_sign(method, sent.params.items())
    return v1.text_of(method, sorted_pairs(sent.canonical, without="Signature"))


FORMAT = RpcFormat()
