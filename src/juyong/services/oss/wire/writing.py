"""Answers of OSS: XML without a namespace, errors with an EC.

Source: OSS API reference, error responses (documented); recorded answers of 2026-05 (live).
"""

import base64
import time
from collections.abc import Mapping
from typing import Any

from juyong.api.answers import Answer, RawAnswer
from juyong.api.denial import AccessDenied
from juyong.api.errors import ApiError
from juyong.api.operation_spec import Operation
from juyong.api.product import Product
from juyong.api.shape import Empty, to_builtins
from juyong.api.xml_text import xml_element
from juyong.base.ids import RequestId
from juyong.services.oss.wire.denials import told

_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_XML = "application/xml"
_NOT_MODIFIED = 304
_NO_BODY = {204: ((b"content-length", b"0"),)}
"""oss2 lets go of a connection only where an answer tells that it has no body (observed)."""
_RENAMED: Mapping[str, tuple[str, int, str]] = {
    "InvalidAccessKeyId.NotFound": ("InvalidAccessKeyId", 403, "0002-00000002"),
    "InvalidAccessKeyId.Inactive": ("InvalidAccessKeyId", 403, "0002-00000904"),
    "ExpiredAddress": ("AccessDenied", 403, "0002-00000069"),
    "InvalidTimeStamp.Format": ("AccessDenied", 403, "0002-00000503"),
    "InvalidTimeStamp.Expired": ("RequestTimeTooSkewed", 403, "0002-00000504"),
    "InvalidSecurityToken.Expired": ("SecurityTokenExpired", 403, "0002-00000206"),
    "InvalidSecurityToken.Malformed": ("InvalidSecurityToken", 403, "0002-00000205"),
    "InvalidSecurityToken.MismatchWithAccessKey": ("InvalidSecurityToken", 403, "0002-00000205"),
    "InvalidDigest": ("InvalidDigest", 400, "0017-00000503"),
    "MissingSecurityToken": ("InvalidSecurityToken", 403, "0002-00000205"),
    "RequestEntityTooLarge": ("EntityTooLarge", 400, "0015-00000204"),
    "InvalidAction.NotFound": ("MethodNotAllowed", 405, "0016-00000507"),
    "UnsupportedOperation": ("OperationNotSupported", 400, "0016-00000702"),
    "ServiceUnavailable": ("ServiceUnavailable", 503, "0016-00000001"),
    "Throttling.User": ("SlowDown", 503, "0050-00000001"),
}
"""The product's code, status and EC of errors that every product has (some ECs assumed)."""
_ECS: Mapping[str, str] = {
    "AccessDenied": "0003-00000001",
    "MalformedXML": "0031-00000001",
    "InvalidArgument": "0012-00000202",
    "MethodNotAllowed": "0016-00000507",
    "InternalError": "0050-00000002",
}


class OssWriter:
    """Writes the answers to one request."""

    def __init__(self, method: str) -> None:
        self._method = method
        self._begun = time.monotonic()

    def success(self, result: object, *, operation: Operation, request_id: RequestId) -> Answer:
        """Write a shape under the root that the operation names, or what the operation wrote."""
        written = result if isinstance(result, RawAnswer) else RawAnswer(shape=_shape(result))
        status, body, kind = written.status, written.body, written.content_type
        if written.shape is not None:
            body = _HEAD + xml_element(operation.root, to_builtins(written.shape)).encode()
            kind = _XML
        elif isinstance(result, Empty) and self._method == "DELETE":
            status = 204
        return Answer(
            status=status,
            body=body,
            content_type=kind,
            request_id=request_id,
            headers=(*self._own(request_id), *_lines(written.headers), *_NO_BODY.get(status, ())),
            result=written.record if isinstance(result, RawAnswer) else result,
            content=written.content,
            alone=True,
        )

    def failure(
        self,
        error: ApiError,
        *,
        request_id: RequestId,
        host: str,
        product: Product | None,  # noqa: ARG002  # there is one
    ) -> Answer:
        """Write an error; the answer to HEAD has it in a header."""
        code, status, ec = _RENAMED.get(
            error.code, (error.code, error.status, _ECS.get(error.code, ""))
        )
        ec = getattr(error, "ec", "") or ec
        message, details = error.message, error.details()
        if isinstance(error, AccessDenied):
            message, ec, details = told(details)
        members: dict[str, Any] = {
            "Code": code,
            "Message": message,
            "RequestId": shown(request_id),
            "HostId": host,
            **details,
            **({"EC": ec} if ec else {}),
            "RecommendDoc": f"https://api.aliyun.com/troubleshoot?q={ec or code}",
        }
        body = b"" if status == _NOT_MODIFIED else _HEAD + xml_element("Error", members).encode()
        extra = {"x-oss-ec": ec} if ec else {}
        if self._method == "HEAD":
            extra["x-oss-err"] = base64.b64encode(body).decode()
        return Answer(
            status=status,
            body=body,
            content_type=_XML,
            request_id=request_id,
            code=code,
            headers=(*self._own(request_id), *_lines({**extra, **error.headers})),
            alone=True,
        )

    def moved(self, status: int, location: str, *, request_id: RequestId) -> Answer:
        """Write an answer that sends a browser to another address."""
        return Answer(
            status=status,
            body=b"",
            content_type=_XML,
            request_id=request_id,
            headers=(*self._own(request_id), *_lines({"Location": location})),
            alone=True,
        )

    def _own(self, request_id: RequestId) -> tuple[tuple[bytes, bytes], ...]:
        taken = max(1, round(1000 * (time.monotonic() - self._begun)))
        return (
            (b"server", b"AliyunOSS"),
            (b"x-oss-request-id", shown(request_id).encode()),
            (b"x-oss-server-time", str(taken).encode()),
        )


def shown(request_id: RequestId) -> str:
    """Return a request id as OSS writes it: 24 digits."""
    return request_id.replace("-", "")[:24].upper()


def _shape(result: object) -> Any:
    return None if isinstance(result, Empty) else result


def _lines(headers: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((k.encode("latin-1"), v.encode("latin-1", "replace")) for k, v in headers.items())
