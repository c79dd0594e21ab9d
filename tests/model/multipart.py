"""The slow model of multipart/form-data: a whole body, cut at its boundaries."""

import re

_DISPOSITION = re.compile(r'form-data((?:; ?[a-z]+="(?:[^"\\]|\\.)*")*)')
_PAIR = re.compile(r'([a-z]+)="((?:[^"\\]|\\.)*)"')


def read(body: bytes, boundary: bytes) -> list[tuple[str, str, str, bytes]] | None:
    """Return name, filename, media type and bytes of each part; None for what is no such body.

    It knows the headers that forms have, and no others.
    """
    line = b"--" + boundary
    if not body.startswith(b"\r\n"):
        body = b"\r\n" + body
    before, *pieces = body.split(b"\r\n" + line)
    if before or not pieces:
        return None
    found = []
    for piece in pieces:
        if piece.startswith(b"--"):
            return found
        head, gap, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        part = _head(head)
        if not piece.startswith(b"\r\n") or not gap or part is None:
            return None
        found.append((*part, data))
    return None


def _head(head: bytes) -> tuple[str, str, str] | None:
    pairs = [each.partition(": ") for each in head.decode().split("\r\n")]
    told = {name.lower(): value for name, _, value in pairs}
    match = _DISPOSITION.fullmatch(told.get("content-disposition", ""))
    if match is None or len(told) < len(pairs):
        return None
    named = {name: re.sub(r'\\(["\\])', r"\1", value) for name, value in _PAIR.findall(match[1])}
    if "name" not in named:
        return None
    return named["name"], named.get("filename", ""), told.get("content-type", "")
