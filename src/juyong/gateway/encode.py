"""Answers in JSON or XML, in the documented shape."""

from typing import Any

import msgspec

from juyong.api.answers import RawAnswer
from juyong.api.errors import ApiError
from juyong.api.product import Dialect, Product
from juyong.api.shape import to_builtins, to_wire
from juyong.base.ids import RequestId
from juyong.gateway.stages import Answer
from juyong.gateway.wire import instance_messages

JSON = "application/json;charset=utf-8"
XML = "text/xml;charset=utf-8"
PROTOBUF = "application/x-protobuf"
_COMMON = Dialect()
_HEAD = b"<?xml version='1.0' encoding='UTF-8'?>"


def success(
    result: object, *, action: str, request_id: RequestId, xml: bool, protobuf: bool = False
) -> Answer:
    """Encode what an operation returned, with its request id first."""
    if protobuf:
        members = {**to_builtins(result), "RequestId": request_id}
        body = instance_messages.answer(action, members)
        return Answer(
            status=200, body=body, content_type=PROTOBUF, request_id=request_id, result=result
        )
    if isinstance(result, RawAnswer):
        return _raw(result, request_id)
    if xml:
        members = {"RequestId": request_id, **(to_builtins(result) if result else {})}
        body = _HEAD + _element(f"{action}Response", members).encode()
        return Answer(status=200, body=body, content_type=XML, request_id=request_id, result=result)
    head = b'{"RequestId":"' + request_id.encode() + b'"'
    rest = to_wire(result) if result is not None else b"{}"
    body = head + (b"," + rest[1:] if len(rest) > len(b"{}") else b"}")
    return Answer(status=200, body=body, content_type=JSON, request_id=request_id, result=result)


def _raw(result: RawAnswer, request_id: RequestId) -> Answer:
    return Answer(
        status=result.status,
        body=result.body,
        content_type=result.content_type,
        request_id=request_id,
        headers=tuple((k.encode(), v.encode()) for k, v in result.headers.items()),
        result=result.record,
    )


def failure(
    error: ApiError,
    *,
    request_id: RequestId,
    host: str,
    product: Product | None,
    xml: bool,
    protobuf: bool = False,
) -> Answer:
    """Encode an error body: Code, Message, RequestId, HostId, Recommend."""
    if protobuf:
        return Answer(
            status=error.status,
            body=instance_messages.refusal(error.status, error.code, error.message, request_id),
            content_type=PROTOBUF,
            request_id=request_id,
            code=error.code,
        )
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
    members |= {twin: members[name] for twin, name in dialect.error_twins.items()}
    body = (
        _HEAD + _element(dialect.error_root, members).encode()
        if xml
        else msgspec.json.encode(members)
    )
    return Answer(
        status=error.status,
        body=body,
        content_type=XML if xml else JSON,
        request_id=request_id,
        code=error.code,
        headers=tuple((k.encode(), v.encode()) for k, v in error.headers.items()),
    )


def _element(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = "".join(_member(k, v) for k, v in value.items())
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    else:
        inner = _escaped(_xml_text(str(value)))
    return f"<{name}>{inner}</{name}>"


def _member(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    return _element(name, value)


def _escaped(text: str) -> str:
    # The library's own is in a module that imports an HTTP client, and a start waits for it.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _xml_text(text: str) -> str:
    """Drop what XML 1.0 cannot carry at all."""
    return "".join(c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or c >= "\ue000")
