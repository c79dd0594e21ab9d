"""Targets, forms, cookies, XML and codings to variables: total, bounded, and each decoded once."""

import zlib
from functools import cache
from urllib.parse import parse_qsl, quote

from tests.unit.engines.inspect.requests import request

from juyong.engines.inspect.bodies.codings import decoded
from juyong.engines.inspect.bodies.form import read_pairs
from juyong.engines.inspect.bodies.media import processor_of
from juyong.engines.inspect.bodies.parsed import Refusal
from juyong.engines.inspect.bodies.read import read_body
from juyong.engines.inspect.gates import Asked, Collections, Reader, Value
from juyong.engines.inspect.http import Request
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.native import NativeGates, native_ready
from juyong.engines.inspect.variables import (
    ALL,
    HEAD,
    body_variables,
    merge,
    request_variables,
)

SEEDS: list[bytes] = [
    b"\x00a=1&b=%2B+%zz&&=c&d;e=%u003c&f=%25253c&g=\xc0\xae\xef\xbc\x9c",
    b"\x01http://h/p%3fq;x/..//a.php?a=b#c?d",
    b"\x02a=1; b = x=y ;c;; d=%41, $Version=1",
    b"\x03<?xml version='1.0'?><!DOCTYPE a [<!ELEMENT a ANY>]><a b='1'>x<!-- y --><c>z</c>&lt;</a>",
    b"\x03<!DOCTYPE a [<!ENTITY e 'evil'>]><a>&e;</a>",
    b"\x04" + zlib.compress(b"a=1&b=2" * 20, wbits=31),
    b"\x05" + zlib.compress(b"a=1&b=2" * 20),
    b"\x06\x1b\x06\x00\xf8\xa5\x5b\x8e\x1b\x91\x20\x03",
    bytes.fromhex("0728b52ffd2407390000613d3126623d3286ad49b8"),
    b"",
]
_LIMITS = Limits(inflated=2_000, arguments=50, values=50)
_CODINGS = {4: b"gzip", 5: b"deflate", 6: b"br", 7: b"zstd"}
_FORM = b"application/x-www-form-urlencoded"


def target(data: bytes) -> None:
    """Read the rest as the first byte says."""
    kind, text = (data[0] % 8, data[1:]) if data else (0, b"")
    if kind in _CODINGS:
        found = decoded(((b"Content-Encoding", _CODINGS[kind]),), text, _LIMITS)
        assert isinstance(found, Refusal) or not text or len(found) <= _LIMITS.inflated
        return
    asked = request(
        text if kind == 1 else b"/",
        headers=((b"Cookie", text),) if kind == 2 else (),
        kind=b"text/xml" if kind == 3 else _FORM,
    )
    known = request_variables(asked)
    if native_ready():
        _check_core(asked, known)
    body = read_body(asked, text if kind in (0, 3) else b"", _LIMITS)
    made = merge(known, body_variables(body, known=known))
    assert made.keys() <= ALL
    assert all(value.collection == name for name, values in made.items() for value in values)
    if kind == 0:
        _check_form(text)
    if kind == 3 and (b"<!ENTITY" in text or b"SYSTEM" in text):
        assert b"evil" not in b"".join(value.value for value in made["XML"]) or b">evil" in text


def _check_core(asked: Request, known: Collections) -> None:
    """The native core reads the same head."""
    traffic = _core_reader().read(asked, processor_of(asked.headers))
    for name in HEAD - set(traffic.left()):
        found = [Value(name, key, value) for key, value in traffic.members(name)]
        assert found == known[name]


@cache
def _core_reader() -> Reader:
    return NativeGates([]).reader(Asked(wanted=HEAD, counts={}, separator=b"&"))


def _check_form(text: bytes) -> None:
    """A form is what the standard library reads; what is written is read back."""
    pairs = read_pairs(text)
    theirs = parse_qsl(text.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    assert pairs == [(name.encode("latin-1"), value.encode("latin-1")) for name, value in theirs]
    again = b"&".join(quote(name).encode() + b"=" + quote(value).encode() for name, value in pairs)
    assert read_pairs(again) == pairs
