r"""SQL in a value: tokens by class, a fingerprint, and the decision.

A value may stand in a query as it is, inside '…' or inside "…". For each of these contexts that is
possible it is cut into tokens. Each token is one letter; the letters are the fingerprint. The value
is an injection where a rule of sql_rules.py matches a fingerprint.

| Letter | Token |
| --- | --- |
| 1 | number (decimal, 0x…, 0b…, $5), null, true, false, \N |
| s, t, e | string; t with a space at an end, or next to two letters, as in prose; e empty |
| n | identifier: a word, a dotted name, `…`, […] |
| v | variable: @x, @@x |
| f, k, g | name of a strong function, of a known one, of another; the parenthesis follows |
| x | procedure of the system: xp_…, sp_… |
| = | = == := < > <= >= <> != <=> !< !> |
| + | + - * / % ^ ~ & \| << >> :: |
| \| | \|\| and && |
| &, !, o | and or xor; not binary and the sign !; div mod |
| L, i, M | like rlike ilike regexp glob similar sounds; in is; between |
| U, A, S, F, W | union except intersect; all distinct distinctrow top; select; from; where |
| O, H, Y, I, E | order by, group by; having; limit offset; into; set |
| B, c, w, T, D | waitfor; case; when; nouns such as table; verbs such as insert |
| z | words of statements: add identified cascade modify values |
| ( ) , ; | themselves; { } are ( ) |
| - | a comment that ends the value, with nothing in it, or `--` and `/*` close behind `_TIGHT` |
| # | a comment that ends the value, with text in it |
| . | anything else |

White space, zero bytes, comments that end, and the marks of /*! … */ (`_opened`) make no token.

The idea of fingerprints of tokens in three contexts is libinjection's (Nick Galbreath, 2012); the
classes, the lexer and the rules are our own.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice, product

from juyong.engines.inspect.patterns import compile_pattern
from juyong.engines.inspect.tokens.sql_rules import BARE, HEADS, QUOTED, SIGNS
from juyong.engines.inspect.tokens.sql_words import (
    CALLABLE,
    KNOWN,
    STRONG,
    STRONG_BEGINNINGS,
    SYSTEM,
    WORDS,
)

MOST_TOKENS = 65_536
"""Tokens of a fingerprint; what follows them is not read."""

_TOKENS = rb"""
    (?P<space>[\x00-\x20\xa0]++ | /\*(?:[^*]++|\*(?!/))*+\*/)
  | (?P<comment>%(dashes)s[^\n]*+(?:\n|\Z) | \#[^\n]*+(?:\n|\Z) | /\*.*)
  | (?P<string>[nNxXbBeE]?'%(single)s(?:'|\\?\Z) | "%(double)s(?:"|\\?\Z)
      | \$(?P<tag>[A-Za-z_]*+)\$.*?(?:\$(?P=tag)\$|\Z))
  | (?P<number>0[xX][0-9a-fA-F]++ | 0[bB][01]++
      | \$?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)? | \\N)
  | (?P<word>%(first)s%(later)s*+(?:\.++(?:%(first)s|\*)%(later)s*+)*+)
  | (?P<name>%(name)s(?:\.(?:%(name)s|%(first)s%(later)s*+))*+)
  | (?P<variable>@@?(?:%(later)s|\.)++ | @@?`[^`]*+`?)
  | (?P<compare><=>|<>|<=|>=|!=|!<|!>|==|:=|=|<(?!<)|>(?!>))
  | (?P<logic>\|\||&&)
  | (?P<operator><<|>>|::|[-+*/%%^~&|])
  | (?P<self>[(),;])
  | (?P<brace>[{}])
  | (?P<bang>!)
  | (?P<other>.)
"""
_FIRST, _LATER = rb"[A-Za-z_\x80-\x9f\xa1-\xff]", rb"[A-Za-z0-9_$\x80-\x9f\xa1-\xff]"
_INSIDE = {
    (b"'", True): rb"(?:[^'\\]++|\\.|'')*+",
    (b'"', True): rb'(?:[^"\\]++|\\.|"")*+',
    (b"'", False): rb"(?:[^']++|'')*+",
    (b'"', False): rb'(?:[^"]++|"")*+',
}


@cache
def _lexer(*, escapes: bool, dashes: bool) -> re.Pattern[bytes]:
    """Return a lexer; made when it is asked for first, since the core has its own.

    escapes: Whether a backslash in a string takes the meaning of the next byte, as in MySQL.
    dashes: Whether `--` begins a comment whatever follows, as everywhere but in MySQL.
    """
    text = _TOKENS % {
        b"dashes": b"--" if dashes else rb"--(?=[\s\x00]|\Z)",
        b"single": _INSIDE[b"'", escapes],
        b"double": _INSIDE[b'"', escapes],
        b"name": rb"(?:`[^`]*+(?:`|\Z)|\[[\w\ ]*+\])",
        b"first": _FIRST,
        b"later": _LATER,
    }
    return re.compile(text, re.VERBOSE | re.DOTALL)


_CLOSED = {key: re.compile(inside + key[0], re.DOTALL) for key, inside in _INSIDE.items()}

_PROSE = re.compile(rb"[A-Za-z]{2} | [A-Za-z]{2}")
_NOTHING = re.compile(rb"(?:--|\#|/\*)[-+\s\x00]*\Z")
_MARKS = (b"'", b'"', b"$")
_TIGHT = re.compile(rb"[);]\Z|[A-Za-z0-9_%)\x80-\xff]['\"]\Z")
"""Ahead of `--` or `/*`: a parenthesis, a semicolon, or a quote that closes, behind a letter."""
_OPEN_DASHES = re.compile(rb"--[^\s\x00]")


