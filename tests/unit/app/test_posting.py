"""The way out for notices: addresses that were judged, no redirects, bounded in time."""

import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.unit.app.test_outbound import answering, says

from juyong.api.context import FetchRefused
from juyong.app.posting import BoundedPost
from juyong.base.addresses import LOOPBACK, networks
from juyong.notices.message import Webhook


def hook(port: int, **more: str) -> Webhook:
    return Webhook(url=f"http://127.0.0.1:{port}/a?b=c", body="{}", **more)  # type: ignore[arg-type]


def test_a_request_arrives_as_it_was_meant() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as threads:
        heard = threads.submit(_take_one, server)
        port = server.getsockname()[1]
        sent = Webhook(
            url=f"http://127.0.0.1:{port}/a?b=c", method="PUT", headers={"X-Key": "v"}, body="é"
        )
        assert BoundedPost(LOOPBACK)(sent) == 204
        head, _, body = heard.result(20).partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /a?b=c HTTP/1.1\r\n")
    assert b"\r\nX-Key: v" in head
    assert body == "é".encode()


def _take_one(server: socket.socket) -> bytes:
    peer, _ = server.accept()
    got = b""
    with peer:
        while not got.endswith("é".encode()):
            got += peer.recv(4096)
        peer.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
    return got


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "http://169.254.169.254/latest/meta-data",
        "http://100.100.100.200/latest/meta-data",
        "https://10.0.0.1/",
        "http://[::ffff:127.0.0.1]:1/",
        "http://2130706433:1/",
        "file:///etc/passwd",
        "https://[::1/",
    ],
)
def test_what_is_inside_is_not_asked(url: str) -> None:
    with pytest.raises(FetchRefused):
        BoundedPost()(Webhook(url=url))


def test_a_name_that_leads_elsewhere_at_the_next_look_gains_nothing() -> None:
    """The name is looked up once: the address that was judged is the one that is dialled."""
    looks = iter([["127.0.0.1"], ["169.254.169.254"]])
    with answering(says("HTTP/1.1 200 OK\r\n\r\n")) as port:
        post = BoundedPost(LOOPBACK, resolve=lambda _host, _port: next(looks))
        assert post(Webhook(url=f"http://rebinding.example:{port}/")) == 200
        with pytest.raises(FetchRefused):
            post(Webhook(url=f"http://rebinding.example:{port}/"))


def test_a_redirect_is_not_followed() -> None:
    with answering(says("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n")) as port:
        assert BoundedPost(LOOPBACK)(hook(port)) == 302


def test_a_metadata_service_must_be_named_alone() -> None:
    post = BoundedPost(networks(["169.254.0.0/16"]))
    with pytest.raises(FetchRefused):
        post(Webhook(url="http://169.254.169.254/"))


@pytest.mark.parametrize("answer", ["SSH-2.0-x\r\n", "", "HTTP/1.1 2"])
def test_an_answer_that_is_no_http_is_a_failure(answer: str) -> None:
    with answering(says(answer)) as port, pytest.raises(OSError, match=r"."):
        BoundedPost(LOOPBACK)(hook(port))


def test_an_answer_that_never_comes_is_cut() -> None:
    ended = threading.Event()

    def wait(_peer: socket.socket) -> None:
        ended.wait(20)

    with answering(wait) as port:
        with pytest.raises(OSError, match=r"."):
            BoundedPost(LOOPBACK, seconds=0.2)(hook(port))
        ended.set()


def test_tls_needs_a_certificate_that_is_trusted() -> None:
    def refuse(wire: socket.socket, host: str) -> ssl.SSLSocket:
        raise ssl.SSLCertVerificationError(f"{host} {wire.fileno()}")

    with answering(says("x")) as port, pytest.raises(ssl.SSLError):
        BoundedPost(LOOPBACK, encrypted=refuse)(Webhook(url=f"https://127.0.0.1:{port}/"))
