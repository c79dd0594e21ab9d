"""The client is whom trusted peers name, and no backend is where credentials or juyong are."""

import struct
from pathlib import Path

import pytest
from tests.unit.waf.proxied import MarkerEngine, asked, backend, proxy, run, say, status

from juyong.waf import proxy_header
from juyong.waf.backends.guard import Guarded, check, origin_of
from juyong.waf.http1.heads import Malformed
from juyong.waf.peers import Peers
from juyong.waf.site import Site


def peers(**settings: object) -> Peers:
    return Peers(Site(backends=("http://127.0.0.1:1",), **settings))  # type: ignore[arg-type]


def headers(*values: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((b"X-Forwarded-For", value) for value in values)


@pytest.mark.parametrize(
    ("peer", "values", "client"),
    [
        ("10.0.0.1", (b"1.1.1.1",), "1.1.1.1"),
        ("10.0.0.1", (b"6.6.6.6, 1.1.1.1, 10.0.0.2",), "1.1.1.1"),
        ("10.0.0.1", (b"6.6.6.6", b"1.1.1.1"), "1.1.1.1"),
        ("10.0.0.1", (b"1.1.1.1:99",), "1.1.1.1"),
        ("10.0.0.1", (b"[2001:db8::1]:99",), "2001:db8::1"),
        ("10.0.0.1", (b"1.1.1.1, garbage",), "10.0.0.1"),
        ("10.0.0.1", (b"10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("9.9.9.9", (b"1.1.1.1",), "9.9.9.9"),
        ("::ffff:10.0.0.1", (b"1.1.1.1",), "1.1.1.1"),
    ],
)
def test_the_client_behind_proxies(peer: str, values: tuple[bytes, ...], client: str) -> None:
    assert peers(trusted=("10.0.0.0/8",)).client_of(peer, headers(*values)) == client


def test_what_the_backend_is_told_of_the_client() -> None:
    sent = (*headers(b"6.6.6.6"), (b"X-Forwarded-Proto", b"https"))
    plain = peers().lines("9.9.9.9", "9.9.9.9", sent, scheme=b"http")
    assert plain.split(b"\r\n")[:2] == [b"X-Forwarded-For: 9.9.9.9", b"X-Forwarded-Proto: http"]
    appended = peers(forwarded="append").lines("9.9.9.9", "9.9.9.9", sent, scheme=b"http")
    assert appended.split(b"\r\n")[0] == b"X-Forwarded-For: 6.6.6.6, 9.9.9.9"
    trusted = peers(trusted=("9.9.9.9",)).lines("9.9.9.9", "6.6.6.6", sent, scheme=b"http")
    assert trusted.split(b"\r\n")[:3] == [
        b"X-Forwarded-For: 6.6.6.6, 9.9.9.9",
        b"X-Forwarded-Proto: https",
        b"X-Real-IP: 6.6.6.6",
    ]


V2 = b"\r\n\r\n\x00\r\nQUIT\n"


def second(command: int, family: int, block: bytes) -> bytes:
    return V2 + bytes([command, family]) + struct.pack("!H", len(block)) + block


FOUR = bytes([1, 2, 3, 4, 5, 6, 7, 8]) + struct.pack("!HH", 1000, 80)


@pytest.mark.parametrize(
    ("data", "client"),
    [
        (b"PROXY TCP4 1.2.3.4 5.6.7.8 1000 80\r\n", ("1.2.3.4", 1000)),
        (b"PROXY TCP6 2001:db8::1 ::1 1000 80\r\n", ("2001:db8::1", 1000)),
        (b"PROXY UNKNOWN\r\n", None),
        (second(0x21, 0x11, FOUR + b"\x04\x00\x01x"), ("1.2.3.4", 1000)),
        (second(0x21, 0x21, bytes(15) + b"\x01" + bytes(16) + b"\x03\xe8\x00\x50"), ("::1", 1000)),
        (second(0x20, 0x00, b""), None),
    ],
)
def test_proxy_headers(data: bytes, client: tuple[str, int] | None) -> None:
    for size in range(len(data)):
        assert proxy_header.read(data[:size]) is None
    found = proxy_header.read(data + b"GET / HTTP/1.1\r\n")
    assert found is not None
    assert found.size == len(data)
    assert (found.client and (found.client.address, found.client.port)) == client


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"PROXY TCP4 1.2.3.4 5.6.7.8 1000\r\n",
        b"PROXY TCP4 1.2.3.999 5.6.7.8 1 1\r\n",
        b"PROXY TCP4 ::1 5.6.7.8 1 1\r\n",
        b"PROXY TCP4 1.2.3.4 5.6.7.8 70000 1\r\n",
        b"PROXY " + b"x" * 200,
        second(0x31, 0x11, FOUR),
        second(0x21, 0x11, b"\x01"),
        second(0x21, 0x31, bytes(216)),
        V2 + b"\x21\x11\xff\xff" + bytes(70_000),
    ],
)
def test_malformed_proxy_headers(data: bytes) -> None:
    with pytest.raises(Malformed):
        proxy_header.read(data)


def test_only_listed_peers_name_their_client(tmp_path: Path) -> None:
    async def work() -> None:
        header, log = b"PROXY TCP4 1.2.3.4 5.6.7.8 1000 80\r\n", tmp_path / "log"
        listed = {"proxy_protocol": ("127.0.0.0/8",), "engine": MarkerEngine(), "log": log}
        async with backend() as site:
            async with proxy(site.port, **listed) as front:  # type: ignore[arg-type]
                assert status(await say(front.port, header[:9], header[9:] + asked())) == 200
                assert site.seen[-1].header(b"x-forwarded-for") == [b"1.2.3.4"]
                assert front.rows()[0]["real_client_ip"] == "1.2.3.4"
                assert await say(front.port, asked()) == b""
            async with proxy(site.port) as front:
                assert status(await say(front.port, header + asked())) == 400

    run(work)


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("100.100.100.200", 80),
        ("169.254.169.254", 80),
        ("169.254.1.1", 80),
        ("0.0.0.0", 80),  # noqa: S104
        ("::", 80),
        ("::ffff:169.254.169.254", 80),
        ("64:ff9b::a9fe:a9fe", 80),
        ("fd00:ec2::254", 80),
        ("fe80::1", 80),
        ("fe80::1%eth0", 80),
        ("224.0.0.1", 80),
        ("255.255.255.255", 80),
        ("127.0.0.1", 8480),
        ("127.9.9.9", 8480),
        ("::1", 8480),
    ],
)
def test_guarded_addresses(address: str, port: int) -> None:
    with pytest.raises(Guarded):
        check(address, port, {8480})


