"""Requests made to confuse the front, or to hold its memory."""

import socket
import time

import pytest

from juyong.gateway.asgi import Application


def _ends(running, seconds=3.0):
    """Tell whether the front forgets all its connections in time."""
    deadline = time.monotonic() + seconds
    while running.front._open and time.monotonic() < deadline:
        time.sleep(0.02)
    return not running.front._open


class Pipeline:
    """Notes the bodies that would be executed."""

    def __init__(self):
        self.bodies = []

    async def serve(self, raw):
        self.bodies.append(raw.body)
        raise RuntimeError("seen")


@pytest.mark.parametrize("framing", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_truncated_request_is_not_executed(serve, framing):
    pipeline = Pipeline()
    running = serve(app=Application(pipeline, {}))
    head = f"POST /a HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n".encode()
    client = running.dial()
    client.send(head + (b"7\r\nAction=\r\n" if "chunked" in framing else b"Action="))
    time.sleep(0.1)
    client.close()
    assert _ends(running)
    time.sleep(0.05)
    assert pipeline.bodies == []
    with running.dial() as other:
        other.send(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na")
        assert other.answer().status == 500
    assert pipeline.bodies == [b"a"]


def test_truncated_request_is_not_forwarded_as_a_whole_one(serve):
    running = serve(allow_hosts=frozenset({"127.0.0.1"}))
    with socket.create_server(("127.0.0.1", 0)) as upstream:
        client = running.dial()
        url = f"http://127.0.0.1:{upstream.getsockname()[1]}/"
        client.send(
            f"POST {url} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            "4\r\nhalf\r\n".encode()
        )
        sock, _ = upstream.accept()
        with sock:
            sock.settimeout(5)
            got = b""
            while not got.endswith(b"half\r\n"):
                got += sock.recv(65536)
            client.close()
            assert sock.recv(65536) == b""
