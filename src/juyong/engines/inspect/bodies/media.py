"""Which processor reads a body: by the exact media type, never by a part of a header's text."""

import re

from juyong.engines.inspect.http import Headers, all_of

URLENCODED = "URLENCODED"
MULTIPART = "MULTIPART"
JSON = "JSON"
XML = "XML"
PROCESSORS = frozenset({URLENCODED, MULTIPART, JSON, XML})

_BY_TYPE = {
    b"application/x-www-form-urlencoded": URLENCODED,
    b"multipart/form-data": MULTIPART,
    b"application/json": JSON,
    b"text/json": JSON,
    b"text/xml": XML,
    b"application/xml": XML,
}
_BY_SUFFIX = {b"json": JSON, b"xml": XML}
_PARAMETER = re.compile(rb'[ \t]*;[ \t]*([^\s=;"]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))')


def media_type(value: bytes) -> bytes:
    """Return type and subtype of a Content-Type header, in lower case."""
    return value.partition(b";")[0].strip(b" \t").lower()


def processor_of(headers: Headers) -> str:
    """Return the processor for a request's body; empty where none reads its media type.

    Several Content-Type headers choose none, as no two servers agree on which is meant; the
    request is refused where its body is read.

    >>> processor_of(((b"Content-Type", b"application/ld+json; charset=utf-8"),))
    'JSON'
    >>> processor_of(((b"Content-Type", b"application/x-xml-no"),))
    ''
    """
    told = all_of(headers, b"content-type")
    if len(told) != 1:
        return ""
    kind = media_type(told[0])
    return _BY_TYPE.get(kind) or _BY_SUFFIX.get(
        kind.rpartition(b"+")[2] if b"+" in kind else b"", ""
    )


def parameters(value: bytes) -> list[tuple[bytes, bytes]] | None:
    """Return the parameters of a header such as Content-Type, names in lower case.

    None where a piece has no form. Quoted values come without quotes, `\\"` as `"`; other
    backslashes stay, as file names of some clients are full paths.
    """
    at, found = value.find(b";"), list[tuple[bytes, bytes]]()
    while 0 <= at < len(value):
        match = _PARAMETER.match(value, at)
        if match is None:
            return None if value[at:].strip(b" \t;") else found
        quoted = match[2]
        found.append(
            (match[1].lower(), match[3] if quoted is None else quoted.replace(b'\\"', b'"'))
        )
        at = match.end()
    return found
