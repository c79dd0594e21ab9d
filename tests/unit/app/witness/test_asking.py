"""A witness is asked within bounds, and only where the operator meant it."""

import asyncio
import json
import socket
import ssl
import threading
from functools import partial
from pathlib import Path

import pytest
from tests.ledger_logs import LOG, WITNESS
from tests.unit.app.state.conftest import NOW, write_event
from tests.unit.app.test_outbound import Names, answering, says
from tests.unit.app.witness.conftest import SHORT, request
from tests.witnesses import witnessing

from juyong.api.context import FetchRefused
from juyong.app.anchor import HomeAnchor
from juyong.app.platform import Running, open_platform
from juyong.app.server import worker_of
from juyong.app.settings import BadSetting, Settings
from juyong.app.witness.asking import HttpWitness, witness_of
from juyong.base.addresses import networks
from juyong.engines.ledger import read_cosignature
from juyong.services.identity.facade import create_account

KEY = WITNESS.key.text


def at(port: int, path: str = "", **more: float) -> HttpWitness:
    return HttpWitness(f"http://127.0.0.1:{port}{path}", KEY, **more)  # type: ignore[arg-type]


def test_a_witness_of_ours_is_asked(home: Path) -> None:
    with witnessing(home, LOG.key.text) as served:
        witness = HttpWitness(served.url, served.key.text)
        said = witness.add(request(SHORT))
        assert said.status == 200
        assert read_cosignature(SHORT.note, said.body, served.key).signatures[1:]
        assert witness.add(request(SHORT)) == (409, b"8\n")


def test_the_path_of_the_url_is_a_prefix_and_no_redirect_is_followed() -> None:
    heard: list[bytes] = []

    def speak(peer: socket.socket) -> None:
        peer.sendall(
            b"HTTP/1.1 307 x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
        )

    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                heard.append(peer.recv(4096))
                speak(peer)

        thread = threading.Thread(target=serve)
        thread.start()
        assert at(server.getsockname()[1], "/w1/").add(b"old 0\n").status == 307
        thread.join()
    assert heard[0].startswith(b"POST /w1/add-checkpoint HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("", "not HTTP"),
        ("hello\r\n\r\n", "not HTTP"),
        (f"HTTP/1.1 200 x\r\nContent-Length: 20000\r\n\r\n{'x' * 20_000}", "too large"),
        ("HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nx", "ended early|not HTTP"),
    ],
)
def test_an_answer_that_is_none_is_no_answer(answer: str, text: str) -> None:
    with answering(says(answer)) as port, pytest.raises(OSError, match=text):
        at(port).add(b"")


