"""The first message of a TLS client is read as OpenSSL reads it, and its fingerprint is JA4."""

from pathlib import Path

import pytest
from tests.unit.waf.hellos import (
    Extension,
    Server,
    alpn,
    body,
    hello,
    message,
    of_openssl,
    records,
    server_name,
    signatures,
    vector,
    versions,
)

from juyong.waf.client_hello import MOST_BYTES, Hello, MalformedHello, read
from juyong.waf.ja4 import ja4_of

CHROME = (0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014,
          0x009C, 0x009D, 0x002F, 0x0035)  # fmt: skip
CHROME_SIGNATURES = (0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)
OTHER = (0x00FF, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9)
OTHER_SIGNATURES = (0x0503, 0x0403, 0x0807, 0x0806, 0x0805, 0x0804, 0x0601, 0x0501, 0x0401)


def plain(*kinds: int) -> list[Extension]:
    return [(kind, b"") for kind in kinds]


def told(data: bytes) -> Hello:
    found = read(data)
    assert found is not None
    return found


def offer(signed: tuple[int, ...], *kinds: int) -> list[Extension]:
    return [
        server_name(b"a.example"),
        alpn(b"h2", b"http/1.1"),
        versions(0x7A7A, 0x0304, 0x0303),
        signatures(*signed),
        *plain(*kinds),
    ]


@pytest.mark.parametrize(
    ("ciphers", "extensions", "expected"),
    [
        # Source: published fingerprints with their lists (documented).
        (
            CHROME,
            offer(CHROME_SIGNATURES, 0x17, 0xFF01, 0x0A, 0x0B, 0x23, 0x05, 0x12, 0x33, 0x2D, 0x1B,
                  0x4469, 0x15),
            "t13d1516h2_8daaf6152771_e5627efa2ab1",
        ),
        (
            CHROME,
            offer(CHROME_SIGNATURES, 0x05, 0x0A, 0x0B, 0x12, 0x17, 0x1B, 0x23, 0x2D, 0x33, 0x44CD,
                  0xFE0D, 0xFF01),
            "t13d1516h2_8daaf6152771_d8a2da3f94cd",
        ),
        (
            OTHER,
            offer(OTHER_SIGNATURES, 0x05, 0x0A, 0x0B, 0x17, 0x23, 0x2D, 0x33),
            "t13d1011h2_61a7ad8aa9b6_3fcd1a44f3e3",
        ),
    ],
)  # fmt: skip
def test_published_fingerprints(
    ciphers: tuple[int, ...], extensions: list[Extension], expected: str
) -> None:
    assert ja4_of(told(hello(ciphers, extensions))) == expected
    # The order that a client draws anew each time, and what it adds for exercise, change nothing.
    greased = [(0x2A2A, b""), *reversed(extensions), (0xFAFA, b"\0")]
    assert ja4_of(told(hello((0x0A0A, *reversed(ciphers)), greased))) == expected


@pytest.mark.parametrize(
    ("extensions", "version", "begins"),
    [
        (None, 0x0301, "t10i010000_"),
        ([], 0x0303, "t12i010000_"),
        ([versions(0x0304)], 0x0303, "t13i010100_"),
        ([versions(0x0A0A)], 0x0302, "t11i010100_"),
        ([], 0x0300, "ts3i010000_"),
        ([], 0x0305, "t00i010000_"),
        ([server_name(b"a")], 0x0303, "t12d010100_"),
        ([alpn(b"http/1.1")], 0x0303, "t12i0101h1_"),
        ([alpn(b"h")], 0x0303, "t12i0101hh_"),
        ([alpn(b"\xabx")], 0x0303, "t12i0101a8_"),
        ([alpn(b"x-")], 0x0303, "t12i01017d_"),
        (plain(*range(200, 320)), 0x0303, "t12i019900_"),
    ],
)
def test_the_readable_part(extensions: list[Extension] | None, version: int, begins: str) -> None:
    found = ja4_of(told(records(message(body(extensions=extensions, version=version)))))
    assert found.startswith(begins)
    assert len(found) == 36


def test_parts_without_numbers_are_zeros() -> None:
    assert ja4_of(told(hello((0x0A0A,), None))) == "t12i000000_000000000000_000000000000"
    only = told(hello((0x1301,), [server_name(b"a"), alpn(b"h2")]))
    assert ja4_of(only).endswith("_000000000000")


