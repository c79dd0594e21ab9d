"""The format multipart/form-data, read while it arrives.

The reader is strict: lines end in CRLF, nothing stands before the first boundary, and a boundary
is followed by a line break or by two hyphens. What readers of other servers pass over is refused,
so that no two readers see different forms. `Parts` tells heads as they are, with what stands behind
the last boundary, for those that judge all of a body; `Multipart` reads the heads and stops there.

Source: RFC 7578, RFC 2046 section 5.1 (documented).
Model: tests/model/multipart.py.
"""

import re
from collections.abc import Mapping
from enum import Enum

import msgspec

_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105  # a word of a header, no secret
_NAME = re.compile(_TOKEN)
_PARAMETER = re.compile(rf'[ \t]*;[ \t]*({_TOKEN})=(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}))')
_ESCAPED = re.compile(r'\\(["\\])')
_AS_IS = frozenset({"", "7bit", "8bit", "binary"})
"""The encodings that leave the bytes of a part as they are."""


class Fault(Enum):
    """The ways in which a body departs from the format."""

    OTHER = "is no multipart/form-data"
    BEFORE = "has data before its first boundary"
    LINE = "has lines that do not end in CRLF"
    BOUNDARY = "has a boundary that goes on in its line"
    NO_HEAD = "has a part without headers"


class MalformedForm(ValueError):
    """The body is no multipart/form-data."""

    def __init__(self, fault: Fault = Fault.OTHER) -> None:
        super().__init__(fault.value)
        self.fault = fault


class HeadTooLong(ValueError):
    """The headers of a part are longer than the reader takes."""


