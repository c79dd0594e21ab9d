"""An instance reaches the platform's API, its names and its metadata, and nothing else of it."""

import asyncio
import json
import os
import signal
import threading

import pytest
from tests.unit.netplane.lasting import lasting_plane
from tests.unit.netplane.networks import desired, pair, running_plane, vpc

from juyong.app.inside import Inside
from juyong.engines.packet import Network
from juyong.front.authority import LocalAuthority
from juyong.front.server import Front
from juyong.gateway.whole import Reply, Whole

ASK = """
import http.client, json, socket, sys
host, path = sys.argv[1:]
http_ = http.client.HTTPConnection(host, timeout=5)
http_.request("GET", path)
print(http_.getresponse().read().decode())
"""
RESOLVE = "import socket, sys; print(socket.gethostbyname(sys.argv[1]))"


class Telling(Whole):
    """Tells where a request arrived."""

    def __init__(self, word):
        self.word = word

    async def __call__(self, scope, _receive, send):
        await self._send(send, scope["path"], scope["client"][0])

    async def whole(self, raw):
        body = json.dumps([self.word, raw.path, raw.peer]).encode()
        head = f"content-length: {len(body)}\r\n".encode()
        return Reply(status=200, headers=head, body=body)

    async def _send(self, send, path, address):
        body = json.dumps([self.word, path, address]).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def inside(tmp_path):
    """What follows planes, with a front that serves on the loop of another thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    authority = LocalAuthority.open(tmp_path / "authority")
    front = Front(Telling("api"), authority, port=0, tls_port=None)
    asyncio.run_coroutine_threadsafe(front.start(), loop).result(20)
    inside = Inside(front, loop, Telling("api"))
    yield inside
    asyncio.run_coroutine_threadsafe(inside.leave(), loop).result(20)
    asyncio.run_coroutine_threadsafe(front.stop(1), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def metadata_of(vpc_id):
    return Telling(f"metadata of {vpc_id}")


def ask(plane, machine, host, path):
    done = plane.run(machine, ["python3", "-c", ASK, host, path], timeout_s=20)
    assert done.code == 0, done.output
    return json.loads(done.output)


def test_an_instance_reaches_the_platform_and_its_metadata(inside):
    with running_plane() as plane:
        state = desired(pair(), 1)
        plane.apply(state)
        inside.follow(metadata_of, plane, state)
        assert ask(plane, "i-1", "ram.aliyuncs.com", "/a") == ["api", "/a", "10.0.1.1"]
        told = ask(plane, "i-1", "100.100.100.200", "/latest/meta-data/")
        assert told == ["metadata of vpc-a", "/latest/meta-data/", "10.0.1.1"]
        other = plane.run("i-1", ["python3", "-c", RESOLVE, "example.com"], timeout_s=30)
        assert other.code == 1


def test_a_further_vpc_is_served_and_one_that_is_gone_is_left(inside):
    with running_plane() as plane:
        for state in (desired(pair(), 1), desired(Network()), desired(pair(), 1)):
            plane.apply(state)
            inside.follow(metadata_of, plane, state)
        assert ask(plane, "i-1", "ram.aliyuncs.com", "/b")[0] == "api"


def test_a_plane_that_was_started_again_is_served_anew(inside):
    for _ in range(2):
        with running_plane() as plane:
            state = desired(pair(), 1)
            plane.apply(state)
            inside.follow(metadata_of, plane, state)
            assert ask(plane, "i-1", "ram.aliyuncs.com", "/c")[0] == "api"


def test_a_router_that_is_taken_over_is_served_anew(inside, tmp_path):
    with lasting_plane(tmp_path) as plane:
        state = desired(pair(), 1)
        plane.apply(state)
        inside.follow(metadata_of, plane, state)
        os.kill(plane._helper.pid, signal.SIGKILL)
        plane.leave()
        with lasting_plane(tmp_path) as other:
            other.apply(state)
            inside.follow(metadata_of, other, state)
            assert ask(other, "i-1", "ram.aliyuncs.com", "/c")[0] == "api"


def test_what_is_no_network_plane_is_passed_over(inside):
    inside.follow(metadata_of, object(), object())


def test_a_vpc_without_machines_is_passed_over(inside):
    with running_plane() as plane:
        state = desired(Network(**vpc("a")))
        plane.apply(state)
        inside.follow(metadata_of, plane, state)


def test_an_instance_reaches_no_page_of_the_operators(inside):
    with running_plane() as plane:
        state = desired(pair(), 1)
        plane.apply(state)
        inside.follow(metadata_of, plane, state)
        for path in ("/metrics", "/health"):
            told = ask(plane, "i-1", "100.100.2.130", path)
            assert told["Code"] == "InvalidProduct.NotFound"