@pytest.mark.parametrize("size", [16_384, 64, 20])
def test_fragments_are_put_together(size: int) -> None:
    content = message(body(CHROME, offer(CHROME_SIGNATURES, 5)))
    data = records(content, size)
    whole = told(records(content))
    assert told(data) == whole == told(data + b"more")
    assert whole.name == b"a.example"
    assert whole.protocols == (b"h2", b"http/1.1")
    assert whole.ciphers == CHROME
    assert whole.signatures == CHROME_SIGNATURES
    for end in range(len(data)):
        assert read(data[:end]) is None


def bad(*extensions: Extension) -> bytes:
    return hello(extensions=extensions)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"\x80\x2e\x01\x03\x01",  # a hello of SSL 2
        b"\x16\x02",
        b"\x16\x03\x01\x00\x00",
        b"\x16\x03\x01\x40\x01",
        b"\x15\x03\x01\x00\x02\x01\x00",
        records(b"\x02" + vector(3, body())),
        records(b"\x01\x00\x40\x00"),
        records(message(body()), 1),
        records(message(body()), 8)[:13] + b"\x17\x03\x01",
        records(message(body()) + message(body())),
        records(message(body()[:-1])),
        records(message(body() + b"\0")),
        records(message(body(session=bytes(33)))),
        hello(()),
        records(message(b"\3\3" + bytes(32) + b"\0" + b"\0\2\x13\x01" + b"\0")),
        records(message(b"\3\3" + bytes(32) + b"\0" + b"\0\3\x13\x01\x13" + b"\1\0")),
        bad((5, b""), (5, b"")),
        bad((0, b"")),
        bad(server_name(b"")),
        bad(server_name(b"a\0b")),
        bad(server_name(b"a" * 256)),
        bad(server_name(b"\xc3\xa4.example")),
        bad((0, vector(2, b"\1" + vector(2, b"a")))),
        bad((0, vector(2, b"\0" + vector(2, b"a") + b"\0" + vector(2, b"b")))),
        bad((0, vector(2, b"\0" + vector(2, b"a")) + b"\0")),
        bad(alpn()),
        bad(alpn(b"")),
        bad((16, vector(2, b"\2h2") + b"\0")),
        bad((43, b"\0")),
        bad((43, b"\1\3")),
        bad((13, vector(2, b"\4\3") + b"\0")),
        hello((0x1301,) * 8_190),
    ],
)
def test_what_is_no_hello_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedHello):
        read(data[:MOST_BYTES])


@pytest.mark.parametrize("newest", [True, False])
@pytest.mark.parametrize("protocols", [(), ("h2", "http/1.1"), ("http/1.1",)])
@pytest.mark.parametrize("name", [None, "a.example", "A.b.Example"])
def test_openssl_sees_the_same(
    name: str | None, protocols: tuple[str, ...], *, newest: bool, tmp_path: Path
) -> None:
    data = of_openssl(name, protocols, newest=newest)
    ours = told(data)
    assert ours.name == (None if name is None else name.encode())
    assert ours.protocols == tuple(one.encode() for one in protocols)
    if ours.protocols:
        answered, theirs, chosen = Server(tmp_path, protocols[:1]).read(data)
        assert (answered, theirs, chosen) == (True, name, protocols[0])
    found = ja4_of(ours)
    assert found.startswith(f"t{'13' if newest else '12'}{'d' if name else 'i'}")
    again = ja4_of(told(of_openssl(name, protocols, newest=newest)))
    assert again == found


def test_openssl_refuses_what_is_refused_here(tmp_path: Path) -> None:
    """Hellos whose names or protocols could be read in two ways are read by neither."""
    server = Server(tmp_path, ("h2",))
    good = [versions(0x0303), signatures(0x0403), (10, vector(2, b"\0\x17"))]
    offered = (0xC02B,)
    assert server.read(hello(offered, [*good, server_name(b"a"), alpn(b"h2")])) == (True, "a", "h2")
    for extension in (
        (0, vector(2, b"\0" + vector(2, b"a") + b"\0" + vector(2, b"b"))),
        server_name(b"a\0b"),
        server_name(b"a" * 256),
        alpn(b"", b"h2"),
        (16, vector(2, b"\2h2") + b"\0"),
    ):
        data = hello(offered, [*good, extension])
        assert not server.read(data)[0]
        with pytest.raises(MalformedHello):
            read(data)