def sqli(value: bytes) -> bytes | None:
    """Return the fingerprint that shows an injection, at most 32 letters; None where none does."""
    if b"'" not in value and b'"' not in value and compile_pattern(SIGNS).span(value) is None:
        return None
    for fingerprint, quoted in fingerprints(value):
        if compile_pattern(QUOTED if quoted else BARE).span(fingerprint):
            return fingerprint[:32]
    return None


def fingerprints(value: bytes) -> Iterator[tuple[bytes, bool]]:
    """Yield the fingerprints of the contexts that are worth a look, and whether each is in quotes.

    Without a sign (`SIGNS`) the value as it stands is passed over, and so is one that leaves a
    string where no token of `HEADS` follows the string. A value with `/*!` is read twice: as it is,
    and as MySQL reads it.
    """
    yield from _fingerprints(value)
    if b"/*!" in value:
        yield from _fingerprints(_opened(value))


def _fingerprints(value: bytes) -> Iterator[tuple[bytes, bool]]:
    signs = compile_pattern(SIGNS).span(value) is not None
    quotes = [quote for quote in (b"'", b'"') if quote in value]
    if not signs and not quotes:
        return
    slashes = (True, False) if b"\\'" in value or b'\\"' in value else (True,)
    dashes = (True, False) if signs and _OPEN_DASHES.search(value) else (True,)
    for escapes, comments in product(slashes, dashes):
        lexer = _lexer(escapes=escapes, dashes=comments)
        if signs:
            yield _fingerprint(value, 0, "", lexer), False
        for quote in quotes:
            closed = _CLOSED[quote, escapes].match(value)
            if closed:
                first = _string(value[: closed.end() - 1])
                if signs or _leads_on(value, closed.end(), lexer):
                    yield _fingerprint(value, closed.end(), first, lexer), True


_VERSIONED = re.compile(rb"/\*(?!!)(?:[^*]++|\*(?!/))*+(?:\*/)?|/\*![0-9]{0,6}|\*/")


def _opened(value: bytes) -> bytes:
    """Make the marks of comments that MySQL reads as text spaces: `/*!`, its version, and `*/`.

    Read from the left: a plain comment stays whole, and a `*/` goes only after a `/*!` that it
    closes.
    """
    inside = False

    def spaces(found: re.Match[bytes]) -> bytes:
        nonlocal inside
        mark = found[0]
        plain = mark.startswith(b"/*") and not mark.startswith(b"/*!")
        if plain or (mark == b"*/" and not inside):
            return mark
        inside = mark != b"*/"
        return b" " * len(mark)

    return _VERSIONED.sub(spaces, value)


def _leads_on(value: bytes, start: int, lexer: re.Pattern[bytes]) -> bool:
    """Tell whether the first token after a string, and after parentheses, is one of `HEADS`."""
    for token in lexer.finditer(value, start):
        letter = _letter(value, token)
        if letter not in _PASSED:
            return letter in HEADS
    return False


def _string(content: bytes) -> str:
    if not content:
        return "e"
    edges = content[:1] == b" " or content[-1:] == b" "
    return "t" if edges or _PROSE.search(content) else "s"


_PASSED = frozenset(("", ")", "s", "t", "e"))
_LETTERS = {
    "name": "n",
    "number": "1",
    "variable": "v",
    "compare": "=",
    "logic": "|",
    "operator": "+",
    "bang": "!",
    "other": ".",
}


def _fingerprint(value: bytes, start: int, first: str, lexer: re.Pattern[bytes]) -> bytes:
    tokens = islice(lexer.finditer(value, start), MOST_TOKENS)
    text = first + "".join([_letter(value, token) for token in tokens])
    return text.replace("qb", "O").replace("q", "n").replace("b", "n").encode()


def _letter(value: bytes, token: re.Match[bytes]) -> str:
    kind = token.lastgroup or ""
    reader = _READERS.get(kind)
    return _LETTERS[kind] if reader is None else reader(value, token)


def _content(string: bytes) -> bytes:
    """Return what a string token holds: without its prefix and its quotes."""
    at = 0 if string[:1] in _MARKS else 1
    inside = string[at + 1 :]
    return inside[:-1] if inside[-1:] == string[at : at + 1] else inside


def _word(value: bytes, token: re.Match[bytes]) -> str:
    word, end = token[0].lower(), token.end()
    called = value[end : end + 1] == b"("
    letter = WORDS.get(word, "n")
    if called and (letter == "n" or letter in CALLABLE):
        letter = "k" if word in KNOWN else "g"
    if letter not in "ng":
        return letter
    last = word.rsplit(b".", 1)[-1]
    if last.startswith(SYSTEM):
        return "x"
    if word not in STRONG and not last.startswith(STRONG_BEGINNINGS):
        return letter
    return "f" if called or value[end : end + 16].lstrip()[:1] == b"(" else "n"


def _comment(value: bytes, token: re.Match[bytes]) -> str:
    text, start = token[0], token.start()
    if text.endswith(b"\n") and token.end() < len(value):
        return ""
    tight = text[:1] != b"#" and _TIGHT.search(value[max(start - 2, 0) : start])
    return "-" if tight or _NOTHING.match(text) else "#"


_READERS: Mapping[str, Callable[[bytes, re.Match[bytes]], str]] = {
    "space": lambda _value, _token: "",
    "word": _word,
    "string": lambda _value, token: _string(_content(token[0])),
    "self": lambda _value, token: token[0].decode(),
    "brace": lambda _value, token: "(" if token[0] == b"{" else ")",
    "comment": _comment,
}
