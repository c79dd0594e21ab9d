"""Forms with files, read while they arrive: fields whole, of files their names and first bytes.

The splitter is strict, and a body that departs from the format is refused: servers disagree on the
meaning of such a body. What was read before the fault stays, and what follows is an argument
without a name, so that rules see all of it also where nothing is enforced.

Source: RFC 7578, RFC 2046 section 5.1 (documented); which faults have variables of their own, and
that backslashes of file names stay, from ModSecurity and the Core Rule Set's tests (observed).
"""

import re
from urllib.parse import unquote_to_bytes

from juyong.engines.inspect.bodies.media import parameters
from juyong.engines.inspect.bodies.parsed import File, Parsed
from juyong.engines.inspect.limits import Limits
from juyong.engines.multipart import End, Fault, Head, HeadTooLong, MalformedForm, Parts

_MOST_HEAD = 8_192
_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_AS_IS = frozenset({b"", b"7bit", b"8bit", b"binary"})
_FLAG_OF = {
    Fault.BEFORE: "MULTIPART_DATA_BEFORE",
    Fault.LINE: "MULTIPART_LF_LINE",
    Fault.BOUNDARY: "MULTIPART_UNMATCHED_BOUNDARY",
    Fault.NO_HEAD: "MULTIPART_INVALID_PART",
    Fault.OTHER: "MULTIPART_INVALID_PART",
}


class _BadPart(Exception):
    """A part's head is refused."""

    def __init__(self, reason: str, flag: str = "MULTIPART_INVALID_PART") -> None:
        super().__init__(reason)
        self.flag = flag


class _Part:
    """A part whose content is arriving; files: Its file names, none for a field."""

    def __init__(self, name: bytes, files: list[bytes]) -> None:
        self.name = name
        self.files = files
        self.size = 0
        self.kept = bytearray()
        self.tail = b""

    @property
    def is_field(self) -> bool:
        """Whether a server may read a field: also where the name of the file is empty."""
        return not any(self.files)


class FormReader:
    """Reads one form; `parsed` holds what arrived, and may be asked after each `add`.

    Cost: holds the fields, and of each file the first bytes.
    """

    def __init__(self, content_type: bytes, parsed: Parsed, limits: Limits) -> None:
        self.parsed = parsed
        self._limits = limits
        self._part: _Part | None = None
        self._parts = 0
        self._fields_bytes = 0
        self._ended = False
        self._behind = bytearray()
        boundary = self._boundary_of(content_type)
        self._boundary = boundary or b""
        self._reads = Parts(self._boundary, most_head=_MOST_HEAD) if boundary else None

    def add(self, data: bytes) -> None:
        """Take bytes of the body; behind a fault they are kept as far as a body may be long."""
        self.parsed.length += len(data)
        if self.parsed.length > self._limits.form and not self.parsed.cut:
            self.parsed.refuse(f"the form has more than {self._limits.form} bytes", status=413)
        if self._reads is None:
            self._keep_rest(data)
            return
        self._reads.add(data)
        try:
            while event := self._reads.next():
                self._take(event)
        except MalformedForm as fault:
            self._stop(f"the form {fault}", _FLAG_OF[fault.fault], self._reads.held)
        except HeadTooLong:
            self._stop("a part's head is too long", "MULTIPART_INVALID_PART", self._reads.held)

    def end(self) -> Parsed:
        """Return what the whole body came to."""
        if self._part is not None:
            self._finish_part()
        if self._reads is not None and not self._ended and not self.parsed.cut:
            self._keep_rest(self._reads.held)
            self.parsed.refuse("the form ends early", flag="MULTIPART_INVALID_PART")
        if self._behind.strip(b"\r\n"):
            self.parsed.arguments.append((b"", bytes(self._behind)))
        return self.parsed

    def _boundary_of(self, content_type: bytes) -> bytes | None:
        told = parameters(content_type)
        found = [value for name, value in told or () if name == b"boundary"]
        if told is None or len(found) != 1 or not _BOUNDARY.fullmatch(found[0]):
            self.parsed.refuse("the form names no one boundary", flag="MULTIPART_INVALID_PART")
            return None
        if b'"' in content_type:
            self.parsed.flags.add("MULTIPART_BOUNDARY_QUOTED")
        return found[0]

    def _take(self, event: Head | bytes | End) -> None:
        match event:
            case Head():
                self._finish_part()
                self._begin(event.text)
            case End():
                self._finish_part()
                self._ended = True
                if not self._parts:
                    self.parsed.refuse(
                        "the form begins with its closing boundary", flag="MULTIPART_INVALID_PART"
                    )
            case _ if self._ended:
                self._keep_rest(event)
                if self._behind.strip(b"\r\n"):
                    self.parsed.refuse(
                        "data stand behind the form's end", flag="MULTIPART_DATA_AFTER"
                    )
            case _:
                self._data(event)

    def _begin(self, head: bytes) -> None:
        self._parts += 1
        if self._parts > self._limits.parts:
            self.parsed.refuse(
                f"the form has more than {self._limits.parts} parts",
                status=413,
                flag="MULTIPART_FILE_LIMIT_EXCEEDED",
            )
        try:
            name, files, lines = _read_head(head)
        except _BadPart as fault:
            self.parsed.refuse(f"a part of the form {fault}", flag=fault.flag)
            name, files, lines = b"", [], head.split(b"\r\n")
            self.parsed.arguments.append((b"", head))
        self.parsed.part_lines += [(name, line) for line in lines]
        self._part = _Part(name, files)

    def _data(self, data: bytes) -> None:
        part = self._part
        if part is None:
            return
        part.size += len(data)
        if part.is_field:
            self._fields_bytes += len(data)
            if self._fields_bytes > self._limits.fields:
                self.parsed.refuse("the form's fields are too long", status=413)
            else:
                part.kept += data
        elif len(part.kept) < self._limits.part_seen:
            part.kept += data[: self._limits.part_seen - len(part.kept)]
        # A line feed alone before a boundary ends the part for some servers.
        seen = part.tail + data
        if b"\n--" + self._boundary in seen:
            self.parsed.refuse(
                "the form has lines that do not end in CRLF", flag="MULTIPART_LF_LINE"
            )
        part.tail = seen[-len(self._boundary) - 3 :]

    def _finish_part(self) -> None:
        part, self._part = self._part, None
        if part is None:
            return
        content = bytes(part.kept)
        begins = content[: self._limits.part_seen]
        self.parsed.files += [
            File(name=part.name, filename=name, size=part.size, begins=begins)
            for name in part.files
        ]
        if not part.files or (part.is_field and content):
            self.parsed.arguments.append((part.name, content))

    def _stop(self, reason: str, flag: str, rest: bytes) -> None:
        self._finish_part()
        self.parsed.refuse(reason, flag=flag)
        self._reads = None
        self._keep_rest(rest)

    def _keep_rest(self, data: bytes) -> None:
        self._behind += data[: self._limits.fields - len(self._behind)]


