"""Requests made to confuse the front, or to hold its memory."""

import socket
from contextlib import suppress

import pytest

from juyong.gateway.asgi import Application

OFFER = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
CHUNKED = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


class Witness:
    """Notes the targets that are served; answers at once, with a body of the given size."""

    def __init__(self, size=0):
        self.served = []
        self.headers = []
        self._body = bytes(size)

    async def __call__(self, scope, receive, send):
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            more = message["more_body"]
        self.served.append(scope["raw_path"])
        self.headers = scope["headers"]
        headers = [(b"content-length", str(len(self._body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self._body})


@pytest.mark.parametrize("framing", [b"Content-Length: %d", b"Transfer-Encoding: chunked"])
def test_upgrade_with_a_body_hides_no_request(serve, framing):
    app = Witness()
    inner = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
    framing = framing % len(inner) if b"%" in framing else framing
    running = serve(app=app)
    client = running.dial()
    client.send(b"POST /a HTTP/1.1\r\nHost: x\r\n" + OFFER + framing + b"\r\n\r\n")
    running.taken(client)
    with suppress(ConnectionError):
        client.send(inner)
    assert client.rest().startswith(b"HTTP/1.1 400 ")
    assert app.served == []


@pytest.mark.parametrize("length", [b"", b"Content-Length: 0\r\n"])
def test_nothing_behind_an_upgrade_is_a_request(serve, length):
    app = Witness()
    running = serve(app=app)
    client = running.dial()
    client.send(b"GET /a HTTP/1.1\r\nHost: x\r\n" + OFFER + length + b"\r\n")
    with suppress(ConnectionError):
        for _ in range(3):
            client.send(b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n")
            running.taken(client)
    answer = client.rest()
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"\r\nconnection: close\r\n" in answer
    assert app.served == [b"/a"]


@pytest.mark.parametrize(
    "encoding",
    ["identity", "gzip, chunked", "chunked, chunked", "chunked\r\nTransfer-Encoding: chunked"],
)
def test_transfer_encoding_other_than_chunked_is_refused(serve, encoding):
    app = Witness()
    client = serve(app=app).dial()
    head = f"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {encoding}\r\n\r\n"
    client.send(head.encode() + b"0\r\n\r\n")
    assert client.rest().startswith(b"HTTP/1.1 400 ")
    assert app.served == []


def test_reading_waits_for_the_whole_pipeline(serve):
    running = serve()
    client = running.dial()
    one = b"GET /held HTTP/1.1\r\n\r\n"
    client.send(one * 20)
    running.let_go()
    assert client.answer().status == 200
    client.send(one * 60)
    running.let_go()
    assert client.answer().status == 200
    running.turns()
    (connection,) = running.front._served.connections
    assert len(connection._pipeline.waiting) < 20
    running.let_go(78)
    assert [client.answer().status for _ in range(78)] == [200] * 78


def test_pipeline_beyond_its_bound_ends_after_the_answers(serve):
    app = Witness()
    client = serve(app=app, limits={"waiting_requests": 4}).dial()
    client.send(b"".join(b"GET /%d HTTP/1.1\r\n\r\n" % n for n in range(9)))
    answers = client.rest()
    assert app.served == [b"/%d" % n for n in range(5)]
    assert answers.count(b"HTTP/1.1 200 ") == 5
    assert answers.count(b"\r\nconnection: close\r\n") == 1


def test_pipeline_within_its_bound_goes_on(serve):
    client = serve().dial()
    for _ in range(3):
        client.send(b"".join(b"GET /%d HTTP/1.1\r\n\r\n" % n for n in range(60)))
        paths = [client.answer().json()["path"] for _ in range(60)]
        assert paths == [f"/{n}" for n in range(60)]


def test_small_heads_of_a_pipeline_do_not_add_up(serve):
    running = serve(limits={"head_bytes": 4096})
    client = running.dial()
    one = b"GET /a HTTP/1.1\r\nX: " + b"p" * 1000 + b"\r\n\r\n"
    sent = one * 20
    for start in range(0, len(sent), 900):
        client.send(sent[start : start + 900])
        running.taken(client)
    assert [client.answer().status for _ in range(20)] == [200] * 20


def test_trailers_are_dropped(serve):
    app = Witness()
    client = serve(app=app).dial()
    client.send(CHUNKED + b"1\r\na\r\n0\r\nAuthorization: me\r\n\r\n")
    assert client.answer().status == 200
    assert [name for name, _ in app.headers] == [b"host", b"transfer-encoding"]


@pytest.mark.parametrize("noise", [b"a: b\r\n", b"x"])
def test_endless_trailers_are_refused(serve, noise):
    running = serve(limits={"head_bytes": 4096})
    client = running.dial()
    client.send(CHUNKED + b"1\r\na\r\n0\r\na: " + (b"\r\n" if len(noise) > 1 else b""))
    with suppress(ConnectionError):
        for _ in range(10):
            client.send(noise * (2000 // len(noise)))
            running.taken(client)
    assert client.answer().status == 431


def test_chunks_of_a_steady_body_are_not_taken_for_trailers(serve):
    client = serve(limits={"head_bytes": 4096}).dial()
    body = b"".join(b"%x\r\n%b\r\n" % (size, bytes(size)) for size in [1] * 3000 + [4090] * 20)
    client.send(CHUNKED + body + b"0\r\nx: y\r\n\r\n")
    assert client.answer().json()["body_bytes"] == 3000 + 4090 * 20


@pytest.mark.parametrize("closing", [b"", b"Connection: close\r\n"])
def test_client_that_reads_nothing_is_cut_off(serve, closing):
    running = serve(app=Witness(16_000_000), limits={"write_idle_seconds": 30})
    client = running.dial()
    client.send(b"GET /a HTTP/1.1\r\nHost: x\r\n" + closing + b"\r\n")
    client.head()
    running.skip(29)
    assert running.front._open
    for _ in range(2):  # the kernel may have taken some of it meanwhile
        running.skip(31)
    assert running.ends()


def test_client_that_reads_slowly_gets_everything(serve):
    running = serve(app=Witness(40_000_000), limits={"write_idle_seconds": 30})
    client = running.dial()
    # Without a bound the kernel would take tens of megabytes, and the server would write nothing.
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_000_000)
    client.send(b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    size = 0
    # Three reads take more than the kernel holds between both ends, so that the server must write.
    while data := client.sock.recv(4_000_000, socket.MSG_WAITALL):
        size += len(data)
        running.skip(7)
    assert size > 40_000_000


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
    running.taken(client)
    client.close()
    assert running.ends()
    running.turns()
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