def test_addresses_that_operators_protect() -> None:
    for address in ("127.0.0.1", "10.0.0.1", "192.168.1.1", "8.8.8.8", "::1", "fd00::1"):
        check(address, 3000, {8480})
    # Another machine's port is not ours.
    check("192.0.2.1", 8480, {8480})


@pytest.mark.parametrize(
    "url",
    ["", "x", "ftp://x", "http://", "http://x/a", "http://x?a", "http://a@x", "http://x:99999"],
)
def test_urls_of_no_backend(url: str) -> None:
    with pytest.raises(Guarded):
        origin_of(url)


def test_a_name_that_leads_elsewhere_later_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        async with backend() as site, proxy(f"http://localhost:{site.port}") as front:
            assert status(await say(front.port, asked())) == 200
            (only,) = front.plane.backends.all

            async def rebound(*_: object, **__: object) -> list[object]:
                return [(2, 1, 6, "", ("169.254.169.254", site.port))]

            import asyncio

            loop = asyncio.get_running_loop()

            class Names:
                getaddrinfo = staticmethod(rebound)

                def __getattr__(self, name: str) -> object:
                    return getattr(loop, name)

            monkeypatch.setattr("juyong.waf.backends.pool.asyncio.get_running_loop", Names)
            with pytest.raises(Guarded):
                await only.resolve(())
            monkeypatch.undo()
            assert status(await say(front.port, asked())) == 502
            assert len(site.seen) == 1

    run(work)
