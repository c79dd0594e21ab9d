"""Escapes of HTML, JavaScript, CSS and C."""

import re

from juyong.engines.inspect.transforms.codes import LAST, bytes_of

_ENTITY = re.compile(rb"&(?:#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?|([0-9A-Za-z]+)(;?))")
_LONGEST_CODE = 7
_LEGACY = ((b"quot", b'"'), (b"amp", b"&"), (b"lt", b"<"), (b"gt", b">"), (b"nbsp", b"\xa0"))
"""Names that browsers read without a semicolon, and whatever letters follow."""
_NAMED = {
    b"Hat": b"^",
    b"NewLine": b"\n",
    b"Tab": b"\t",
    b"apos": b"'",
    b"ast": b"*",
    b"bsol": b"\\",
    b"colon": b":",
    b"comma": b",",
    b"commat": b"@",
    b"dollar": b"$",
    b"equals": b"=",
    b"excl": b"!",
    b"grave": b"`",
    b"lbrace": b"{",
    b"lbrack": b"[",
    b"lcub": b"{",
    b"lowbar": b"_",
    b"lpar": b"(",
    b"lsqb": b"[",
    b"midast": b"*",
    b"num": b"#",
    b"percnt": b"%",
    b"period": b".",
    b"plus": b"+",
    b"quest": b"?",
    b"rbrace": b"}",
    b"rbrack": b"]",
    b"rcub": b"}",
    b"rpar": b")",
    b"rsqb": b"]",
    b"semi": b";",
    b"sol": b"/",
    b"verbar": b"|",
    b"vert": b"|",
}
"""Other names of HTML 5 for ASCII characters; they need the semicolon."""


def html_entity_decode(value: bytes) -> bytes:
    """Decode numbers, with or without a semicolon, as `bytes_of` says, and names.

    The names quot, amp, lt, gt and nbsp (0xa0) are read in any case, without a semicolon too, and
    with letters after them, which stay. Other names of HTML 5 for ASCII characters are read as they
    stand, with the semicolon. All else stays.
    """
    if b"&" not in value:
        return value
    decoded = _ENTITY.sub(_entity, value)
    return value if decoded == value else decoded


def _entity(found: re.Match[bytes]) -> bytes:
    hexadecimal, decimal, name, semicolon = found.groups()
    if name is None:
        digits = (hexadecimal or decimal).lstrip(b"0")
        if len(digits) > _LONGEST_CODE:
            return bytes_of(LAST + 1)
        return bytes_of(int(digits or b"0", 16 if hexadecimal else 10))
    folded = name.lower()
    for known, character in _LEGACY:
        if folded.startswith(known):
            rest = name[len(known) :]
            return character + rest + semicolon if rest else character
    return _NAMED.get(name, found[0]) if semicolon else found[0]


_LETTERS = {
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
}

_JS = re.compile(
    rb"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([0-3][0-7]{0,2}|[4-7][0-7]?)|(.))", re.DOTALL
)


def js_decode(value: bytes) -> bytes:
    r"""Decode \uHHHH as `bytes_of` says, \xHH, octal \OOO up to \377, and \a \b \f \n \r \t \v.

    A backslash before anything else goes; one at the end stays.
    """
    return _JS.sub(_js, value) if b"\\" in value else value


def _js(found: re.Match[bytes]) -> bytes:
    unicode, byte, octal, other = found.groups()
    if unicode is not None:
        return bytes_of(int(unicode, 16))
    if byte is not None:
        return bytes.fromhex(byte.decode())
    if octal is not None:
        return int(octal, 8).to_bytes(1, "big")
    return _LETTERS.get(other, other)


_C = re.compile(rb"\\(?:[xX]([0-9a-fA-F]{2})|([0-7]{1,3})|(.))", re.DOTALL)


def escape_seq_decode(value: bytes) -> bytes:
    r"""Decode \xHH, octal \OOO (its low byte), and \a \b \f \n \r \t \v as C has them.

    A backslash before anything else goes; one at the end stays.
    """
    return _C.sub(_c, value) if b"\\" in value else value


def _c(found: re.Match[bytes]) -> bytes:
    byte, octal, other = found.groups()
    if byte is not None:
        return bytes.fromhex(byte.decode())
    if octal is not None:
        return (int(octal, 8) & 0xFF).to_bytes(1, "big")
    return _LETTERS.get(other, other)


_CSS = re.compile(rb"\\(?:([0-9a-fA-F]{1,6})[ \t\n\v\f\r]?|(.?))", re.DOTALL)


def css_decode(value: bytes) -> bytes:
    r"""Decode a backslash and one to six hexadecimal digits as `bytes_of` says.

    One white space after the digits goes. A backslash before a line feed goes together with the
    line feed; any other backslash goes alone.
    """
    return _CSS.sub(_css, value) if b"\\" in value else value


def _css(found: re.Match[bytes]) -> bytes:
    code, other = found.groups()
    if code is not None:
        return bytes_of(int(code, 16))
    return b"" if other == b"\n" else other