def test_an_answer_that_never_ends_is_cut_off() -> None:
    ended = threading.Event()

    def drip(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 x\r\nContent-Length: 99\r\n\r\n")
        ended.wait(20)

    with answering(drip) as port:
        with pytest.raises(OSError):  # noqa: PT011  # time-out, or what looks like an end
            at(port, seconds=0.2).add(b"")
        ended.set()


def test_the_certificate_must_be_one_that_the_system_vouches_for(tmp_path: Path) -> None:
    from juyong.front.authority import LocalAuthority

    context = LocalAuthority.open(tmp_path / "ca").leaf("127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            peer, _ = server.accept()
            with peer, pytest.raises(OSError):  # noqa: PT011  # the client's alert
                context.wrap_socket(peer, server_side=True)

        thread = threading.Thread(target=serve)
        thread.start()
        witness = HttpWitness(f"https://127.0.0.1:{server.getsockname()[1]}", KEY)
        with pytest.raises(ssl.SSLCertVerificationError):
            witness.add(b"")
        thread.join()


def test_a_name_may_lead_to_public_addresses_alone() -> None:
    """An address in the URL is named by the operator; what a name leads to is not."""
    for url in ("http://witness.test", "https://witness.test:8490/x"):
        for address in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "100.100.100.200"):
            witness = HttpWitness(url, KEY, resolve=Names([address]))
            with pytest.raises(FetchRefused, match="outbound_allow"):
                witness.add(b"")
    with answering(says("HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n")) as port:
        allowed = networks(["127.0.0.0/8"])
        named = HttpWitness(
            f"http://witness.test:{port}", KEY, allowed, resolve=Names(["127.0.0.1"])
        )
        assert named.add(b"").status == 503
        assert HttpWitness(f"http://localhost:{port}", KEY).add(b"").status == 503


BAD = [
    ("", KEY, "go together"),
    ("https://w.test", "", "go together"),
    ("https://w.test", "x", "`witness_key`: this is no verifier key"),
    ("https://w.test", LOG.key.text, "the key of a log, not of a witness"),
    *((url, KEY, "`witness_url`: ") for url in ("w.test", "ftp://w.test", "https://", "http://[")),
    *((f"https://w.test{end}", KEY, "give http") for end in ("?a", "#a", "/\N{BULLET}")),
    ("https://a:b@w.test", KEY, "give http"),
    ("https://w.test:99999", KEY, "`witness_url`: "),
]


@pytest.mark.parametrize(("url", "key", "text"), BAD)
def test_settings_that_name_no_witness_are_refused(url: str, key: str, text: str) -> None:
    with pytest.raises(BadSetting, match=text):
        witness_of(Settings(witness_url=url, witness_key=key))


def test_a_platform_does_not_open_with_half_a_witness(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="go together"):
        open_platform(tmp_path / "home", settings=Settings(witness_url="https://w.test"))
    assert witness_of(Settings()) is None


def page(running: Running, path: str) -> str:
    found = running.application._pages["GET", path]
    return asyncio.run(found(None)).body.decode()  # type: ignore[arg-type]


def test_a_server_tells_how_it_stands_with_its_witness(home: Path, tmp_path: Path) -> None:
    """Through the worker of a platform, its pages, and a witness that listens."""
    running = open_platform(tmp_path / "p", settings=Settings(durable=False), clock=lambda: NOW)
    assert worker_of(running).errands == ()
    assert "witness" not in page(running, "/health") + page(running, "/metrics")
    account = running.store.call(lambda tx: create_account(tx, "a", NOW))
    write = partial(write_event, account=account, key=running.keys["audit"], name="Call", at=NOW)
    running.store.call(write)
    asyncio.run(worker_of(running).round())
    key = HomeAnchor(running.home).key()
    assert key is not None
    running.close()
    with witnessing(home, key) as served:
        settings = Settings(durable=False, witness_url=served.url, witness_key=served.key.text)
        running = open_platform(tmp_path / "p", settings=settings, clock=lambda: NOW)
        worker = worker_of(running)
        assert json.loads(page(running, "/health"))["witness"] == "starting"
        asyncio.run(worker.round())
        assert json.loads(page(running, "/health"))["witness"] == "cosigned"
        shown = page(running, "/metrics")
        assert "juyong_log_leaves 1.0\n" in shown
        assert "juyong_witness_cosigned_leaves 1.0\n" in shown
        assert "juyong_witness_refuses 0.0\n" in shown
        cosigned = HomeAnchor(running.home).cosigned()
        assert served.ask(b"", f"/checkpoint/{key.split('+')[0]}", "GET").text.encode() == cosigned
    running.store.call(write)
    asyncio.run(worker_of(running).round())
    shown = page(running, "/health") + page(running, "/metrics")
    assert '"witness":"behind"' in shown
    assert "juyong_log_leaves 2.0\n" in shown
    assert "juyong_witness_cosigned_leaves 1.0\n" in shown
    running.figures.witness = "refused"
    assert "juyong_witness_refuses 1.0\n" in page(running, "/metrics")
    assert (running.home.path / "audit-cosigned").stat().st_mode & 0o777 == 0o600
    running.close()
