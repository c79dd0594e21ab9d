"""HTTP on one connection to a witness: whole answers, and never a fork that is cosigned.

The bytes are a connection's, in two pieces. What the witness remembers afterwards is a checkpoint
that the log signed and that goes on from the one before.
"""

import asyncio
import atexit
import shutil
import tempfile
from pathlib import Path

from tests.fuzz.fuzz_front_http import Transport, checked
from tests.ledger_logs import LOG, ORIGIN, Log, event_leaf, events

from juyong.app.home import open_home
from juyong.app.witness.keeping import Witness
from juyong.app.witness.serving import LIMITS, WitnessApplication
from juyong.base.clock import Instant
from juyong.engines.ledger import Note, Request, prove_consistency
from juyong.front.hosts import AllowList
from juyong.front.pipeline import Today
from juyong.front.protocol import FrontProtocol, Served
from juyong.front.rules import ProxyRules
from juyong.gateway.holding import Room

_OLD, _GROWN = Log(events(8)), Log(events(20))
_FORK = Log([event_leaf(99), *events(20)[1:]])
_HONEST = {8: _OLD.checkpoint.text, 20: _GROWN.checkpoint.text}


def _posted(log: Log, old: int, lines: bytes = b"") -> bytes:
    proof = prove_consistency(log.tiles.read, old, log.frontier.size)
    body = Request(old, tuple(proof), log.note, log.checkpoint).encode()
    return b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n%bContent-Length: %d\r\n\r\n%b" % (
        lines,
        len(body),
        body,
    )


SEEDS: list[bytes] = [
    _posted(_GROWN, 8),
    _posted(_FORK, 8),
    _posted(_GROWN, 0, b"Expect: 100-continue\r\n"),
    _posted(_OLD, 8) + _posted(_GROWN, 8),
    _posted(_FORK, 20) + b"GET /checkpoint/juyong.test/log HTTP/1.1\r\nHost: w\r\n\r\n",
    b"GET /checkpoint/juyong.test%2Flog HTTP/1.1\r\n\r\nHEAD /checkpoint/x HTTP/1.0\r\n\r\n",
    b"POST /add-checkpoint HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nold 8\n\r\n0\r\n\r\n",
    b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 999999\r\n\r\nold 8\n",
    b"PUT /add-checkpoint HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    b"GET http://w/checkpoint/x HTTP/1.1\r\nHost: w\r\n\r\n",
    b"GET /checkpoint/%ff%00%0a HTTP/1.1\r\nHost: w\r\n\r\n",
]

_PLACE = Path(tempfile.mkdtemp(prefix="juyong-fuzz-witness-"))
atexit.register(shutil.rmtree, _PLACE, ignore_errors=True)
_WITNESS = Witness(open_home(_PLACE / "w"), [LOG.key], lambda: Instant(1_700_000_000))
assert _WITNESS.add(_posted(_OLD, 0).partition(b"\r\n\r\n")[2]).status == 200
(_FILE,) = (_PLACE / "w" / "witnessed").iterdir()
_BEGINNING = _FILE.read_bytes()
_APPLICATION = WitnessApplication(_WITNESS)


def target(data: bytes) -> None:
    """Serve a connection, and look at what is remembered."""
    if _FILE.read_bytes() != _BEGINNING:
        _FILE.write_bytes(_BEGINNING)
    asyncio.run(_serve(data))
    kept = _WITNESS.newest(ORIGIN)
    assert kept is not None
    note = Note.parse(kept)
    assert note.text in _HONEST.values(), "a fork was cosigned"
    assert [len(note.signed_by([key])) for key in (LOG.key, _WITNESS.key)] == [1, 1]


async def _serve(data: bytes) -> None:
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    served = Served(_APPLICATION, Room(LIMITS.held_bytes), date=Today(b"date: today\r\n"))
    rules = ProxyRules(
        enabled=False,
        beyond_loopback=False,
        allow=AllowList.of(()),
        also_allowed=tuple,
        is_own=lambda _: True,
    )
    connection = FrontProtocol(
        served,
        limits=LIMITS,
        rules=rules,
        over_loopback=True,
        forward=lambda _: _APPLICATION,
        on_lost=lambda: None,
    )
    transport = Transport()
    connection.connection_made(transport)
    half = len(data) // 2
    for piece in (data[:half], data[half:]):
        if piece and not transport.closed:
            connection.data_received(piece)
        await asyncio.sleep(0)
    # Requests that are whole are answered; the disk is waited for on threads.
    while served.tasks and not _arrives(connection):
        await asyncio.wait(served.tasks)
    connection.connection_lost(None)
    await asyncio.gather(*served.tasks)
    assert not served.connections
    assert served.room.held == 0
    assert not failures, failures
    checked(transport.written)


def _arrives(connection: FrontProtocol) -> bool:
    """Tell whether the request that is answered waits for more of its body."""
    running = connection._pipeline.running
    return running is not None and running.more_body
