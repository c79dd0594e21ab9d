"""Bodies that programs read differently: each text that a program reads was inspected, or the body
is refused.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Content:
    """A body; kind: Its Content-Type."""

    name: str
    kind: str
    body: bytes


_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_MULTIPART = "multipart/form-data; boundary=b"
_NAMED = b'Content-Disposition: form-data; name="a"'


def _form(name: str, body: bytes, kind: str = _FORM) -> Content:
    return Content(name, kind, body)


def _json(name: str, body: bytes, kind: str = _JSON) -> Content:
    return Content(name, kind, body)


def _parts(name: str, *parts: bytes, kind: str = _MULTIPART, end: bytes = b"--b--\r\n") -> Content:
    return Content(name, kind, b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + end)


def _part(*lines: bytes, text: bytes = b"evil") -> bytes:
    return b"".join(line + b"\r\n" for line in lines) + b"\r\n" + text


CONTENTS = [
    _form("equal names", b"a=1&a=evil&A=2&a[]=3"),
    _form("a semicolon", b"a=1;b=evil"),
    _form("empty pairs", b"&&a=evil&&=x&b&"),
    _form("an equals sign in a value", b"a=b=evil"),
    _form("encoded names", b"%61%5b%5d=evil&b%3d1=c"),
    _form("plus signs", b"a=e+v%2Bil&b+c=d"),
    _form("escapes of other makers", b"a=%u0065vil&b=%zz%&c=%4"),
    _form("NUL and line ends", b"a=e%00vil&b=%0d%0ac"),
    _form("bytes outside ASCII", b"a=\xe9vil&b=\xc3\xa9"),
    _form("overlong UTF-8", b"a=%c0%ae%c0%ae/evil"),
    _form("a charset", b"a=evil", _FORM + "; charset=utf-16"),
    _form("capitals", b"a=evil", "Application/X-WWW-Form-URLEncoded"),
    _form("white space before a parameter", b"a=evil", _FORM + " ; charset=utf-8"),
    _form("two kinds in one", b"a=evil", _FORM + ", text/plain"),
    _form("multipart by name only", b"a=evil", "multipart/form-data"),
    _parts("a part", _part(_NAMED)),
    _parts("equal parts", _part(_NAMED, text=b"1"), _part(_NAMED)),
    _parts("a quoted boundary", _part(_NAMED), kind='multipart/form-data; boundary="b"'),
    _parts("a parameter behind", _part(_NAMED), kind=_MULTIPART + "; charset=utf-7"),
    _parts("a parameter before", _part(_NAMED), kind="multipart/form-data; x=y; boundary=b"),
    _parts("two boundaries", _part(_NAMED), kind=_MULTIPART + "; boundary=c"),
    _parts(
        "two boundaries, the other way",
        _part(_NAMED),
        kind="multipart/form-data; boundary=c; boundary=b",
    ),
    _parts(
        "an extended boundary", _part(_NAMED), kind="multipart/form-data; boundary*=us-ascii''b"
    ),
    _parts("a boundary in pieces", _part(_NAMED), kind="multipart/form-data; boundary*0=b"),
    _parts("a boundary in capitals", _part(_NAMED), kind="multipart/form-data; BOUNDARY=b"),
    _parts(
        "white space around the boundary", _part(_NAMED), kind="multipart/form-data; boundary = b"
    ),
    _parts("a comma behind the boundary", _part(_NAMED), kind=_MULTIPART + ", x"),
    _parts("multipart/mixed", _part(_NAMED), kind="multipart/mixed; boundary=b"),
    _parts("a name in single quotes", _part(b"Content-Disposition: form-data; name='a'")),
    _parts("a name without quotes", _part(b"Content-Disposition: form-data; name=a")),
    _parts("an escaped quote", _part(b'Content-Disposition: form-data; name="a\\"evil"')),
    _parts(
        "a backslash at the end", _part(b'Content-Disposition: form-data; name="a\\"; x="evil"')
    ),
    _parts("an encoded quote", _part(b'Content-Disposition: form-data; name="a%22evil"')),
    _parts("two names", _part(b'Content-Disposition: form-data; name="a"; name="evil"')),
    _parts("a name in capitals", _part(b'CONTENT-DISPOSITION: FORM-DATA; NAME="evil"')),
    _parts("no name", _part(b"Content-Disposition: form-data")),
    _parts("no disposition", _part(b"Content-Type: text/plain")),
    _parts("two dispositions", _part(_NAMED, b'Content-Disposition: form-data; name="evil"')),
    _parts("an attachment", _part(b'Content-Disposition: attachment; name="a"')),
    _parts("a file", _part(_NAMED + b'; filename="evil.php"')),
    _parts("a file without a name", _part(_NAMED + b'; filename=""')),
    _parts("two file names", _part(_NAMED + b'; filename="a.txt"; filename="evil.php"')),
    _parts("an extended file name", _part(_NAMED + b"; filename*=UTF-8''evil.php")),
    _parts("both file names", _part(_NAMED + b"; filename=\"a.txt\"; filename*=UTF-8''evil.php")),
    _parts("a file name in pieces", _part(_NAMED + b'; filename*0="ev"; filename*1="il.php"')),
    _parts("pieces beside a name", _part(_NAMED + b'; name*0="ev"; name*1="il"')),
    _parts("another name in a charset", _part(_NAMED + b"; name*=UTF-8''evil")),
    _parts("a file name with a path", _part(_NAMED + b'; filename="..\\..\\evil.php"')),
    _parts("a semicolon in a file name", _part(_NAMED + b'; filename="a;name=evil.php"')),
    _parts("an extended name", _part(b"Content-Disposition: form-data; name*=UTF-8''evil")),
    _parts("a folded disposition", _part(b"Content-Disposition: form-data;", b' name="evil"')),
    _parts("a space before the colon", _part(b'Content-Disposition : form-data; name="evil"')),
    _parts("base64", _part(_NAMED, b"Content-Transfer-Encoding: base64", text=b"ZXZpbA==")),
    _parts(
        "quoted-printable",
        _part(_NAMED, b"Content-Transfer-Encoding: quoted-printable", text=b"e=76il"),
    ),
    _parts(
        "a part's charset",
        _part(_NAMED, b"Content-Type: text/plain; charset=utf-16le", text=b"e\0v\0"),
    ),
    _parts(
        "a charset for all",
        _part(b'Content-Disposition: form-data; name="_charset_"', text=b"utf-7"),
        _part(_NAMED),
    ),
    _parts(
        "parts in a part",
        _part(
            _NAMED, b"Content-Type: multipart/mixed; boundary=c", text=b"--c\r\n\r\nevil\r\n--c--"
        ),
    ),
    Content("a preamble", _MULTIPART, b"evil\r\n--b\r\n" + _part(_NAMED) + b"\r\n--b--\r\n"),
    _parts(
        "an epilogue",
        _part(_NAMED),
        end=b"--b--\r\n--b\r\n"
        + _part(b'Content-Disposition: form-data; name="evil"')
        + b"\r\n--b--\r\n",
    ),
    _parts("no end", _part(_NAMED), end=b""),
    _parts("an end without a line end", _part(_NAMED), end=b"--b--"),
    _parts(
        "white space behind a boundary",
        _part(_NAMED),
        end=b"--b \t\r\n" + _part(_NAMED) + b"\r\n--b--\r\n",
    ),
    _parts("a boundary inside a text", _part(_NAMED, text=b"x--b\r\nevil")),
    _parts("a longer boundary", _part(_NAMED, text=b"x\r\n--bb\r\nevil")),
    Content(
        "bare LF", _MULTIPART, b'--b\nContent-Disposition: form-data; name="a"\n\nevil\n--b--\n'
    ),
    Content(
        "bare LF at a boundary",
        _MULTIPART,
        b"--b\r\n" + _part(_NAMED) + b"\n--b\n" + _part(_NAMED) + b"\r\n--b--\r\n",
    ),
    Content(
        "bare CR", _MULTIPART, b'--b\rContent-Disposition: form-data; name="a"\r\revil\r--b--\r'
    ),
    _json("equal keys", b'{"a": "1", "a": "evil"}'),
    _json("equal keys by escape", b'{"a": "1", "\\u0061": "evil"}'),
    _json("keys that differ in case", b'{"a": "1", "A": "evil"}'),
    _json("escapes", b'{"a": "\\u0065\\u0076il\\/\\n"}'),
    _json("a pair of surrogates", b'{"a": "\\ud83d\\ude00 evil"}'),
    _json("half a pair", b'{"a": "\\ud83d evil"}'),
    _json("NUL", b'{"a": "e\\u0000vil"}'),
    _json("an empty key", b'{"": "evil"}'),
    _json("a string alone", b'"evil"'),
    _json("a list of lists", b'[["evil"], {"a": ["b", {"c": "d"}]}]'),
    _json("a byte order mark", b'\xef\xbb\xbf{"a": "evil"}'),
    _json("a comment", b'{"a": "1" /*, "b": 2 */, "c": "evil"}'),
    _json("a comma too many", b'{"a": "evil",}'),
    _json("single quotes", b"{'a': 'evil'}"),
    _json("NaN", b'{"a": NaN, "b": "evil"}'),
    _json("a text behind", b'{"a": "1"} {"b": "evil"}'),
    _json("two values", b'{"a": "1"}{"a": "evil"}'),
    _json("a control character", b'{"a": "ev\til"}'),
    _json("bytes that are no UTF-8", b'{"a": "\xffevil"}'),
    _json("UTF-16", '{"a": "evil"}'.encode("utf-16")),
    _json("UTF-16 without a mark", '{"a": "evil"}'.encode("utf-16-le")),
    _json("UTF-32", '{"a": "evil"}'.encode("utf-32")),
    _json("UTF-7", b'{"a": "+AGU-vil"}', _JSON + "; charset=utf-7"),
    _json("two charsets", b'{"a": "evil"}', _JSON + "; charset=utf-8; charset=utf-7"),
    _json("capitals", b'{"a": "evil"}', "APPLICATION/JSON"),
    _json("a kind of JSON", b'{"a": "evil"}', "application/vnd.api+json"),
    _json("a prototype", b'{"__proto__": {"a": "evil"}, "constructor": {"b": "c"}}'),
]
