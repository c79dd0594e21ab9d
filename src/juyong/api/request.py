"""A request as it arrived, before anything is believed."""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec


class Arriving(Protocol):
    """A body that is read once, in parts; a client that sends faster is made to wait."""

    @property
    def length(self) -> int | None:
        """Return the bytes that the client announced; None: the last chunk ends the body."""
        ...

    def parts(self) -> AsyncIterator[bytes]:
        """Yield the body; raises ConnectionError when the client leaves before its end."""
        ...

    async def whole(self, most: int) -> bytes:
        """Return the body; raises ApiError when it is longer than `most`."""
        ...

    def holding(self) -> AbstractContextManager[Callable[[int], None]]:
        """Count what the block keeps of the body; the block tells of each part how long it is.

        Raises ApiError when all requests together keep too much.
        """
        ...


TLS_NUMBERS = {"TLSv1.0": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304}
"""Versions of TLS by their names; the numbers are those of its records."""
TLS_NAMES = {number: name for name, number in TLS_NUMBERS.items()}


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request.

    path: As on the wire, still percent-encoded. query: likewise, without the question mark.
    headers: Lower-case names; repeated ones joined by a comma.
    peer: Address of the other end of the connection. secure: whether it came over TLS.
    port: The port that took the connection, 0 where it is not known.
    tls: The version that the connection speaks, such as `TLSv1.3`; empty in clear.
    arriving: The body where the request is served before its body is whole; `body` is empty then.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    peer: str
    secure: bool
    port: int = 0
    tls: str = ""
    arriving: Arriving | None = None

    @property
    def host(self) -> str:
        """The Host header, as sent."""
        return self.headers.get("host", "")


def headers_of(pairs: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Read headers as Raw has them.

    PERF: names and values are decoded in two calls, whatever their number. No header of HTTP holds
    a line break; where one does, or a name is given twice, they are read one by one.
    """
    if not pairs:
        return {}
    names, values = zip(*pairs, strict=True)
    keys = b"\n".join(names).lower().decode("latin-1").split("\n")
    texts = b"\n".join(values).decode("latin-1").split("\n")
    if len(keys) == len(texts) == len(pairs):
        headers = dict(zip(keys, texts))  # noqa: B905  # PERF: an option costs as much
        if len(headers) == len(pairs):
            return headers
    headers = {}
    for name, value in pairs:
        key, text = name.lower().decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return headers


_XML = re.compile(r"(?:^|&)Format=xml(?:&|$)", re.IGNORECASE)


def asks_xml(query: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a request asks for XML, as far as query and headers of a refused one say."""
    if headers.get("authorization", "").startswith("ACS3-"):
        return "xml" in headers.get("accept", "")
    return _XML.search(query) is not None
