"""A witness over HTTP: what it answers, how much it reads, and what its operator is told."""

import asyncio
import json
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.commands import juyong
from tests.ledger_logs import LOG, ORIGIN, WITNESS, Log, Signing, events, signed
from tests.unit.app.witness.conftest import FORK, GROWN, SAME_SIZE, SHORT, request, witness_at
from tests.witnesses import START, asked, witnessing

from juyong.app.witness import serving
from juyong.app.witness.keeping import Witness
from juyong.app.witness.serving import WitnessApplication
from juyong.engines.ledger import Note, open_checkpoint
from juyong.engines.ledger.witness import MOST_REQUEST_BYTES

ADD = "/add-checkpoint"


def test_a_log_is_cosigned_over_http_and_its_fork_is_not(home: Path) -> None:
    with witnessing(home, LOG.key.text) as served:
        done = served.ask(request(SHORT))
        assert (done.status, done.kind) == (200, "text/plain; charset=utf-8")
        note = SHORT.note.encode() + done.text.encode()
        opened = open_checkpoint(note, ORIGIN, [LOG.key], witnesses=[served.key], quorum=1)
        assert opened.checkpoint == SHORT.checkpoint
        conflict = served.ask(request(GROWN))
        assert (conflict.status, conflict.text, conflict.kind) == (409, "8\n", "text/x.tlog.size")
        assert served.ask(request(GROWN, 8)).status == 200
        assert served.ask(request(FORK, 20)).status == 422
        fork = served.ask(request(SAME_SIZE, 20))
        assert (fork.status, fork.text, fork.kind) == (409, "20\n", "text/x.tlog.size")
        for log in (GROWN, SHORT):
            other = signed(log.checkpoint, Signing(ORIGIN, b"x"))
            assert served.ask(request(log, 0, other)).status == 403
        assert served.ask(request(FORK, 20)).status == 422, "told once"
        assert served.ask(request(SHORT)).status == 409
        assert served.ask(request(GROWN, 21)).status == 400
        assert served.ask(b"").status == 400
        newest = served.ask(b"", f"/checkpoint/{ORIGIN}", "GET")
        assert Note.parse(newest.text.encode()).signed_by([LOG.key, served.key])[1:]
        assert newest.text.startswith(f"{ORIGIN}\n20\n")
        assert served.ask(b"", "/checkpoint/other", "GET").status == 404
        assert served.ask(b"", ADD, "GET").status == 405
        assert served.ask(b"", "/checkpoint/x", "PUT").status == 405
        assert served.ask(b"", "/", "GET").status == 404
    told = [json.loads(line) for line in Path(f"{home}.log").read_text().splitlines()]
    events_told = [(each["event"], each["status"]) for each in told]
    assert events_told == [
        ("refused", 409),
        ("fork refused", 422),
        ("fork refused", 409),
        ("another key signed", 403),
        ("shorter than what was cosigned", 409),
        ("refused", 400),
    ]
    assert told[1]["note"] == FORK.note.encode().decode(), "what proves two histories"
    assert "PRIVATE" not in Path(f"{home}.log").read_text()


def test_a_witness_goes_on_after_kill_9(home: Path) -> None:
    with witnessing(home, LOG.key.text) as served:
        assert served.ask(request(SHORT)).status == 200
        served.process.kill()
        served.process.wait()
    with witnessing(home, LOG.key.text) as again:
        assert again.key == served.key
        assert again.ask(request(FORK)).text == "8\n"
        assert again.ask(request(GROWN, 8)).status == 200


def test_two_witnesses_of_one_home_never_both_go_on(home: Path) -> None:
    with (
        witnessing(home, LOG.key.text) as first,
        witnessing(home, LOG.key.text) as second,
        ThreadPoolExecutor(2) as pool,
    ):
        assert first.ask(request(SHORT)).status == 200
        old, here = 8, list(events(8))
        for number in range(12):
            forks = [Log([*here, *events(1000 * (number + 1) + n)[-n:]]) for n in (3, 4)]
            asks = [
                pool.submit(served.ask, request(fork, old))
                for served, fork in zip((first, second), forks, strict=True)
            ]
            statuses = [each.result().status for each in asks]
            assert sorted(statuses) == [200, 409]
            won = forks[statuses.index(200)]
            old, here = won.frontier.size, won.leaves


@pytest.fixture
def application(witness: Witness) -> WitnessApplication:
    return WitnessApplication(witness)


