"""Answers in JSON or XML, in the documented shape."""

from typing import Any

import msgspec

from juyong.api.answers import Answer, RawAnswer
from juyong.api.errors import ApiError
from juyong.api.operation_spec import Operation
from juyong.api.product import Dialect, Product
from juyong.api.shape import to_builtins, to_wire
from juyong.api.xml_text import xml_element
from juyong.base.ids import RequestId

JSON_TYPE = "application/json;charset=utf-8"
XML_TYPE = "text/xml;charset=utf-8"
_COMMON = Dialect()
_HEAD = b"<?xml version='1.0' encoding='UTF-8'?>"


class _Json:
    """Answers in JSON."""

    def success(self, result: object, *, operation: Operation, request_id: RequestId) -> Answer:  # noqa: ARG002  # in XML alone
        """Write what an operation returned, with its request id first."""
        if isinstance(result, RawAnswer):
            return as_written(result, request_id)
        head = b'{"RequestId":"' + request_id.encode() + b'"'
        rest = to_wire(result) if result is not None else b"{}"
        body = head + (b"," + rest[1:] if len(rest) > len(b"{}") else b"}")
        return Answer(
            status=200, body=body, content_type=JSON_TYPE, request_id=request_id, result=result
        )

    def failure(
        self, error: ApiError, *, request_id: RequestId, host: str, product: Product | None
    ) -> Answer:
        """Write an error: Code, Message, RequestId, HostId, Recommend."""
        members = _members(error, request_id, host, product)
        return _refusal(error, request_id, msgspec.json.encode(members), JSON_TYPE)


class _Xml:
    """Answers in XML."""

    def success(self, result: object, *, operation: Operation, request_id: RequestId) -> Answer:
        """Write what an operation returned, with its request id first."""
        if isinstance(result, RawAnswer):
            return as_written(result, request_id)
        members = {"RequestId": request_id, **(to_builtins(result) if result else {})}
        body = _HEAD + xml_element(f"{operation.name}Response", members).encode()
        return Answer(
            status=200, body=body, content_type=XML_TYPE, request_id=request_id, result=result
        )

    def failure(
        self, error: ApiError, *, request_id: RequestId, host: str, product: Product | None
    ) -> Answer:
        """Write an error, with the members that it has in JSON."""
        root = (product.dialect if product else _COMMON).error_root
        members = _members(error, request_id, host, product)
        return _refusal(error, request_id, _HEAD + xml_element(root, members).encode(), XML_TYPE)


JSON, XML = _Json(), _Xml()


def refusal_of(error: ApiError, *, request_id: RequestId, host: str, xml: bool) -> Answer:
    """Write the refusal of a request that means no product."""
    writer = XML if xml else JSON
    return writer.failure(error, request_id=request_id, host=host, product=None)


def as_written(result: RawAnswer, request_id: RequestId) -> Answer:
    """Pass on the answer that an operation wrote itself."""
    return Answer(
        status=result.status,
        body=result.body,
        content_type=result.content_type,
        request_id=request_id,
        headers=tuple((k.encode(), v.encode()) for k, v in result.headers.items()),
        result=result.record,
        content=result.content,
    )


def _refusal(error: ApiError, request_id: RequestId, body: bytes, content_type: str) -> Answer:
    return Answer(
        status=error.status,
        body=body,
        content_type=content_type,
        request_id=request_id,
        code=error.code,
        headers=tuple((k.encode(), v.encode()) for k, v in error.headers.items()),
    )


def _members(
    error: ApiError, request_id: RequestId, host: str, product: Product | None
) -> dict[str, Any]:
    dialect = product.dialect if product else _COMMON
    members: dict[str, Any] = {
        **({"HttpStatus": error.status} if dialect.shows_status else {}),
        "RequestId": request_id,
        "HostId": host,
        "Code": error.code,
        "Message": error.message,
        "Recommend": "https://api.aliyun.com/troubleshoot"
        f"?q={error.code}&product={product.code if product else ''}&requestId={request_id}",
        **error.details(),
    }
    return members | {twin: members[name] for twin, name in dialect.error_twins.items()}
