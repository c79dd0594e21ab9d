"""Bodies without a type that any processor reads, as servers read them that guess.

Frameworks read JSON, forms and XML under any media type, and JSON in UTF-16 too. So such a body is
read as each of these that its bytes are, and rules see the values as BODY_TEXT. What is only text
adds nothing, and no fault is told: no server is bound to read the body so.

Source: `json.loads` of Python takes bytes in UTF-8, -16 and -32 (documented); frameworks with an
option that ignores the media type, such as Flask's `get_json(force=True)` (documented).
"""

import re
from typing import Final

from juyong.engines.inspect.bodies.form import read_pairs
from juyong.engines.inspect.bodies.json import read_json
from juyong.engines.inspect.bodies.parsed import Parsed
from juyong.engines.inspect.limits import Limits

_BLANK: Final = b" \t\r\n"
_MARKS: Final = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
_UNMARKED: Final = (
    (re.compile(rb"[\t-~]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[\t-~]"), "utf-32-be"),
    (re.compile(rb"[\t-~]\0"), "utf-16-le"),
    (re.compile(rb"\0[\t-~]"), "utf-16-be"),
)
_TOO_LARGE: Final = 413
_FORM: Final = re.compile(rb"[\w.~*%+\[\]$-]{1,256}=[!-~\x80-\xff]*")


def read_guessed(body: bytes, parsed: Parsed, limits: Limits) -> None:
    """Add the further readings of a body that no processor reads; none for plain text.

    A body that exceeds a limit in one of its readings is refused, since rules see a part only.

    >>> parsed = Parsed(processor="")
    >>> read_guessed(b'{"q": "\\u003cb"}', parsed, Limits())
    >>> read_guessed(b"q=1%27+or", parsed, Limits())
    >>> read_guessed(b"1 = 1, as everyone knows", parsed, Limits())
    >>> parsed.guessed
    [(b'json.q', b'<b'), (b'q', b"1' or")]
    """
    text = _in_utf8(body)
    if text is not body:
        parsed.guessed.append((b"", text))
    begins = text.lstrip(_BLANK)[:1]
    if b"\0" in text or not begins:
        return
    read = Parsed(processor="")
    if begins in (b"{", b"[", b'"'):
        if b"\\" in text or text is not body:
            read_json(text, read, limits)
    elif begins == b"<":
        if b"&" in text:
            from juyong.engines.inspect.bodies.xml import read_xml  # noqa: PLC0415  # a library

            read_xml(text, read, limits)
    elif (b"+" in text or b"%" in text) and _FORM.fullmatch(text.strip(_BLANK)):
        read.arguments = read_pairs(text.strip(_BLANK), most=limits.arguments)
    if read.refusal is None:
        parsed.guessed += read.arguments + read.xml
    elif read.refusal.status == _TOO_LARGE:
        parsed.refuse(read.refusal.reason, status=_TOO_LARGE)


def _in_utf8(body: bytes) -> bytes:
    """Return a text of another form of Unicode in UTF-8; the same object where there is none."""
    coding = next((name for mark, name in _MARKS if body.startswith(mark)), "")
    if not coding:
        coding = next((name for form, name in _UNMARKED if form.match(body)), "")
    if not coding:
        return body
    try:
        return body.decode(coding).encode()
    except UnicodeError:
        return body