def test_a_body_in_parts_is_read_up_to_the_longest_request(
    application: WitnessApplication,
) -> None:
    body = request(SHORT)
    assert asyncio.run(asked(application, "POST", ADD, body[:9], body[9:])).status == 200
    half = b"x" * (MOST_REQUEST_BYTES // 2)
    assert asyncio.run(asked(application, "POST", ADD, half, half)).status == 400
    assert asyncio.run(asked(application, "POST", ADD, half, half, b"x")).status == 413


def test_a_body_that_drips_is_cut_off(
    application: WitnessApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_BODY_SECONDS", 0.05)
    sent: list[dict[str, Any]] = []
    parts = [b"o", b"l", b"d"]

    async def receive() -> dict[str, object]:
        if not parts:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": parts.pop(), "more_body": True}

    async def send(message: object) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "raw_path": b"/add-checkpoint"}
    asyncio.run(application(scope, receive, send))
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]


def test_a_client_that_leaves_gets_nothing(application: WitnessApplication, home: Path) -> None:
    sent = []

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "raw_path": b"/add-checkpoint"}
    asyncio.run(application(scope, receive, sent.append))
    asyncio.run(application({"type": "lifespan"}, receive, sent.append))
    assert sent == []
    assert not list((home / "witnessed").iterdir())


def test_a_full_disk_or_a_damaged_memory_is_503(
    application: WitnessApplication, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "witnessed").rename(home / "elsewhere")
    done = asyncio.run(asked(application, "POST", ADD, request(SHORT)))
    assert (done.status, done.text) == (503, "the witness cannot use its memory\n")
    (home / "elsewhere").rename(home / "witnessed")
    assert asyncio.run(asked(application, "POST", ADD, request(SHORT))).status == 200
    (file,) = (home / "witnessed").iterdir()
    file.write_bytes(b"x")
    assert asyncio.run(asked(application, "GET", f"/checkpoint/{ORIGIN}")).status == 503


def test_slow_and_idle_connections_hold_up_no_other(home: Path) -> None:
    with witnessing(home, LOG.key.text) as served:
        slow = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(300)]
        for each in slow[:150]:
            each.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\no")
        assert served.ask(request(SHORT)).status == 200
        tls = socket.create_connection(("127.0.0.1", served.port))
        tls.sendall(b"\x16\x03\x01\x00\x05hello")
        with suppress(ConnectionResetError):
            assert tls.recv(100) == b"", "a witness speaks no TLS"
        proxied = served.ask(b"", "http://ram.aliyuncs.com/", "GET")
        assert proxied.status == 403
        for each in (*slow, tls):
            each.close()
    assert "Traceback" not in Path(f"{home}.log").read_text()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--log-key", "x"), "no verifier key"),
        (("--log-key", WITNESS.key.text), "the key of a witness, not of a log"),
        (("--log-key", LOG.key.text, "--listen", "8490"), "give HOST:PORT"),
        (("--log-key", LOG.key.text, "--listen", "a:99999"), "give HOST:PORT"),
        (("--log-key", ""), "name the logs to cosign"),
        ((), "--log-key"),
    ],
)
def test_bad_input_has_status_3(home: Path, words: tuple[str, ...], text: str) -> None:
    done = juyong("audit", "witness", "--home", home, *words)
    assert (done.status, done.out) == (3, "")
    assert text in done.err
    assert not (home / "witness-key").exists()


def test_a_port_that_is_taken_is_said(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        words = ["audit", "witness", "--home", home, "--log-key", LOG.key.text, "--listen", listen]
        done = subprocess.run([*START, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"cannot listen on {listen}" in done.stderr


def test_keys_come_from_files_too(home: Path, tmp_path: Path) -> None:
    other = Signing("other.test/log", b"o")
    file = tmp_path / "keys"
    file.write_text(f"{LOG.key.text}\n\n{other.key.text}\n")
    with witnessing(home, str(file)) as served:
        assert served.ask(request(SHORT)).status == 200


def test_the_key_is_printed_and_made_once(home: Path) -> None:
    first = juyong("audit", "witness-key", "--home", home, "--name", "witness.test/w1")
    assert (first.status, first.out.split("+")[0]) == (0, "witness.test/w1")
    assert juyong("audit", "witness-key", "--home", home).out == first.out
    assert juyong("audit", "witness-key", "--home", home, "--name", "x").status == 3
    assert witness_at(home).key.text == first.out.strip()
