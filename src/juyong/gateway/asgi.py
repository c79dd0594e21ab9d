"""The ASGI application: bytes in, a Raw request to the pipeline, an Answer out."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from juyong.api.hosts import SUFFIX
from juyong.base.ids import new_request_id
from juyong.gateway import encode
from juyong.gateway.answer_headers import Header, id_headers, product_headers
from juyong.gateway.errors import BodyTooLarge
from juyong.gateway.pipeline import Pipeline
from juyong.gateway.request import Raw, asks_xml
from juyong.gateway.stages import Answer

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
LocalPage = Callable[[Raw], Awaitable[Answer]]

_NO_CONTENT = 204
MAX_BODY = 4 * 1024 * 1024


class ClientGone(ConnectionError):
    """The client left before its request was whole."""


class Application:
    """Serves the platform's own pages by path, and every product on all other requests."""

    def __init__(self, pipeline: Pipeline, pages: Mapping[tuple[str, str], LocalPage]) -> None:
        self._pipeline = pipeline
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; one that did not arrive whole is not served."""
        if scope["type"] != "http":
            return
        headers = _headers(scope["headers"])
        try:
            body = await _body(receive, headers)
        except ClientGone:
            return
        raw = Raw(
            method=scope["method"],
            path=scope["raw_path"].decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            body=body or b"",
            peer=scope["client"][0] if scope.get("client") else "",
            secure=scope["scheme"] == "https",
            port=scope["server"][1] if scope.get("server") else 0,
        )
        head = raw.method == "HEAD"
        if body is None:
            answer = encode.failure(
                BodyTooLarge(),
                request_id=new_request_id(),
                host=raw.host,
                product=None,
                xml=asks_xml(raw.query, headers),
            )
        else:
            page = self._pages.get((raw.method, raw.path))
            local = page is not None and not raw.host.split(":")[0].endswith(SUFFIX)
            if local and page:
                answer = await page(raw)
                await _send(send, answer, id_headers(answer.request_id), close=False, head=head)
                return
            answer = await self._pipeline.serve(raw)
        named = product_headers(answer.request_id)
        await _send(send, answer, named, close=body is None, head=head)


def _headers(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in pairs:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return headers


async def _body(receive: Receive, headers: Mapping[str, str]) -> bytes | None:
    """Read the body; None when it is larger than any call needs, without reading it all.

    Raises:
        ClientGone: before the end of the body.
    """
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY:
        return None
    message = await _arrived(receive)
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await _arrived(receive)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            return None
    return b"".join(parts)


async def _arrived(receive: Receive) -> MutableMapping[str, Any]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message


async def _send(
    send: Send, answer: Answer, headers: list[Header], *, close: bool, head: bool
) -> None:
    headers.extend(answer.headers)
    if answer.status != _NO_CONTENT:
        headers.append((b"content-type", answer.content_type.encode()))
        headers.append((b"content-length", str(len(answer.body)).encode()))
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else answer.body})
