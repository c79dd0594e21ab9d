"""URLs and headers of webhooks: what passes the check is sent as it is, or not sent at all.

The first line is a URL, the second a method; each further line a header.
"""

import http.client
import io
from contextlib import nullcontext
from typing import Any
from unittest import mock

from juyong.api.context import FetchRefused
from juyong.app.posting import BoundedPost
from juyong.notices.message import BadNotice, Webhook, check

SEEDS: list[bytes] = [
    b"https://hook.example/a?b=c\nPOST\nX-Key: v",
    b"http://127.1:8080/\nPUT\nContent-Type: application/json",
    b"http://[::1]/\nGET\n",
    b"http://a@b/\nPOST\n",
    b"http://hook.example/%0d%0aX:y\nPOST\nHost: x",
    b"http://hook.example\nDELETE\nTransfer-Encoding: chunked\nX: \xc3\xa9",
]


class _Wire(io.BytesIO):
    """Stands for a connection: keeps what was sent, and answers at once."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""

    def sendall(self, data: Any) -> None:
        self.sent += bytes(data)

    def makefile(self, *_: Any, **__: Any) -> io.BytesIO:
        return io.BytesIO(b"HTTP/1.1 200 OK\r\n\r\n")

    def fileno(self) -> int:
        return -1


def target(data: bytes) -> None:
    """Check a webhook, then send it; count the heads and look for headers of the platform's own."""
    url, method, *lines = (*data.decode("utf-8", "replace").split("\n"), "", "")
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    webhook = Webhook(url=url, method=method, headers=headers, body="body")
    try:
        check(webhook)
    except BadNotice:
        return
    wire: Any = _Wire()
    post = BoundedPost(encrypted=lambda raw, _host: raw)  # type: ignore[arg-type,return-value]
    with (
        mock.patch("juyong.app.outbound.Guard.connect", return_value=wire),
        mock.patch("juyong.app.outbound.cut_after", return_value=nullcontext()),
        mock.patch.object(http.client.HTTPConnection, "close"),
    ):
        try:
            assert post(webhook) == 200
        except FetchRefused as refusal:
            raise AssertionError("the check and the way out differ") from refusal
        except OSError:
            assert not wire.sent.partition(b"\r\n\r\n")[2], "something was sent all the same"
            return
    head, _, body = wire.sent.partition(b"\r\n\r\n")
    first, *rest = head.split(b"\r\n")
    assert first.startswith(method.encode() + b" /") or b"?" in first, first
    assert body == b"body"
    assert len(rest) == 2 + len(headers) + _implied(headers), rest
    assert b"\n" not in head.replace(b"\r\n", b"")


def _implied(headers: dict[str, str]) -> int:
    """Count Accept-Encoding, which the client adds unless it is given."""
    return 0 if "accept-encoding" in {name.lower() for name in headers} else 1
