"""The way out: which addresses are asked, that no other is, and how long an answer may take."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from juyong.api.context import FetchRefused
from juyong.app import outbound
from juyong.app.fetch import BoundedFetch
from juyong.app.outbound import may_reach
from juyong.app.settings import BadSetting, Settings
from juyong.base.addresses import LOOPBACK, Address, meant, networks

REFUSED = [
    *("127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "255.255.255.255", "224.0.0.1"),  # noqa: S104  # to be refused
    *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "169.254.1.1"),
    *("100.100.100.200", "169.254.169.254", "168.63.129.16", "192.0.0.192", "198.18.0.1"),
    *("192.0.2.1", "198.51.100.1", "203.0.113.1", "240.0.0.1", "192.88.99.1"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:127.0.0.1", "::ffff:0.0.0.0"),
    *("64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::6464:64c8", "64:ff9b:1::808:808"),
    *("2002:a00:1::1", "2001::1", "2001:db8::1", "3fff::1", "::10.0.0.1", "4000::1"),
]
REACHED = [
    *("8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "11.0.0.1"),
    *("169.253.1.1", "169.255.1.1", "191.255.255.255", "223.255.255.255", "168.63.129.17"),
    *("2400:3200::1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2001:200::1"),
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_public_is_not_reached(text: str) -> None:
    assert not may_reach(ip_address(text), ())


@pytest.mark.parametrize("text", REACHED)
def test_what_is_public_is_reached(text: str) -> None:
    assert may_reach(ip_address(text), ())


@given(st.ip_addresses())
def test_nothing_is_reached_that_the_registries_hold_back(address: Address) -> None:
    if may_reach(address, ()):
        assert meant(address).is_global
        assert not meant(address).is_multicast


@pytest.mark.parametrize(
    ("text", "named", "reached"),
    [
        ("10.1.2.3", "10.1.0.0/16", True),
        ("10.2.0.1", "10.1.0.0/16", False),
        ("::ffff:10.1.2.3", "10.1.0.0/16", True),
        ("64:ff9b::a01:203", "10.1.0.0/16", True),
        ("fd12::1", "fd12::/16", True),
        ("fe80::1%eth0", "fe80::/10", True),
        ("100.100.100.200", "100.64.0.0/10", False),
        ("100.100.100.200", "0.0.0.0/0", False),
        ("100.100.100.200", "100.100.100.200", True),
        ("::ffff:169.254.169.254", "169.254.0.0/16", False),
        ("169.254.169.254", "169.254.169.254/32", True),
        ("fd00:ec2::254", "fd00::/8", False),
    ],
)
def test_a_network_that_is_named_is_reached(text: str, named: str, reached: bool) -> None:
    assert may_reach(ip_address(text), networks([named])) is reached


@pytest.mark.parametrize("named", ["a", "10.1.0.1/16", "10.0.0.0/33", ""])
def test_a_setting_that_names_no_network_is_refused(named: str) -> None:
    with pytest.raises(BadSetting, match=r"^`outbound_allow`: "):
        Settings(outbound_allow=(named,))


class Names:
    """A resolver that answers otherwise each time."""

    def __init__(self, *answers: Sequence[str] | OSError) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        answer = self.answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer


@contextmanager
def answering(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve plain connections on loopback, each by a function; the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = server.accept()
                    with peer, suppress(OSError):
                        peer.recv(4096)
                        speak(peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        assert not thread.is_alive()


def says(text: str) -> Callable[[socket.socket], None]:
    return lambda peer: peer.sendall(text.encode())


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were connected to; none of the connections comes about."""
    addresses: list[str] = []

    def dial(place: tuple[str, int], timeout: float) -> socket.socket:
        addresses.append(place[0])
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(outbound.socket, "create_connection", dial)
    return addresses


def test_a_name_is_looked_up_once_and_the_judged_address_is_dialled(dialled: list[str]) -> None:
    names = Names(["8.8.8.8"], ["127.0.0.1"])
    with pytest.raises(OSError, match="nobody there"):
        BoundedFetch(resolve=names)("https://issuer.example/keys")
    assert (names.asked, dialled) == (["issuer.example"], ["8.8.8.8"])


