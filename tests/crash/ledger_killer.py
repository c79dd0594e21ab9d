"""Kill a process that writes, sequences and expires events; each must be one leaf of the tree.

Usage: python ledger_killer.py HOME DATABASE ROUNDS SEED

Each round a child writes events, lets them become leaves on two threads and the oldest of them
expire on a third, and is killed by SIGKILL at a random moment. The tree is then computed without the
product's code, from the events and, where these expired, from the bundles.
"""

import contextlib
import os
import random
import signal
import sys
import threading
import time
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa
from tests.sequencing import sequence
from tests.unit.app.state.conftest import write_event

from juyong.app.platform import Running, database_url, open_platform
from juyong.app.settings import Settings
from juyong.audit.ledger import sequencing
from juyong.audit.ledger.expiring import expire
from juyong.audit.ledger.signing import LogSigner
from juyong.base.clock import DAY_SECONDS, Instant, system_clock
from juyong.services.identity.facade import NewAccount, account_named, create_account
from juyong.store.database import engine_of
from juyong.store.errors import Stale, StoreError

_SOONEST, _LATEST = 0.0, 0.6
_AT = Instant(1_800_000_000)
_EVENTS = (
    "SELECT seq, account_id, event_id, at, body, evidence, mac FROM actiontrail_event ORDER BY seq"
)


def work(home: Path, database: str, account: NewAccount, seed: int) -> None:
    """Write and sequence until killed."""
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    running = _opened(home, database)

    def keep_sequencing() -> None:
        while True:
            assert sequence(running) == []

    def keep_expiring() -> None:
        signer = LogSigner(running.keys["ledger"])
        now = Instant(_AT + 2 * DAY_SECONDS)
        while True:
            most = draw.randint(1, 60)
            with contextlib.suppress(Stale):
                running.store.call(
                    lambda tx, n=most: expire(tx, signer, days=1, up_to=1 << 60, now=now, most=n)
                )
            time.sleep(0.02)

    for each in (keep_sequencing, keep_sequencing, keep_expiring):
        threading.Thread(target=each, daemon=True).start()
    key = running.keys["audit"]
    while True:
        count = draw.randint(1, 40)
        running.store.call(
            lambda tx, n=count: [write_event(tx, account, key, "Call", _AT) for _ in range(n)]
        )


def _opened(home: Path, database: str) -> Running:
    return open_platform(home, settings=Settings(database=database))


def verify(url: str) -> tuple[int, int]:
    """Compare; returns how many events are leaves, and how many there are."""
    engine = engine_of(url)
    with contextlib.closing(engine.connect()) as connection:
        heads = list(
            connection.execute(sa.text("SELECT size, last_seq, checkpoint FROM audit_log"))
        )
        events = list(connection.execute(sa.text(_EVENTS)))
        bundles = connection.execute(sa.text("SELECT entries FROM audit_bundle ORDER BY number"))
        entries = b"".join(bytes(row[0]) for row in bundles)
    engine.dispose()
    if not heads:
        assert not entries
        return 0, len(events)
    ((size, last_seq, checkpoint),) = heads
    leaves = _split(entries)
    gone = _gone(leaves)
    kept = [leaf for leaf in leaves[gone:] if leaf[0] == 1]
    assert kept == [_leaf(*row[1:]) for row in events if row[0] <= last_seq]
    every = [leaf for leaf in leaves if leaf[0] == 1]
    assert len(set(every)) == len(every), "an event is twice in the log"
    assert len(leaves) == size
    _, signed_size, signed_root = checkpoint.split("\n")[:3]
    assert (int(signed_size), signed_root) == (size, b64encode(_root(leaves)).decode())
    return len(every), len(every) + len(events) - len(kept)


def _split(entries: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(entries):
        end = at + 2 + int.from_bytes(entries[at : at + 2])
        found.append(entries[at + 2 : end])
        at = end
    return found


def _gone(leaves: list[bytes]) -> int:
    """Return the index before which the log says that all events expired."""
    up_to, before = 0, 0
    for index, leaf in enumerate(leaves):
        if leaf[0] == 3:
            assert (int.from_bytes(leaf[17:25]), leaf[25:]) == (before, (1).to_bytes(4))
            assert up_to < int.from_bytes(leaf[9:17]) <= index
            up_to, before = int.from_bytes(leaf[9:17]), index
    return up_to


def _leaf(account: str, event_id: str, at: int, *rest: str) -> bytes:
    name = event_id.encode()
    digest = sha256("\x1f".join((account, event_id, *rest)).encode()).digest()
    return bytes((1, len(name))) + name + (at * 1000).to_bytes(8) + digest


def _root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, as it stands there."""
    if len(leaves) < 2:
        return sha256(b"\0" + leaves[0]).digest() if leaves else sha256(b"").digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\1" + _root(leaves[:split]) + _root(leaves[split:])).digest()


def main(home: Path, database: str, rounds: int, seed: int) -> None:
    """Run rounds; print what they saw."""
    sequencing.STEP_EVENTS = 64
    running = _opened(home, database)
    account = running.store.call(lambda tx: create_account(tx, "a", system_clock()))
    url = database_url(running.home, running.settings)
    running.close()
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    behind, leaves = 0, 0
    for number in range(rounds):
        child = os.fork()
        if child == 0:
            try:
                work(home, database, account, seed + number)
            except StoreError as failure:
                print(failure, file=sys.stderr)
            os._exit(1)
        time.sleep(0.3 + draw.uniform(_SOONEST, _LATEST))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"the child ended by itself: {status}"
        leaves, total = verify(url)
        behind += leaves < total
    running = _opened(home, database)
    assert running.store.call(lambda tx: account_named(tx, "a")) is not None
    assert sequence(running) == [], "the home no longer knows the log"
    running.close()
    leaves, total = verify(url)
    assert leaves == total
    print(f"{rounds} kills, {leaves} leaves, {behind} with events that were no leaves yet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
