"""What all requests hold together is bounded, and ordinary calls are served all the same."""

import http.server
import select
import threading
import time
from contextlib import suppress

import pytest
from tests.unit.front.test_front_refusals import check
from tests.unit.front.test_front_server import _Allowed

from juyong.gateway.holding import Room
from juyong.gateway.whole import Whole

KIB = 1024
ROOM = 512 * KIB
SMALL = 16 * KIB


class Asked:
    """Counts how often a request had to make room."""

    def __init__(self, room):
        self.times = 0
        self.holding = room.begin(self._refuse)

    def _refuse(self):
        self.times += 1


def test_eldest_request_makes_room():
    room = Room(100)
    first, second, third = (Asked(room) for _ in range(3))
    assert first.holding.grow_to(40)
    assert second.holding.grow_to(40)
    assert third.holding.grow_to(21)
    assert (first.times, second.times, third.times) == (1, 0, 0)
    assert room.held == 61


def test_request_that_is_the_eldest_itself_is_told_so():
    room = Room(100)
    first, second = Asked(room), Asked(room)
    assert second.holding.grow_to(60)
    assert not first.holding.grow_to(41)
    assert (first.times, second.times) == (0, 0)
    assert room.held == 60


def test_request_that_has_arrived_does_not_make_room():
    room = Room(100)
    first, second = Asked(room), Asked(room)
    assert first.holding.grow_to(60)
    first.holding.arrived()
    assert not second.holding.grow_to(41)
    assert first.times == 0
    first.holding.end()
    assert room.held == 0


def test_ending_twice_counts_once():
    room = Room(100)
    first = Asked(room)
    first.holding.grow_to(60)
    first.holding.end()
    first.holding.end()
    assert room.held == 0


def held(running):
    return running.front._served.room.held


def settled(running, wanted=0):
    """Wait until so much is held."""
    deadline = time.monotonic() + 5
    while held(running) != wanted and time.monotonic() < deadline:
        running.turns()
    return held(running) == wanted


@pytest.fixture
def running(serve):
    return serve(limits={"held_bytes": ROOM, "small_bytes": SMALL, "linger_seconds": 0.5})


@pytest.mark.parametrize("how", ["line", "header", "body", "chunks"])
def test_slow_large_requests_stay_within_the_room_and_others_are_served(running, how):
    begin = {
        "line": b"GET /?",
        "header": b"GET / HTTP/1.1\r\nHost: ram.aliyuncs.com\r\nX: ",
        "body": b"POST / HTTP/1.1\r\nHost: ram.aliyuncs.com\r\nContent-Length: 4000000\r\n\r\n",
        "chunks": b"POST / HTTP/1.1\r\nHost: ram.aliyuncs.com\r\nTransfer-Encoding: chunked\r\n\r\n",
    }[how]
    part = b"a" * 32 * KIB
    if how == "chunks":
        part = b"%x\r\n%b\r\n" % (len(part), part)
    slow = [running.dial() for _ in range(60)]
    for client in slow:
        client.send(begin)
    seen = []
    for _ in range(3):
        for client in slow:
            with suppress(ConnectionError):
                client.send(part)
        for client in slow:
            running.taken(client)
        seen.append(held(running))
        # Small calls need no room, and a large one that comes at once makes some.
        assert running.dial().get("/small").json()["path"] == "/small"
        large = running.dial().get("/large?" + "a" * 200 * KIB)
        assert large.json()["path"] == "/large"
    assert ROOM // 2 < max(seen) <= ROOM
    told = select.select([client.sock for client in slow], [], [], 5)[0]
    refused = [client for client in slow if client.sock in told]
    assert len(refused) >= len(slow) - ROOM // len(part)
    for client in refused:
        host = "" if how == "line" else "ram.aliyuncs.com"
        check(client.answer(), 503, "ServiceUnavailable", host)
    for client in slow:
        client.close()
    assert settled(running)


def test_what_is_answered_holds_nothing(running):
    client = running.dial()
    for size in (100, 100 * KIB, 300 * KIB):
        assert client.get("/?" + "a" * size).status == 200
        client.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
        client.send(bytes(size))
        assert client.answer().json()["body_bytes"] == size
    assert settled(running)


def test_request_that_is_being_served_is_counted_until_its_answer(running):
    client = running.dial()
    client.send(b"GET /held HTTP/1.1\r\nX: " + b"a" * 300 * KIB + b"\r\n\r\n")
    running.hold()
    assert held(running) > 300 * KIB
    running.let_go()
    assert client.answer().status == 200
    assert settled(running)


def test_request_that_finds_no_room_at_its_end_is_refused(serve):
    """What is being served keeps its room: the newcomer is refused."""
    running = serve(limits={"held_bytes": ROOM, "small_bytes": SMALL})
    busy = running.dial()
    busy.send(b"GET /held HTTP/1.1\r\nX: " + b"a" * 400 * KIB + b"\r\n\r\n")
    running.hold()
    refused = running.dial().get("/?" + "a" * 200 * KIB)
    check(refused, 503, "ServiceUnavailable", "")
    running.let_go()
    assert busy.answer().status == 200
    assert running.dial().get("/?" + "a" * 200 * KIB).status == 200


def test_rest_of_a_body_that_was_answered_before_is_not_counted(running):
    client = running.dial()
    for _ in range(2):
        size = 2 * ROOM
        client.send(b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
        assert client.answer().status == 200
        for _ in range(size // KIB // 32):
            client.send(bytes(32 * KIB))
        assert settled(running)


def test_client_that_leaves_gives_back_its_room(running):
    for begin in (b"GET /?", b"POST / HTTP/1.1\r\nContent-Length: 400000\r\n\r\n"):
        client = running.dial()
        client.send(begin + b"a" * 100 * KIB)
        running.taken(client)
        assert held(running) > 64 * KIB
        client.close()
        assert settled(running)


def test_body_that_is_passed_on_is_not_counted(serve):
    running = serve(
        allow_hosts=frozenset({"127.0.0.1"}), limits={"held_bytes": ROOM, "small_bytes": SMALL}
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Allowed) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = running.dial()
        size = 3 * ROOM
        url = f"http://127.0.0.1:{server.server_port}/"
        client.send(f"POST {url} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode())
        client.send(bytes(size))
        try:
            assert client.answer().status == 201
            assert settled(running)
        finally:
            running.call(running.front.stop(1))
            server.shutdown()


def test_pipelined_large_requests_are_all_counted_and_served(running):
    client = running.dial()
    one = b"GET /?" + b"a" * 40 * KIB + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    client.send(one * 5)
    assert [client.answer().status for _ in range(5)] == [200] * 5
    assert settled(running)


class Streaming(Whole):
    """Takes each body as it comes, and counts its bytes."""

    async def __call__(self, _scope, receive, send):
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size += len(message["body"])
            more = message["more_body"]
        body = b"%d" % size
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def streams(self, _head):
        return True


@pytest.mark.parametrize("first", [0, 5 * KIB, 20 * KIB])
def test_body_that_is_taken_as_it_comes_holds_nothing(serve, first):
    """Also where much of it comes in one slice with its head."""
    running = serve(app=Streaming(), limits={"held_bytes": ROOM})
    client, length = running.dial(), 4 * ROOM
    head = b"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % length
    for _ in range(2):
        client.send(head + b"x" * first)
        running.taken(client)
        client.send(b"x" * (length - first))
        answer = client.answer()
        assert (answer.status, answer.body) == (200, b"%d" % length)
        assert settled(running)
