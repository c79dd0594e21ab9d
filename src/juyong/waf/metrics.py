"""Figures of a site for Prometheus, on a port of loopback.

Source: Prometheus, exposition formats, text (documented).
"""

import asyncio
from collections.abc import Callable, Mapping

from juyong.waf.http1.heads import Malformed, request_head

_MOST_HEAD = 8_192
_SECONDS = 5.0
_GAUGES = frozenset(("open",))


class Metrics:
    """Answers `GET /metrics`; figures: Returns the sums over all workers, by name."""

    def __init__(self, figures: Callable[[], Mapping[str, int]]) -> None:
        self._figures = figures

    def text(self) -> str:
        """Return the figures in the text format."""
        lines = []
        for name, value in self._figures().items():
            if name in _GAUGES:
                lines += [f"# TYPE juyong_waf_{name} gauge", f"juyong_waf_{name} {value}"]
            else:
                full = f"juyong_waf_{name}_total"
                lines += [f"# TYPE {full} counter", f"{full} {value}"]
        return "\n".join(lines) + "\n"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and close."""
        try:
            async with asyncio.timeout(_SECONDS):
                block = await reader.readuntil(b"\r\n\r\n")
            writer.write(self._answer(block[:-2]))
            await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            pass
        finally:
            writer.close()

    def _answer(self, block: bytes) -> bytes:
        try:
            head = request_head(block)
        except Malformed:
            return _said("400 Bad Request", "malformed\n")
        if head.method != b"GET" or head.path != b"/metrics":
            return _said("404 Not Found", "there is /metrics\n")
        return _said("200 OK", self.text())


def _said(status: str, text: str) -> bytes:
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\n"
        f"Content-Length: {len(text)}\r\nConnection: close\r\n\r\n{text}"
    ).encode()


async def listen(metrics: Metrics, port: int) -> asyncio.Server:
    """Serve figures on a port of loopback.

    Raises:
        OSError: the port is taken.
    """
    return await asyncio.start_server(metrics.serve, "127.0.0.1", port, limit=_MOST_HEAD)