class Head(msgspec.Struct, frozen=True):
    """The headers of a part as sent, without the line break at their end."""

    text: bytes


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a part; filename: Empty where the part has none."""

    name: str
    filename: str
    content_type: str


class End(msgspec.Struct, frozen=True):
    """The last boundary."""


Event = Part | bytes | End
RawEvent = Head | bytes | End


def boundary_in(content_type: str) -> bytes | None:
    """Return the boundary that a Content-Type header names; None where it is another media type.

    Raises:
        MalformedForm: it is multipart/form-data, and names no boundary.
    """
    kind, _, _ = content_type.partition(";")
    if kind.strip().lower() != "multipart/form-data":
        return None
    boundary = _parameters(content_type)[1].get("boundary", "").encode("latin-1", "replace")
    if not _BOUNDARY.fullmatch(boundary):
        raise MalformedForm
    return boundary


class Parts:
    """Splits one body.

    `add` takes bytes as they arrive, in pieces of any size; `next` tells what they are. Bytes
    belong to the part that began last, and behind `End` to no part.

    Args:
        boundary: As the Content-Type header names it.
        most_head: The longest headers of a part, in bytes.

    Cost: holds what was added and not yet told, and of a part's end as much as may begin a
    boundary.
    """

    def __init__(self, boundary: bytes, *, most_head: int) -> None:
        self._delimiter = b"\r\n--" + boundary
        self._most_head = most_head
        self._held = bytearray(b"\r\n")
        self._reads = self._first

    def add(self, data: bytes) -> None:
        """Take bytes of the body."""
        self._held += data

    @property
    def held(self) -> bytes:
        """Bytes that were added and not told; behind a fault, all that follows."""
        return bytes(self._held)

    def next(self) -> RawEvent | None:
        """Return what comes next; None when that needs more bytes.

        Raises:
            MalformedForm, HeadTooLong: the body is refused.
        """
        return self._reads()

    def _first(self) -> RawEvent | None:
        start = bytes(self._held[: len(self._delimiter) + 2])
        # One line break may stand before the first boundary, as some clients write one.
        for wanted in (self._delimiter, b"\r\n" + self._delimiter):
            if start.startswith(wanted):
                del self._held[: len(wanted)]
                return self._after_boundary()
            if wanted.startswith(start):
                return None
        raise MalformedForm(Fault.BEFORE)

    def _after_boundary(self) -> RawEvent | None:
        self._reads = self._after_boundary
        follows = bytes(self._held[:2])
        if follows == b"--":
            del self._held[:2]
            self._reads = self._behind
            return End()
        if follows == b"\r\n":
            del self._held[:2]
            return self._head()
        if len(follows) < 2 and follows in (b"", b"-", b"\r"):  # noqa: PLR2004  # two bytes
            return None
        raise MalformedForm(Fault.LINE if follows.startswith(b"\n") else Fault.BOUNDARY)

    def _head(self) -> RawEvent | None:
        self._reads = self._head
        end = self._held.find(b"\r\n\r\n", 0, self._most_head + 4)
        if end < 0:
            if len(self._held) >= self._most_head + 4:
                raise HeadTooLong
            return None
        head = Head(bytes(self._held[:end]))
        del self._held[: end + 2]
        self._reads = self._before_data
        return head

    def _before_data(self) -> RawEvent | None:
        """Refuse a boundary that begins with the end of the head: readers differ on what it is."""
        start = bytes(self._held[: len(self._delimiter)])
        if start == self._delimiter:
            raise MalformedForm(Fault.NO_HEAD)
        if self._delimiter.startswith(start):
            return None
        del self._held[:2]
        self._reads = self._data
        return self._data()

    def _data(self) -> RawEvent | None:
        at = self._held.find(self._delimiter)
        end = at if at >= 0 else max(0, len(self._held) - len(self._delimiter) + 1)
        if end:
            data = bytes(memoryview(self._held)[:end])
            del self._held[:end]
            return data
        if at < 0:
            return None
        del self._held[: len(self._delimiter)]
        return self._after_boundary()

    def _behind(self) -> RawEvent | None:
        data = bytes(self._held)
        self._held.clear()
        return data or None


class Multipart:
    """Reads one body, heads included; what stands behind the last boundary is not told.

    Args and cost: as of `Parts`.
    """

    def __init__(self, boundary: bytes, *, most_head: int) -> None:
        self._parts = Parts(boundary, most_head=most_head)
        self._ended = False

    def add(self, data: bytes) -> None:
        """Take bytes of the body."""
        self._parts.add(data)

    @property
    def held(self) -> bytes:
        """Bytes that were added and not told."""
        return self._parts.held

    def next(self) -> Event | None:
        """Return what comes next; None when that needs more bytes, or behind the end.

        Raises:
            MalformedForm, HeadTooLong: the body is refused.
        """
        event = self._parts.next()
        if self._ended:
            return None
        self._ended = isinstance(event, End)
        return _part_of(event.text) if isinstance(event, Head) else event


def _part_of(head: bytes) -> Part:
    try:
        lines = head.decode().split("\r\n")
    except UnicodeDecodeError:
        raise MalformedForm from None
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        key = name.lower()
        if not colon or not _NAME.fullmatch(name) or key in headers or not _is_plain(value):
            raise MalformedForm
        headers[key] = value.strip(" \t")
    kind, told = _parameters(headers.get("content-disposition", ""))
    encoding = headers.get("content-transfer-encoding", "").lower()
    if kind != "form-data" or "name" not in told or encoding not in _AS_IS:
        raise MalformedForm
    return Part(
        name=told["name"],
        filename=told.get("filename", ""),
        content_type=headers.get("content-type", ""),
    )


def _is_plain(text: str) -> bool:
    return not any(letter in text for letter in "\r\n\0")


def _parameters(value: str) -> tuple[str, Mapping[str, str]]:
    """Split `word; name="value"; …`; names in small letters.

    Raises:
        MalformedForm: a parameter has no form, or comes twice.
    """
    word, _, _ = value.partition(";")
    at, found = len(word), dict[str, str]()
    while at < len(value):
        match = _PARAMETER.match(value, at)
        if match is None:
            if value[at:].strip(" \t;"):
                raise MalformedForm
            break
        name = match[1].lower()
        if name in found:
            raise MalformedForm
        found[name] = _ESCAPED.sub(r"\1", match[2]) if match[2] is not None else match[3]
        at = match.end()
    return word.strip(" \t").lower(), found
