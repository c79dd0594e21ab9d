"""Requests of a HAR file or of an access log, judged by rules without being sent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from juyong.api.command import BadInput
from juyong.cli.waf.explaining import Message
from juyong.waf.http1.heads import Malformed, request_head

_MOST_BYTES = 256 * 1024 * 1024
_MOST_DIGITS = 18
_FRAMING = frozenset(("host", "content-length", "transfer-encoding", "connection"))


class RuleThen(msgspec.Struct, frozen=True):
    """A rule that a log says matched; variable: As `ARGS:q`."""

    rule: int
    variable: str


class Recorded(msgspec.Struct, frozen=True):
    """A request from a file.

    blocked: Whether the request was blocked then; None where the file does not tell.
    message: None where the proxy would answer 400.
    id: The event id of a log's line, the number of a HAR file's entry from 1.
    time: Of the request, as the file has it.
    rules: That matched then; None of a HAR file, and of a request that passed.
    """

    name: str
    blocked: bool | None
    message: Message | None
    id: str = ""
    time: str = ""
    rules: tuple[RuleThen, ...] | None = None


def recorded_in(path: Path) -> Iterator[Recorded]:
    """Yield the requests of a file.

    Raises:
        BadInput: the file is neither a HAR file nor an access log, or larger than 256 MiB.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BadInput(f"`{path}` is larger than 256 MiB")
        data = path.read_bytes()
    except OSError as failure:
        raise BadInput(f"`{path}`: {failure.strerror}") from None
    try:
        whole = msgspec.json.decode(data)
    except msgspec.DecodeError:
        whole = None
    if isinstance(whole, dict) and isinstance(whole.get("log"), dict):
        yield from _of_har(whole["log"])
        return
    rows = 0
    for line in data.splitlines():
        try:
            row = msgspec.json.decode(line)
        except msgspec.DecodeError:
            continue
        if isinstance(row, dict) and row.get("request_uri"):
            rows += 1
            yield _of_row(row)
    if not rows:
        raise BadInput(f"`{path}` is neither a HAR file nor an access log of the WAF")


def _of_har(log: dict[str, Any]) -> Iterator[Recorded]:
    for number, entry in enumerate(log.get("entries") or (), 1):
        try:
            asked = entry["request"]
            url = urlsplit(str(asked["url"]))
            target = (url.path or "/") + (f"?{url.query}" if url.query else "")
            lines = [
                (str(each["name"]), str(each["value"]))
                for each in asked.get("headers") or ()
                if str(each["name"]).lower() not in _FRAMING and str(each["name"])[:1] != ":"
            ]
            body = str((asked.get("postData") or {}).get("text") or "").encode()
            method = str(asked["method"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise BadInput("an entry of the HAR file has no request") from None
        yield Recorded(
            f"{method} {target}",
            None,
            _message(method, target, url.netloc, lines, body),
            id=str(number),
            time=str(entry.get("startedDateTime", "")),
        )


def _of_row(row: dict[str, Any]) -> Recorded:
    told = (
        ("User-Agent", "http_user_agent"),
        ("Referer", "http_referer"),
        ("Content-Type", "content_type"),
    )
    lines = [(name, str(row[field])) for name, field in told if row.get(field)]
    method, uri = str(row.get("request_method", "GET")), str(row["request_uri"])
    message = _message(method, uri, str(row.get("host", "")), lines, b"")
    action = row.get("final_action")
    return Recorded(
        f"{method} {uri}",
        action == "block",
        message,
        id=str(row.get("request_traceid", "")),
        time=str(row.get("time", "")),
        rules=tuple(_rules_then(row)) if action in ("block", "monitor") else None,
    )


def _rules_then(row: dict[str, Any]) -> Iterator[RuleThen]:
    told = row.get("matched_rules_detail")
    for each in told if isinstance(told, list) else ():
        number = str(each.get("id", "")) if isinstance(each, dict) else ""
        if number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS:
            yield RuleThen(int(number), str(each.get("variable", "")))


def _message(
    method: str, target: str, host: str, lines: list[tuple[str, str]], body: bytes
) -> Message | None:
    if body:
        lines = [*lines, ("Content-Length", str(len(body)))]
    head = [f"{method} {target} HTTP/1.1", f"Host: {host}", *(f"{n}: {v}" for n, v in lines)]
    block = "".join(f"{line}\r\n" for line in head).encode()
    try:
        return Message(request_head(block), body)
    except Malformed:
        return None