@pytest.mark.parametrize(
    "answer", [["10.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:127.0.0.1"], ["fe80::1%1"]]
)
def test_a_name_that_also_leads_inside_is_not_dialled(
    answer: list[str], dialled: list[str]
) -> None:
    with pytest.raises(FetchRefused, match="setting `outbound_allow`"):
        BoundedFetch(resolve=Names(answer))("https://issuer.example/keys")
    assert dialled == []


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1:1/", "https://2130706433:1/", "https://0x7f.1:1/", "https://0:1/"),
        *("https://[::1]:1/", "https://[::ffff:7f00:1]:1/", "https://localhost:1/"),
        *("https://100.100.100.200/", "https://user@169.254.169.254/latest/meta-data/"),
    ],
)
def test_however_an_address_inside_is_written(url: str, dialled: list[str]) -> None:
    with pytest.raises(FetchRefused, match="setting `outbound_allow`"):
        BoundedFetch()(url)
    assert dialled == []


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://issuer.example/", "only https"),
        ("ftp://issuer.example/", "only https"),
        ("file:///etc/passwd", "only https"),
        ("https://issuer.example:port/", "the URL is none"),
        ("https://issuer.example:99999/", "the URL is none"),
        ("https://[::1/", "the URL is none"),
    ],
)
def test_a_url_that_is_not_asked(url: str, text: str) -> None:
    with pytest.raises(FetchRefused, match=text):
        BoundedFetch(allow_http_loopback=True, resolve=Names())(url)


@pytest.mark.parametrize("host", ["", "." * 70, "a" * 70 + ".example"])
def test_a_host_that_is_no_name(host: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011  # the system's text
        BoundedFetch()(f"https://{host}/")


def test_plain_http_goes_to_this_machine_only(dialled: list[str]) -> None:
    fetch = BoundedFetch(
        networks(["10.0.0.0/8"]), allow_http_loopback=True, resolve=Names(["10.0.0.1"])
    )
    with pytest.raises(FetchRefused, match="only https"):
        fetch("http://localhost/")
    assert dialled == []


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with answering(says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) as port:
        fetch = BoundedFetch(allow_http_loopback=True, resolve=Names(["127.0.0.9", "127.0.0.1"]))
        found = fetch(f"http://localhost:{port}/")
    assert (found.status, found.body) == (200, b"ok")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("", "not HTTP"),
        ("nonsense\r\n\r\n", "not HTTP"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "ended early"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nok", "not HTTP"),
        ("HTTP/1.1 200 OK\r\n\r\n" + "x" * (512 * 1024 + 1), "too large"),
    ],
)
def test_an_answer_that_cannot_be_used(answer: str, text: str) -> None:
    with (
        answering(says(answer)) as port,
        pytest.raises(OSError, match=text),
    ):
        BoundedFetch(allow_http_loopback=True)(f"http://127.0.0.1:{port}/")


def test_a_redirect_is_an_answer_like_any_other() -> None:
    moved = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    with answering(says(moved)) as port:
        assert BoundedFetch(allow_http_loopback=True)(f"http://127.0.0.1:{port}/").status == 302


@pytest.mark.parametrize(
    "head", ["", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"]
)
def test_an_answer_that_drips_is_cut_when_the_time_is_over(head: str) -> None:
    """Each byte comes in time; the whole does not."""
    over = threading.Event()

    def drip(peer: socket.socket) -> None:
        peer.sendall(head.encode())
        while not over.wait(0.02):
            peer.sendall(b"x")

    with answering(drip) as port:
        fetch = BoundedFetch(allow_http_loopback=True, seconds=0.3)
        with pytest.raises(OSError):  # noqa: PT011  # as the system says it
            fetch(f"http://127.0.0.1:{port}/")
        over.set()


def test_a_resolver_that_hangs_is_left_behind() -> None:
    go_on = threading.Event()

    def hang(_host: str, _port: int) -> Sequence[str]:
        go_on.wait(10)
        return []

    with pytest.raises(TimeoutError, match="not resolved in time"):
        BoundedFetch(resolve=hang, seconds=0.05)("https://issuer.example/")
    go_on.set()


def test_loopback_is_asked_where_development_allows_it() -> None:
    assert not may_reach(ip_address("127.0.0.1"), ())
    assert may_reach(ip_address("127.0.0.1"), LOOPBACK)
