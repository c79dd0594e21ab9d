"""The protocol of KMS instances: Protocol Buffers over HTTPS, signed with a client key.

Source: the official client alibabacloud-dkms-gcs (observed); KMS instance API, "Common error codes"
(documented); that nothing but HTTPS is taken (documented), its code (assumed).
"""

import hashlib
import hmac

from juyong.api.answers import Answer
from juyong.api.errors import ApiError, UnsupportedMethod
from juyong.api.operation_spec import Operation
from juyong.api.product import Product, Style
from juyong.api.request import Raw
from juyong.api.shape import to_builtins
from juyong.api.wire import Claim, Envelope, Writer
from juyong.base.clock import Instant, iso
from juyong.base.ids import RequestId
from juyong.base.secret import Secret
from juyong.gateway.errors import BodyTooLarge
from juyong.gateway.signature import instance as signature
from juyong.gateway.wire import instance_messages
from juyong.gateway.wire.protobuf import Malformed

VERSION = "dkms-gcs-0.2"
_MEDIA_TYPE = "application/x-protobuf"
_API_NAME = "x-kms-apiname"
_KEY_ID = "x-kms-acccesskeyid"
"""Spelled with three c, as the clients and the documentation do."""
_MOST_BYTES = 3 * 1024 * 1024


class InvalidApiName(ApiError):
    """Instances have no such operation."""

    code, status, text = "InvalidApiName", 400, 'The ApiName "{name}" is invalid.'


class InvalidApiVersion(ApiError):
    """The version is absent, or another one."""

    code, status, text = "InvalidApiVersion", 400, 'The ApiVersion "{name}" is invalid.'


class InvalidParam(ApiError):
    """A header is absent or of another form."""

    code, status, text = "InvalidParam", 400, "The Param {name} is invalid."


class MissingHeader(ApiError):
    """The request names no client key."""

    code, status = "MissingParameter", 400
    text = "Parameter {name} does not exist in http header or body."


class UnreadableMessage(ApiError):
    """The body is no message of the operation."""

    code, status, text = "InvalidParameter", 400, "The specified parameter is not valid."


class SignatureNotMatch(ApiError):
    """The signature is not that of the client key over this request."""

    code, status, text = "SignatureNotMatch", 401, "Signature is not matched."


class HttpsRequired(ApiError):
    """The call came over plain HTTP.

    SECURITY: the protocol has no nonce, so a reader of a request could send it again.
    """

    code, status, text = "InvalidProtocol", 400, "Instances are reached over HTTPS only."


class _Messages:
    """Answers in Protocol Buffers messages, by operation."""

    def success(self, result: object, *, operation: Operation, request_id: RequestId) -> Answer:
        """Write the answer's message."""
        body = instance_messages.answer(
            operation.name, {**to_builtins(result), "RequestId": request_id}
        )
        return Answer(
            status=200, body=body, content_type=_MEDIA_TYPE, request_id=request_id, result=result
        )

    def failure(
        self,
        error: ApiError,
        *,
        request_id: RequestId,
        host: str,  # noqa: ARG002  # the message of an error has no such member
        product: Product | None,  # noqa: ARG002
    ) -> Answer:
        """Write the message of an error."""
        return Answer(
            status=error.status,
            body=instance_messages.refusal(error.status, error.code, error.message, request_id),
            content_type=_MEDIA_TYPE,
            request_id=request_id,
            code=error.code,
        )


MESSAGES = _Messages()


class InstanceFormat:
    """Everything about a call is in headers but its parameters, which are one message."""

    styles = frozenset({Style.PROTOBUF})

    def recognises(self, raw: Raw) -> bool:
        """By the header that names the operation."""
        return _API_NAME in raw.headers

    def read(self, raw: Raw) -> Envelope:
        """Take the request apart."""
        if not raw.secure:
            raise HttpsRequired
        if raw.method != "POST" or raw.path not in ("", "/") or raw.query:
            raise UnsupportedMethod
        if len(raw.body) > _MOST_BYTES:
            raise BodyTooLarge
        headers = raw.headers
        version, action = headers.get("x-kms-apiversion", ""), headers[_API_NAME]
        if version != VERSION:
            raise InvalidApiVersion(name=version)
        if not instance_messages.is_known(action):
            raise InvalidApiName(name=action)
        return Envelope(
            claim=_claim(raw),
            action=action,
            version=version,
            params=_parameters(action, raw.body),
            writer=MESSAGES,
        )

    def writer(self, raw: Raw) -> Writer:  # noqa: ARG002  # there is one form
        """Return what writes messages."""
        return MESSAGES


def _claim(raw: Raw) -> Claim:
    headers = raw.headers
    if headers.get("x-kms-signaturemethod") != signature.ALGORITHM:
        raise InvalidParam(name="x-kms-signaturemethod")
    # SECURITY: the type is part of what is signed, and decides how the body is read.
    if headers.get("content-type") != _MEDIA_TYPE:
        raise InvalidParam(name="content-type")
    key_id = headers.get(_KEY_ID, "")
    # It reaches the store before anything is verified; PostgreSQL's texts hold no NUL.
    if not key_id or not key_id.isascii() or not key_id.isprintable():
        raise MissingHeader(name=_KEY_ID)
    try:
        signed = signature.parse_authorization(headers.get("authorization", ""))
    except signature.Unreadable as bad:
        raise SignatureNotMatch from bad

    def check(certificate: Secret) -> None:
        claimed = headers.get("content-sha256", "").lower().encode()
        actual = hashlib.sha256(raw.body).hexdigest().encode()
        text = signature.string_to_sign(raw.method, headers)
        right = hmac.compare_digest(actual, claimed)
        if not (right and signature.verify(certificate.reveal(), text, signed)):
            raise SignatureNotMatch

    return Claim(
        access_key_id=key_id,
        security_token=None,
        timestamp=_timestamp(headers.get("date", "")),
        nonce=None,
        check=check,
        by_client_key=True,
    )


def _timestamp(date: str) -> str:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  # a start need not wait

    try:
        return iso(Instant(int(parsedate_to_datetime(date).timestamp())))
    except (ValueError, OverflowError, TypeError) as bad:
        raise InvalidParam(name="Date") from bad


def _parameters(action: str, body: bytes) -> dict[str, object]:
    try:
        return instance_messages.parameters(action, body)
    except Malformed as bad:
        raise UnreadableMessage from bad


FORMAT = InstanceFormat()
