"""The control socket: this user's, one line each way, and nothing else."""

import asyncio
import os
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from juyong.api.command import OperatorError
from juyong.app.control import client as client_module
from juyong.app.control import server as server_module
from juyong.app.control.client import ask_servers
from juyong.app.control.messages import (
    MOST_BYTES,
    BadMessage,
    Reply,
    Request,
    SealRequest,
    StatusRequest,
    UnsealRequest,
    decode_reply,
    decode_request,
    encode_message,
)
from juyong.app.control.server import Control, peer_user
from juyong.app.control.sockets import own_socket, sockets_of
from juyong.app.home import Home, open_home
from juyong.base.socket_names import short_name

DEEP = "deep-" * 30


@pytest.fixture(params=["home", DEEP])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    return open_home(tmp_path / request.param)


@contextmanager
def controlled(
    home: Home, reply: Reply, gate: threading.Event | None = None
) -> Iterator[list[tuple[Request, int]]]:
    """Answer every request on this process's socket, once the gate is set; yields what came."""
    came: list[tuple[Request, int]] = []
    started, stop = threading.Event(), threading.Event()

    async def handle(request: Request, user: int) -> Reply:
        came.append((request, user))
        if gate is not None:
            await asyncio.to_thread(gate.wait)
        return reply

    async def serve() -> None:
        control = Control(home, handle)
        await control.start()
        started.set()
        await asyncio.to_thread(stop.wait)
        control.stop()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(10)
    try:
        yield came
    finally:
        stop.set()
        thread.join()


def test_request_and_reply_reach_each_other(home: Home) -> None:
    reply = Reply(state="sealed", refusal="because")
    with controlled(home, reply) as came:
        assert ask_servers(home, UnsealRequest("p")) == {os.getpid(): reply}
        assert ask_servers(home, SealRequest()) == {os.getpid(): reply}
    assert came == [(UnsealRequest("p"), os.getuid()), (SealRequest(), os.getuid())]
    assert sockets_of(home) == []
    assert ask_servers(home, StatusRequest()) == {}


def test_socket_and_its_folder_are_their_owners_only(home: Home) -> None:
    before = os.umask(0)
    try:
        with controlled(home, Reply(state="open")):
            mode = own_socket(home).stat().st_mode
            assert stat.S_ISSOCK(mode)
            assert mode & 0o777 == 0o600
            assert home.control.stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)


def test_socket_that_a_crash_left_is_taken_over_and_cleared_away(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    home.control.mkdir()
    for name in (str(os.getpid()), "999999"):
        left = socket.socket(socket.AF_UNIX)
        with short_name(home.control / name) as path:
            left.bind(path)
        left.close()
    (home.control / "notes").touch()
    with controlled(home, Reply(state="open")):
        assert list(ask_servers(home, StatusRequest())) == [os.getpid()]
    assert [path.name for path in home.control.iterdir()] == ["notes"]


def test_a_seal_has_the_time_that_it_takes_and_other_requests_have_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = open_home(tmp_path / "home")
    monkeypatch.setattr(client_module, "_SECONDS", 0.05)
    gate = threading.Event()
    with controlled(home, Reply(state="sealed"), gate):
        with pytest.raises(OperatorError, match="did not answer"):
            ask_servers(home, StatusRequest())
        threading.Timer(0.2, gate.set).start()
        assert ask_servers(home, SealRequest())[os.getpid()].state == "sealed"


def test_another_user_is_not_listened_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = open_home(tmp_path / "home")
    monkeypatch.setattr(server_module, "peer_user", lambda _: os.getuid() + 1)
    with controlled(home, Reply(state="open")) as came:
        with pytest.raises(OperatorError, match="did not answer"):
            ask_servers(home, SealRequest())
        assert came == []


def test_system_says_who_is_at_the_other_end() -> None:
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        assert peer_user(one) == os.getuid()


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b'{"do":"open"}\n',
        b'{"do":"seal","more":1}\n',
        b'{"do":"unseal","passphrase":1}\n',
        b'{"do":"unseal","passphrase":""}\n',
        b'{"do":"unseal","passphrase":"' + b"p" * 1025 + b'"}\n',
        b'{"do":"seal"',
        b"\xff" * 10 + b"\n",
        b"x" * (MOST_BYTES + 10) + b"\n",
    ],
)
def test_what_is_no_message_gets_no_answer(tmp_path: Path, line: bytes) -> None:
    home = open_home(tmp_path / "home")
    with controlled(home, Reply(state="open")) as came:
        with socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(10)
            with short_name(own_socket(home)) as name:
                wire.connect(name)
            wire.sendall(line)
            wire.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                assert wire.recv(100) == b""
        assert came == []
        assert ask_servers(home, SealRequest()) == {os.getpid(): Reply(state="open")}


def test_silent_peer_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = open_home(tmp_path / "home")
    monkeypatch.setattr(server_module, "_READ_SECONDS", 0.05)
    with controlled(home, Reply(state="open")), socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(10)
        with short_name(own_socket(home)) as name:
            wire.connect(name)
        assert wire.recv(100) == b""


def test_messages_survive_their_encoding_and_show_no_passphrase() -> None:
    request = UnsealRequest("hush \u00e9 \n")
    assert decode_request(encode_message(request)) == request
    assert "hush" not in repr(request)
    assert decode_request(b'{"do":"unseal"}\n') == UnsealRequest(None)
    reply = Reply(state="open", refusal="r")
    assert decode_reply(encode_message(reply)) == reply
    with pytest.raises(BadMessage) as refusal:
        decode_request(b'{"do":"unseal","passphrase":["hush"]}\n')
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__
