"""The regression tests of the Core Rule Set, read from its folder into requests and expectations.

The format is that of go-ftw: a YAML file a rule, tests with stages, each an input and an output.
A stage that is completed automatically gets `Connection: close` and, with a body, a length and a
type; a body in the form of URLs with nothing to decode in it is encoded; lines of multipart bodies
end in CR LF. `/reflect` answers what the body describes.

Source: go-ftw and albedo, the runner and the back end of the Core Rule Set (observed).
"""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import yaml

from juyong.engines.inspect.http import Headers, Peer, Request, Response

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CLIENT = Peer(address="127.0.0.1", port=40_000)
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A request, the answer of the origin, and what the rules must say of both.

    name: As `942100-3`, with the number of the stage behind where a test has several.
    sent: The bytes of the request on a connection.
    request: None where the bytes are no HTTP that a front would pass on.
    judged: Whether ids or texts of the log are expected; else the status alone is.
    """

    name: str
    sent: bytes
    request: Request | None
    body: bytes
    response: Response
    answer: bytes
    expected: frozenset[int] = frozenset()
    unexpected: frozenset[int] = frozenset()
    pattern: str = ""
    no_pattern: str = ""
    status: tuple[int, ...] = ()
    fails: bool = False

    @property
    def judged(self) -> bool:
        return bool(self.expected or self.unexpected or self.pattern or self.no_pattern)

    @property
    def looks_for(self) -> bool:
        """Whether something must be found, rather than not be found."""
        return bool(self.expected or self.pattern)


def stages(folder: Path) -> Iterator[Stage]:
    """Yield all stages below a folder, in the order of file names."""
    for file in sorted(folder.rglob("*.yaml")):
        document = yaml.load(file.read_bytes(), Loader=_LOADER)  # noqa: S506  # a safe loader
        for test in (document or {}).get("tests") or ():
            rule = document.get("rule_id", file.stem)
            found = test["stages"]
            for number, one in enumerate(found):
                name = f"{rule}-{test['test_id']}" + (f".{number}" if len(found) > 1 else "")
                yield _stage(name, one.get("stage", one))


@dataclass
class _Input:
    method: str = "GET"
    uri: str = "/"
    version: str = "HTTP/1.1"
    headers: list[tuple[str, str]] = field(default_factory=list)
    data: bytes = b""


def _stage(name: str, told: dict[str, Any]) -> Stage:
    given, output = told["input"], told.get("output") or {}
    log = output.get("log") or {}
    status = output.get("status", [])
    sent, request, body = _raw(given) if "encoded_request" in given else _built(given)
    request, body = _fronted(request, body)
    response, answer = answer_of(str(given.get("uri", "/")), body)
    return Stage(
        name=name,
        sent=sent,
        request=request,
        body=body,
        response=response,
        answer=answer,
        expected=frozenset(log.get("expect_ids") or ()),
        unexpected=frozenset(log.get("no_expect_ids") or ()),
        pattern=(log.get("match_regex") or "").strip(),
        no_pattern=(log.get("no_match_regex") or "").strip(),
        status=tuple(status) if isinstance(status, list) else (status,),
        fails=bool(output.get("expect_error")),
    )


def _fronted(request: Request | None, body: bytes) -> tuple[Request | None, bytes]:
    """Return what a strict front hands on: None for what it refuses, no body where none is told."""
    if request is None:
        return None, body
    names = {name.lower() for name, _ in request.headers}
    broken = any(byte in value for _, value in request.headers for byte in b"\r\n\0")
    if broken or {b"content-length", b"transfer-encoding"} <= names:
        return None, body
    told = b"content-length" in names or b"transfer-encoding" in names
    return request, body if told else b""


def _request(method: bytes, target: bytes, version: str, headers: Headers, name: str) -> Request:
    return Request(
        method=method,
        target=target,
        version=version,
        headers=headers,
        client=_CLIENT,
        server=Peer(address="127.0.0.1", port=80),
        unique=name,
    )


def _built(given: dict[str, Any]) -> tuple[bytes, Request, bytes]:
    data = given.get("data")
    body = ("" if data is None else data if isinstance(data, str) else str(data)).encode()
    headers = _headers(given)
    if given.get("autocomplete_headers", not given.get("stop_magic", False)):
        body = _complete(headers, body)
    method, target = str(given.get("method", "GET")), str(given.get("uri", "/"))
    version = str(given.get("version", "HTTP/1.1"))
    request = _request(
        method.encode(),
        target.encode(),
        version or "HTTP/0.9",
        tuple((name.encode(), value.strip(" \t").encode()) for name, value in headers),
        "AA11bb22cc33",
    )
    lines = [f"{method} {target} {version}", *(f"{name}: {value}" for name, value in headers)]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode() + body, request, body


def _headers(given: dict[str, Any]) -> list[tuple[str, str]]:
    if ordered := given.get("ordered_headers"):
        return [(str(one["name"]), str(one["value"])) for one in ordered]
    found = given.get("headers") or {}
    return [(str(name), "" if value is None else str(value)) for name, value in found.items()]


def _complete(headers: list[tuple[str, str]], body: bytes) -> bytes:
    """Add the headers that are missing, and bring the body into the form of its type."""
    names = {name.lower(): value for name, value in headers}
    if "connection" not in names:
        headers.append(("Connection", "close"))
    if not body:
        return body
    if "content-type" not in names:
        headers.append(("Content-Type", _FORM))
    kind = names.get("content-type", _FORM).lower()
    if kind.startswith(_FORM):
        body = _encoded(body)
    elif kind.startswith("multipart/") and b"\r\n" not in body:
        body = body.replace(b"\n", b"\r\n")
    if "content-length" not in names:
        headers.append(("Content-Length", str(len(body))))
    return body


def _encoded(body: bytes) -> bytes:
    """Percent-encode a form, pair by pair, where nothing in it is encoded yet."""
    text = body.decode("latin-1")
    if unquote_plus(text, encoding="latin-1") != text or re.search(r"%(?![0-9A-Fa-f]{2})", text):
        return body
    pairs = [piece.partition("=")[::2] for piece in text.split("&") if piece]
    return "&".join(
        f"{quote_plus(name, encoding='latin-1')}={quote_plus(value, encoding='latin-1')}"
        for name, value in pairs
    ).encode()


def _raw(given: dict[str, Any]) -> tuple[bytes, Request | None, bytes]:
    """Parse the bytes of a request, as leniently as a front may."""
    data = base64.b64decode(given["encoded_request"])
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    parts = first.split(b" ")
    if len(parts) != len(("method", "target", "version")):
        return data, None, body
    pairs = [line.partition(b":")[::2] for line in lines]
    headers = tuple((name.strip(), value.strip(b" \t")) for name, value in pairs)
    version = parts[2].decode("latin-1")
    return data, _request(parts[0], parts[1], version, headers, "AA11bb22cc33"), body


def answer_of(uri: str, body: bytes) -> tuple[Response, bytes]:
    """Return what the back end answers: `/reflect` as the body describes, else nothing."""
    told: dict[str, Any] = {}
    if uri.split("?", maxsplit=1)[0].rstrip("/").endswith("/reflect"):
        try:
            told = json.loads(body)
        except ValueError:
            told = {}
    if not isinstance(told, dict):
        told = {}
    answer = str(told.get("body", "")).encode()
    if "encodedBody" in told:
        answer = base64.b64decode(told["encodedBody"])
    headers = {"Content-Type": "text/plain; charset=utf-8", **(told.get("headers") or {})}
    response = Response(
        status=int(told.get("status", 200)),
        version="HTTP/1.1",
        headers=tuple((name.encode(), str(value).encode()) for name, value in headers.items()),
    )
    return response, answer
