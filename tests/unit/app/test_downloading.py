"""The way out for feeds: HTTPS alone, addresses that were judged, no redirects, bounded."""

import socket
import ssl
from typing import cast

import pytest
from tests.unit.app.test_outbound import answering, says

from juyong.api.context import FetchRefused
from juyong.app.downloading import downloaded
from juyong.app.outbound import trusted
from juyong.base.addresses import LOOPBACK

MOST = 20


def plain(wire: socket.socket, _host: str) -> ssl.SSLSocket:
    """Leave TLS out, so that a test's server needs no certificate."""
    return cast("ssl.SSLSocket", wire)


def download(port: int) -> bytes:
    return downloaded(f"https://127.0.0.1:{port}/a?b=c", MOST, LOOPBACK, encrypted=plain)


def test_a_document_is_read_whole() -> None:
    with answering(says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n192.0.2.1\n")) as port:
        assert download(port) == b"192.0.2.1\n"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\n\r\n", "status 302"),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "status 404"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n" + 21 * "1", "too large"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n192.0.2.1", "ended early|no HTTP|not HTTP"),
        ("SSH-2.0-x\r\n", "not HTTP"),
    ],
)
def test_what_is_no_copy_is_a_failure(answer: str, why: str) -> None:
    with answering(says(answer)) as port, pytest.raises(OSError, match=why):
        download(port)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "https://169.254.169.254/",
        "https://10.0.0.1/",
        "file:///etc/passwd",
        "https://[::1/",
        "https:///x",
    ],
)
def test_what_is_inside_or_not_https_is_not_asked(url: str) -> None:
    with pytest.raises(FetchRefused):
        downloaded(url, MOST)


def test_a_certificate_that_is_not_trusted_is_a_failure() -> None:
    with answering(says("no TLS")) as port, pytest.raises(ssl.SSLError):
        downloaded(f"https://127.0.0.1:{port}/", MOST, LOOPBACK, encrypted=trusted)
