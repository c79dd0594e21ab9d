"""Answers of the proxy itself. They say what the client can do, and never which rule matched."""

from typing import Final

import msgspec

from juyong.engines.inspect.verdict import Verdict
from juyong.waf.http1.heads import ResponseHead

_HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1><p>{text}</p><p>Event: {id}</p></body></html>
"""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """An answer; name: For the log. location: Of a redirect."""

    name: str
    status: int
    title: str
    text: str
    location: bytes = b""

    def body(self, event_id: str) -> bytes:
        """Render the page; event_id: The id under which the log has the request."""
        return _HTML.format(title=self.title, text=self.text, id=event_id).encode()


def rendered(page: Page, event_id: str, method: bytes) -> tuple[ResponseHead, bytes]:
    """Return the head and the body of an answer to a request of a method."""
    headers = [
        (b"Content-Type", b"text/html; charset=utf-8"),
        (b"Cache-Control", b"no-store"),
        (b"X-Event-Id", event_id.encode()),
    ]
    if page.location:
        headers.append((b"Location", page.location))
    body = page.body(event_id)
    head = ResponseHead(
        status=page.status,
        reason=b"",
        version="HTTP/1.1",
        headers=tuple(headers),
        length=len(body),
        keeps=True,
    )
    return head, b"" if method == b"HEAD" else body


def of_verdict(verdict: Verdict) -> Page:
    """Return the answer to a request that the rules refuse, or that the engine failed on."""
    if verdict.status >= 500:  # noqa: PLR2004
        return msgspec.structs.replace(FAILED, status=verdict.status)
    location = _one_line(verdict.location) if 300 <= verdict.status < 400 else b""  # noqa: PLR2004
    return msgspec.structs.replace(BLOCKED, status=verdict.status, location=location)


def _one_line(location: bytes) -> bytes:
    """SECURITY: a macro in a location may hold what the client sent, line breaks too."""
    return bytes(each for each in location if 0x21 <= each <= 0x7E)  # noqa: PLR2004


BLOCKED: Final = Page(
    name="blocked",
    status=403,
    title="Request blocked",
    text="The security policy of this site refused the request. "
    "If you think that is wrong, tell the site's owner the event below.",
)
MALFORMED: Final = Page(
    name="malformed", status=400, title="Bad request", text="The request is malformed."
)
VERSION: Final = Page(
    name="version",
    status=505,
    title="HTTP version not supported",
    text="This site speaks HTTP/1.0 and HTTP/1.1 here.",
)
TIMEOUT: Final = Page(
    name="slow", status=408, title="Request timeout", text="The request came too slowly."
)
TOO_LARGE: Final = Page(
    name="large", status=413, title="Content too large", text="The body of the request is too long."
)
HEAD_TOO_LARGE: Final = Page(
    name="head", status=431, title="Request header fields too large", text="The head is too long."
)
MISDIRECTED: Final = Page(
    name="misdirected",
    status=421,
    title="Misdirected request",
    text="The connection was opened for another host name.",
)
ABUSE: Final = Page(
    name="abuse", status=429, title="Too many requests", text="The connection asks for too much."
)
FAILED: Final = Page(
    name="failed", status=500, title="Internal error", text="The request could not be judged."
)
BAD_ANSWER: Final = Page(
    name="bad_answer", status=502, title="Bad gateway", text="The site gave no proper answer."
)
UNREACHABLE: Final = Page(
    name="unreachable", status=502, title="Bad gateway", text="The site cannot be reached."
)
BUSY: Final = Page(
    name="busy", status=503, title="Service unavailable", text="The site is busy; try again."
)
SLOW_BACKEND: Final = Page(
    name="slow_backend", status=504, title="Gateway timeout", text="The site took too long."
)
