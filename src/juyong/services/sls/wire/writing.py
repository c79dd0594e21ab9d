"""Answers of SLS: JSON, errors with `errorCode` and `errorMessage`; success is status 200 alone.

Source: SLS API reference, common responses (documented); what the official SDKs read (observed).
"""

from collections.abc import Mapping

from juyong.api.answers import Answer, RawAnswer
from juyong.api.errors import ApiError
from juyong.api.operation_spec import Operation
from juyong.api.product import Product
from juyong.api.shape import Empty, to_wire
from juyong.base.ids import RequestId

_JSON = "application/json"
_RENAMED: Mapping[str, tuple[str, int]] = {
    "MissingAccessKeyId": ("MissAccessKeyId", 400),
    "InvalidAccessKeyId": ("Unauthorized", 401),
    "InvalidAccessKeyId.NotFound": ("Unauthorized", 401),
    "InvalidAccessKeyId.Inactive": ("Unauthorized", 401),
    "InvalidTimeStamp.Format": ("InvalidDateFormat", 400),
    "InvalidTimeStamp.Expired": ("RequestTimeExpired", 400),
    "InvalidSecurityToken.Expired": ("SecurityTokenExpired", 401),
    "InvalidSecurityToken.Malformed": ("SecurityTokenInvalid", 401),
    "InvalidSecurityToken.MismatchWithAccessKey": ("SecurityTokenInvalid", 401),
    "MissingSecurityToken": ("SecurityTokenInvalid", 401),
    "Forbidden.AccessKeyNetworkPolicy": ("Unauthorized", 401),
    "RequestEntityTooLarge": ("PostBodyTooLarge", 400),
    "InvalidParameter.Format": ("ParameterInvalid", 400),
    "UnsupportedOperation": ("NotSupported", 400),
    "InternalError": ("InternalServerError", 500),
    "ServiceUnavailable": ("ServerBusy", 503),
    "Throttling.User": ("ReadQuotaExceed", 403),
}
"""The product's code and status of errors that every product has (some assumed)."""


_NO_OPERATION = ("InvalidAction.NotFound", "MethodNotAllowed")
"""Nothing is served there. Source: answers of the real service in issues of its clients, such as
`invalid request method : /policy` with status 405 (observed)."""


class SlsWriter:
    """Writes the answers to one request.

    path: As it was called, without its query.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def success(
        self,
        result: object,
        *,
        operation: Operation,  # noqa: ARG002  # all are written alike
        request_id: RequestId,
    ) -> Answer:
        """Write a shape or a list of shapes as JSON, or what the operation wrote."""
        if isinstance(result, RawAnswer):
            return Answer(
                status=result.status,
                body=result.body,
                content_type=result.content_type,
                request_id=request_id,
                headers=(*_own(request_id), *_lines(result.headers)),
                result=result.record,
                content=result.content,
                alone=True,
            )
        return Answer(
            status=200,
            body=b"" if isinstance(result, Empty) else to_wire(result),
            content_type=_JSON,
            request_id=request_id,
            headers=_own(request_id),
            result=result,
            alone=True,
        )

    def failure(
        self,
        error: ApiError,
        *,
        request_id: RequestId,
        host: str,  # noqa: ARG002  # errors do not name it
        product: Product | None,  # noqa: ARG002  # there is one
    ) -> Answer:
        """Write an error."""
        code, status = _RENAMED.get(error.code, (error.code, error.status))
        text = error.message
        if code in _NO_OPERATION:
            code, status, text = "InvalidMethod", 405, f"invalid request method : {self._path}"
        members = {"errorCode": code, "errorMessage": text}
        detail = error.details().get("AccessDeniedDetail")
        body = to_wire({**members, **({"accessDeniedDetail": detail} if detail else {})})
        return Answer(
            status=status,
            body=body,
            content_type=_JSON,
            request_id=request_id,
            code=code,
            headers=(*_own(request_id), *_lines(error.headers)),
            alone=True,
        )


def _own(request_id: RequestId) -> tuple[tuple[bytes, bytes], ...]:
    shown = request_id.replace("-", "")[:24].upper()
    return ((b"server", b"AliyunSLS"), (b"x-log-requestid", shown.encode()))


def _lines(headers: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((k.encode("latin-1"), v.encode("latin-1", "replace")) for k, v in headers.items())
