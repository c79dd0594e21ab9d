"""A body as its processor read it."""

import msgspec

from juyong.engines.inspect.bodies.form import Pair

FLAGS = frozenset(
    {
        "MULTIPART_BOUNDARY_QUOTED",
        "MULTIPART_BOUNDARY_WHITESPACE",
        "MULTIPART_CRLF_LF_LINES",
        "MULTIPART_DATA_AFTER",
        "MULTIPART_DATA_BEFORE",
        "MULTIPART_FILE_LIMIT_EXCEEDED",
        "MULTIPART_HEADER_FOLDING",
        "MULTIPART_INVALID_HEADER_FOLDING",
        "MULTIPART_INVALID_PART",
        "MULTIPART_INVALID_QUOTING",
        "MULTIPART_LF_LINE",
        "MULTIPART_MISSING_SEMICOLON",
        "MULTIPART_SEMICOLON_MISSING",
        "MULTIPART_UNMATCHED_BOUNDARY",
    }
)
"""The variables that are 1 where a multipart body has one fault, else 0."""
HARMLESS = frozenset({"MULTIPART_BOUNDARY_QUOTED"})
"""Variables that tell no fault: many clients write quotes around boundaries."""


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a form.

    name: Of its part. filename: As sent. size: Of its content, in bytes. begins: The content's
    first bytes, as many as `Limits.part_seen` allows.
    """

    name: bytes
    filename: bytes
    size: int
    begins: bytes


class Refusal(msgspec.Struct, frozen=True):
    """A body that may not pass, whatever rules say: no two servers read the same in such a body.

    status: 400, 413 or 415. reason: In words, for logs.
    """

    status: int
    reason: str


class Parsed(msgspec.Struct, kw_only=True):
    """All that rules may ask of a body.

    error: What the processor could not read; empty where all was read. Rules see an error as
        REQBODY_ERROR, and run on what was read before.
    refusal: Where rules let the request pass, the engine itself refuses it with this.
    xml: The text of a document as `/*`, and each attribute's value as `//@*`.
    raw: REQUEST_BODY. length: Of the body, after its content coding.
    guessed: What servers read in the body that guess its type, where no processor reads it.
    """

    processor: str
    arguments: list[Pair] = []
    files: list[File] = []
    part_lines: list[Pair] = []
    xml: list[Pair] = []
    doctype: bytes = b""
    raw: bytes = b""
    guessed: list[Pair] = []
    length: int = 0
    cut: bool = False
    flags: set[str] = set()
    error: str = ""
    refusal: Refusal | None = None

    def refuse(self, reason: str, *, status: int = 400, flag: str = "") -> None:
        """Note a fault; the first one is told."""
        if flag:
            self.flags.add(flag)
        if not self.error:
            self.error = reason
            self.refusal = Refusal(status, reason)