def read_multipart(content_type: bytes, body: bytes, parsed: Parsed, limits: Limits) -> None:
    """Add the fields, files and part headers of a form, and its fault where the form has one."""
    parsed.length = 0
    reader = FormReader(content_type, parsed, limits)
    reader.add(body)
    reader.end()


def _read_head(head: bytes) -> tuple[bytes, list[bytes], list[bytes]]:
    """Return the part's name, its file names, and its lines."""
    lines, headers = head.split(b"\r\n"), dict[bytes, bytes]()
    for line in lines:
        if line[:1] in (b" ", b"\t"):
            raise _BadPart("has a folded header", "MULTIPART_HEADER_FOLDING")
        if _CONTROL.search(line):
            raise _BadPart("has control bytes in a header", "MULTIPART_INVALID_HEADER_FOLDING")
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name):
            raise _BadPart("has a header that is no header")
        if name.lower() in headers:
            raise _BadPart("has a header twice")
        headers[name.lower()] = value.strip(b" \t")
    if headers.get(b"content-transfer-encoding", b"").lower() not in _AS_IS:
        raise _BadPart("has an encoding of its own")
    name, files = _disposition(headers.get(b"content-disposition", b""))
    return name, files, lines


def _disposition(value: bytes) -> tuple[bytes, list[bytes]]:
    told = parameters(value)
    if value.partition(b";")[0].strip(b" \t").lower() != b"form-data":
        raise _BadPart("is no form-data")
    if told is None:
        # Parameters that no semicolon divides are the same fault to a reader as quotes in quotes.
        missing = b";" not in value or re.search(rb'"[ \t]+\w+=', value)
        flag = "MULTIPART_SEMICOLON_MISSING" if missing else "MULTIPART_INVALID_QUOTING"
        raise _BadPart("has a disposition with quotes out of place", flag)
    found = dict(told)
    if len(found) != len(told):
        raise _BadPart("has a parameter twice")
    if any(key.startswith((b"name*", b"filename*")) for key in found.keys() - {b"filename*"}):
        # Some servers put the pieces together, or prefer the encoded name; others see neither.
        raise _BadPart("has a name in pieces or in a charset of its own")
    if b"name" not in found:
        raise _BadPart("has no name")
    if any(text.startswith(b"'") for text in (found[b"name"], found.get(b"filename", b""))):
        raise _BadPart("has single quotes around a name", "MULTIPART_INVALID_QUOTING")
    files = [found[b"filename"]] if b"filename" in found else []
    if extended := found.get(b"filename*"):
        files.append(unquote_to_bytes(extended.rpartition(b"'")[2]))
    return found[b"name"], files
