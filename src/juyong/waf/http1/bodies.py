"""Where a body ends: by its length, by chunks, or with the connection.

Source: RFC 9112, 6 and 7 (documented). Trailers and chunk extensions are read and dropped.
"""

import re

from juyong.waf.http1.heads import CHUNKED, UNTIL_CLOSE, Malformed, header_lines

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?")
_LONGEST_LINE = 4_096
_MOST_EXTRA = 16_384
"""Bytes of extensions and trailers in one body."""


def length_of(method: bytes, status: int, told: int) -> int:
    """Return the length of a response's body, which a head alone does not tell.

    Args:
        method: Of the request.
        status: Of the response.
        told: By its head: bytes, CHUNKED or UNTIL_CLOSE.
    """
    return 0 if method == b"HEAD" or status in (204, 304) or status < 200 else told  # noqa: PLR2004


class Sized:
    """A body of a known length."""

    __slots__ = ("done", "left")

    def __init__(self, length: int) -> None:
        self.left = length
        self.done = not length

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Take bytes; return those of the body, and those behind its end."""
        left = self.left - len(data)
        if left > 0:
            self.left = left
            return data, b""
        at, self.left, self.done = self.left, 0, True
        return (data, b"") if at == len(data) else (data[:at], data[at:])


class Endless:
    """A body that ends with its connection."""

    __slots__ = ("done",)

    def __init__(self) -> None:
        self.done = False

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Take bytes; all are of the body."""
        return data, b""


class Chunked:
    """A body in chunks."""

    __slots__ = ("_extra", "_kept", "_left", "_trailer", "done")

    def __init__(self) -> None:
        self.done = False
        # Bytes of the chunk and its line end that are still to come; -1 before a size.
        self._left = -1
        self._kept = b""
        self._trailer = False
        self._extra = 0

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Take bytes; return those of the body, and those behind its end.

        Raises:
            Malformed: the chunks are not well formed, or carry too much that is no content.
        """
        if self._kept:
            data, self._kept = self._kept + data, b""
        parts: list[bytes] = []
        at, size = 0, len(data)
        while at < size and not self.done:
            if self._left > 2:  # noqa: PLR2004  # the chunk, then CR LF
                end = min(at + self._left - 2, size)
                parts.append(data[at:end])
                self._left -= end - at
                at = end
            elif self._left > 0:
                at = self._line_end(data, at)
            else:
                at = self._line(data, at)
                if self._kept:
                    break
        return parts[0] if len(parts) == 1 else b"".join(parts), data[at:] if self.done else b""

    def _line_end(self, data: bytes, at: int) -> int:
        """Take what is there of the CR LF behind a chunk."""
        for _ in range(min(self._left, len(data) - at)):
            if data[at] != (13 if self._left == 2 else 10):  # noqa: PLR2004
                raise Malformed("a chunk does not end where its size says")
            self._left -= 1
            at += 1
        if not self._left:
            self._left = -1
        return at

    def _line(self, data: bytes, at: int) -> int:
        """Take the line of a size or of a trailer, or keep what is there of the line."""
        end = data.find(b"\n", at, at + _LONGEST_LINE)
        if end < 0:
            self._kept = data[at:]
            if len(self._kept) >= _LONGEST_LINE:
                raise Malformed("a line between chunks is too long")
            return len(data)
        if data[end - 1 : end] != b"\r" or end == at:
            raise Malformed("a line between chunks ends with a bare LF")
        line = data[at : end - 1]
        if self._trailer:
            self._take_trailer(line)
        else:
            self._take_size(line)
        return end + 1

    def _take_size(self, line: bytes) -> None:
        found = _SIZE.fullmatch(line)
        if found is None:
            raise Malformed("the size of a chunk is malformed")
        digits = found[1]
        self._count(len(line) - len(digits))
        size = int(digits, 16)
        self._trailer = not size
        self._left = size + 2 if size else -1

    def _take_trailer(self, line: bytes) -> None:
        if not line:
            self.done = True
            return
        self._count(len(line))
        header_lines(line + b"\r\n")

    def _count(self, extra: int) -> None:
        self._extra += extra
        if self._extra > _MOST_EXTRA:
            raise Malformed("the chunks carry too much that is no content")


Decoder = Sized | Chunked | Endless


def decoder_of(length: int) -> Decoder:
    """Return what finds the end of a body; length: bytes, CHUNKED or UNTIL_CLOSE."""
    if length == CHUNKED:
        return Chunked()
    return Endless() if length == UNTIL_CLOSE else Sized(length)
