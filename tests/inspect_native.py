"""Values on which the native core and the Python engine are held equal, and whether the core is there.

Each function draws from a `random.Random`, so that properties and the fuzz target share them.
"""

from random import Random

import pytest

from juyong.engines.inspect.http import Peer, Request
from juyong.engines.inspect.native import core_state, native_ready
from juyong.engines.inspect.tokens import html_words, sql_words

needs_core = pytest.mark.skipif(not native_ready(), reason=core_state())

_ESCAPES = [
    *(b"%", b"%u", b"%U", b"+", b"&", b"&#", b"&#x", b"&lt", b"&quot;", b"&amp", b"&colon;"),
    *(b"&nbspx;", b";", b"\\", b"\\u", b"\\x", b"\\0", b"\\377", b"/", b"//", b"/../", b"./"),
    *(b"..", b".", b"/*", b"*/", b"<!--", b"-->", b"--", b"#", b" ", b"\t", b"\n", b"\0", b"\x0b"),
    *(b"\xa0", b"\xc2", b"0x", b"0X41", b"41", b"ff", b"ff0", b"e2", b"0131", b"ff1c", b"A", b"z"),
    *(b"=", b"==", b"QUJD", b'"', b"'", b"^", b",", b"(", b"\xc0\xaf", b"\xe2\x82\xac"),
    *(b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xf5\x80\x80\x80", b"\xe2", b"\x80", b"00000000"),
    *(b"1114112", b"x", b"-", b"12"),
]

_SQL = [
    *(b"'", b'"', b"''", b"\\'", b'\\"', b"\\", b"--", b"-- ", b"#", b"/*", b"*/", b"/*!"),
    *(b"/*!50000", b"/**/", b"1", b"0x1f", b"0b1", b"0x", b"1.5", b".5", b"1e5", b"1e", b"$5"),
    *(b"$$", b"$a$", b"=", b"<", b">", b"<=>", b"<<", b"!", b"||", b"&&", b"|", b"&", b"(", b")"),
    *(
        b"((",
        b"))",
        b",",
        b";",
        b"{",
        b"}",
        b"`a`",
        b"`",
        b"[a b]",
        b"[",
        b"]",
        b".",
        b"..",
        b"a.b",
    ),
    *(b"a", b"x.*", b"@", b"@@x", b"@`a`", b"::", b":=", b"\\N", b"\n", b"\t", b"\0", b"\xa0"),
    *(b"\xe4", b" ", b" ", b" ", b" ", b"~", b"%", b"+", b"-", b"order by 1", b" or ", b" and "),
    *(b" union select ", b"1=1", b"n'", b"x'", b"sleep(5)", b"pg_sleep (1)", b"xp_cmdshell"),
]
_SQL_WORDS = sorted({*sql_words.WORDS, *sql_words.KNOWN, *sql_words.STRONG})

_HTML = [
    *(b"<", b">", b"</", b"<a ", b"<script", b"<img ", b"<svg:x ", b"<x:script>", b"href="),
    *(b"src =", b"onerror=", b" onx=", b"style=", b"on", b"=", b'"', b"'", b"`", b"/", b" ", b"\t"),
    *(b"\n", b"\0", b"javascript:", b"jav&#x61;script:", b"data:text", b"data:image/png"),
    *(b"expression(", b"&colon;", b"/**/", b"a", b"1", b"<!--[if", b"<!entity", b"<?import"),
    *(b"<%=", b"vbscript:a(", b"x:y", b"onclick=", b"srcdoc=x", b"<meta ", b"<set to=", b"\xe4"),
    *(b"\x01", b"xmlns", b"base ", *(b"<" + name for name in sorted(html_words.ALONE)[:8])),
]

_ATOMS = [
    *(
        b"a",
        b"b",
        b"k",
        b"s",
        b"K",
        b"\xe4",
        b"\xb5",
        b"\xff",
        b".",
        b"\\d",
        b"\\D",
        b"\\s",
        b"\\S",
    ),
    *(b"\\w", b"\\W", b"^", b"$", b"\\b", b"\\B", b"\\A", b"\\z", b"\\x41", b"\\x{e4}", b"\\x{0}"),
    *(b"\\n", b"\\101", b"\\0", b"\\-", b"\\<", b"\\/", b'\\"', b"[a-c]", b"[^a]", b"[^\\W_]"),
    *(b"[[:alpha:]]", b"[[:^space:]x]", b"[a[b]", b"[]a]", b"[^]a]", b"[a&&b]", b"[\\s\\d-]"),
    *(b"[a-]", b"[\\x00-\\x20]", b"[\\]\\\\]", b"[~-\xff]", b"[A-Z]", b"{", b"}", b"]", b"a{,2}"),
    *(b"\\Qa.b\\E", b"\\v", b"\\t", b"-", b" ", b"ab", b"[[:upper:]_]", b"[\xc0-\xd6]"),
]
_GROUPS = [b"(", b"(?:", b"(?i:", b"(?s-i:", b"(?m:", b"(?-s:", b"(?U:"]
_REPEATS = [b"*", b"+", b"?", b"*?", b"+?", b"??", b"{2}", b"{1,2}", b"{0}", b"{2,}", b"{x}"]
_MATCHED = [
    *(b"a", b"b", b"A", b"k", b"K", b"s", b"\n", b" ", b"\x0b", b"\t", b"\xe4", b"\xc4", b"\xb5"),
    *(
        b"\xff",
        b"_",
        b"-",
        b"0",
        b".",
        b"[",
        b"]",
        b"&",
        b"\\",
        b"/",
        b'"',
        b"<",
        b"\0",
        b"{",
        b"ab",
    ),
]

ADDRESSES = [
    *(b"10.1.2.3", b"1.2.3.4", b"::ffff:1.2.3.9", b"::1", b"::1%eth0", b"fe80::1%a%b", b"1.2.3"),
    *(b"01.2.3.4", b"1:2:3:4:5:6:7::", b"::ffff:10.0.0.1%1", b"1::2::3", b"1.2.3.4 ", b"::1%"),
    *(b"1:2:3:4:5:6:7:8::", b"12345::", b"::1.2.3", b"2001:DB8::1", b"::1/64", b"\xc2\xb2::"),
]
ARGUMENTS = {
    "ipmatch": [b"10.0.0.0/8", b"::1,1.2.3.4", b"::ffff:1.2.3.0/120", b"0.0.0.0/0", b"::/0"],
    "validatebyterange": [b"1-255", b"9,10,13,32-126", b" 1 - 2 ,5", b"38,44-46", b"1-", b"256"],
    "verify": [rb"\d{9,16}", rb"[0-9 -]+", rb"\b\d+", rb"^\d", rb"\d*"],
}


def _joined(random: Random, pieces: list[bytes], most: int) -> bytes:
    drawn = [random.choice(pieces) for _ in range(random.randrange(most))]
    if random.random() < 0.2:
        drawn.append(random.randbytes(2))
    return b"".join(drawn)


def escaped_text(random: Random) -> bytes:
    """Return a text of the marks that decoders look for."""
    return _joined(random, _ESCAPES, 9)


def sql_text(random: Random) -> bytes:
    """Return a text of the tokens of SQL, right and wrong."""
    return _joined(random, [*_SQL, *_SQL, *random.sample(_SQL_WORDS, 30)], 9)


def html_text(random: Random) -> bytes:
    """Return a text of tags, attributes and their marks."""
    return _joined(random, _HTML, 9)


def matched_text(random: Random) -> bytes:
    """Return a text for the patterns of `raw_pattern`."""
    return _joined(random, _MATCHED, 7)


def digits_text(random: Random) -> bytes:
    """Return a text of numbers that pass the checks of registers, and near ones."""
    parts = [b"0", b"1", b"4", b"9", b" ", b"-", b"a", b"78051120", b"529982247", b"41111111"]
    return _joined(random, parts, 12)


def raw_pattern(random: Random, depth: int = 0) -> bytes:
    """Return a pattern of RE2's syntax, of the constructs in which dialects differ."""
    out = []
    for _ in range(random.randrange(1, 4)):
        kind = random.random()
        if kind < 0.05:
            out.append(random.choice([b"(?i)", b"(?s)", b"(?m)", b"(?-s)", b"(?U)"]))
            # A repetition behind flags repeats what is before them in RE2, and is refused here.
            out.append(b"a")
            continue
        if kind < 0.25 and depth < 3:
            part = random.choice(_GROUPS) + raw_pattern(random, depth + 1) + b")"
        elif kind < 0.31 and depth < 3:
            part = b"(?:" + raw_pattern(random, depth + 1) + b"|" + raw_pattern(random, 3) + b")"
        else:
            part = random.choice(_ATOMS)
        if random.random() < 0.3:
            part += random.choice(_REPEATS)
        out.append(part)
    return b"".join(out)


def argument_and_value(random: Random, operator: str) -> tuple[bytes, bytes]:
    """Return an argument of an operator other than rx, and a value that may match."""
    if operator.startswith("ip"):
        return random.choice(ARGUMENTS["ipmatch"]), random.choice(ADDRESSES)
    if operator.startswith("verify"):
        return random.choice(ARGUMENTS["verify"]), digits_text(random)
    if operator == "validatebyterange":
        return random.choice(ARGUMENTS[operator]), escaped_text(random)
    argument, value = escaped_text(random), escaped_text(random)
    number = b" -%d" % random.getrandbits(random.randrange(1, 80))
    return argument, random.choice([value, argument + value, value + argument, argument, number])


_HEADER_NAMES = [b"Cookie", b"cookie", b"User-Agent", b"Referer", b"X", b"x", b"Content-Type"]
_URL_PIECES = [*_ESCAPES, b"&", b"&", b"=", b"=", b"?", b"a", b"b", b"a=1", b"http://h", b"://"]


def head(random: Random) -> Request:
    """Return the head of a request whose target, cookies and headers are of odd forms."""
    headers = [
        (random.choice(_HEADER_NAMES), _joined(random, [*_ESCAPES, b"a=1", b" b = c ", b";"], 9))
        for _ in range(random.randrange(6))
    ]
    beginning = random.choice([b"/", b"/a", b"//", b"", b"http://h.example", b"a.b+c://h", b"1://"])
    return Request(
        method=random.choice([b"GET", b"POST"]),
        target=beginning + _joined(random, _URL_PIECES, 14),
        version="HTTP/1.1",
        headers=tuple(headers),
        client=Peer(address="192.0.2.7", port=40_000),
        server=Peer(address="192.0.2.1", port=80),
        unique="r-1",
    )
