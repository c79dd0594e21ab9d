"""Kill a process that calls, merges and sums up uses; the sums must stay a recount of the events.

Usage: python use_killer.py HOME ROUNDS SEED

Each round a child serves reads and writes on the home, folds events on a thread as it goes, and is
killed by SIGKILL at a random moment. The database is then read without the product's code.
"""

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
import threading
import time
from contextlib import closing
from itertools import count
from pathlib import Path

from tests.model.uses import Key, recount
from tests.unit.gateway.platforms import Caller, caller_of, platform, serve

from juyong.app.platform import Running
from juyong.audit.use_folding import fold
from juyong.base.ids import AccessKeyId, AccountId
from juyong.base.secret import Secret
from juyong.services.identity.facade import NewAccount
from juyong.store.merging import Merger  # noqa: F401  # loaded before children are made

_SOONEST, _LATEST = 0.0, 0.7
ACTIONS = ("GetUser", "GetUser", "CreateUser", "DeleteUser", "ListUsers")
_HOW_MANY = (
    "SELECT (SELECT count(*) FROM main.actiontrail_event) + (SELECT count(*)"
    " FROM intake.actiontrail_event WHERE seq > coalesce((SELECT seq FROM store_intake), 0))"
)


def work(home: Path, seed: int) -> None:
    """Call and fold until killed."""
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    with platform(home) as running:
        caller = _caller(home)

        def keep_folding() -> None:
            while True:
                running.store.call(lambda tx: fold(tx, _newest(home)))
                time.sleep(draw.uniform(0, 0.01))

        for _ in range(2):
            threading.Thread(target=keep_folding, daemon=True).start()
        asyncio.run(_call(home, running, caller, draw))


async def _call(
    home: Path, running: Running, caller: Caller, draw: random.Random, times: int | None = None
) -> None:
    """Call and note each answer, for ever or some times."""
    with (home / "acknowledged").open("a") as acknowledged:
        for number in count() if times is None else range(times):
            action = ACTIONS[number] if number < len(ACTIONS) else draw.choice(ACTIONS)
            params = {} if action == "ListUsers" else {"UserName": f"u{draw.randrange(8)}"}
            reply = await serve(running, caller.request(action, **params))
            acknowledged.write(f"{reply.request_id}\n")
            acknowledged.flush()


def _newest(home: Path) -> int:
    """Return the number of the newest event: on SQLite none appears before it any more."""
    with closing(sqlite3.connect(home / "juyong.db")) as raw:
        return int(raw.execute("SELECT coalesce(max(seq), 0) FROM actiontrail_event").fetchone()[0])


def _caller(home: Path) -> Caller:
    known = json.loads((home / "caller").read_text())
    return Caller(
        NewAccount(
            account_id=AccountId(known["account"]),
            account_name="a",
            user_name="administrator",
            access_key_id=AccessKeyId(known["key"]),
            secret=Secret(known["secret"]),
        )
    )


def _wait_for_calls(home: Path, child: int) -> None:
    """Return when the child has answered a call."""
    path, before = home / "acknowledged", _size(home / "acknowledged")
    while _size(path) == before:
        assert os.waitpid(child, os.WNOHANG) == (0, 0), "the child ended by itself"
        time.sleep(0.005)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def verify(home: Path) -> tuple[int, int]:
    """Compare; returns how many events are summed up, and how many there are."""
    with closing(sqlite3.connect(home / "juyong.db")) as raw:
        place = raw.execute("SELECT seq FROM audit_use_position").fetchone() or (0,)
        query = "SELECT at, body, evidence FROM actiontrail_event WHERE seq <= ? ORDER BY seq"
        events = raw.execute(query, place).fetchall()
        raw.execute("ATTACH ? AS intake", (str(home / "juyong-intake.db"),))
        (total,) = raw.execute(_HOW_MANY).fetchone()
        rows = raw.execute(
            "SELECT account_id, principal_id, access_key_id, service_name, action, outcome,"
            " resource, first_at, last_at, count FROM audit_use"
        ).fetchall()
    stored: dict[Key, tuple[int, int, int]] = {tuple(row[:7]): tuple(row[7:]) for row in rows}
    assert stored == recount(events)
    return len(events), total


def main(home: Path, rounds: int, seed: int) -> None:
    """Run rounds; print what they saw."""
    with platform(home) as running:
        made = caller_of(running).account
        known = {
            "account": made.account_id,
            "key": made.access_key_id,
            "secret": made.secret.reveal(),
        }
        (home / "caller").write_text(json.dumps(known))
        draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
        # What a first call imports, children have from here.
        asyncio.run(_call(home, running, _caller(home), draw, len(ACTIONS)))
        while running.store.call(lambda tx: fold(tx, _newest(home))):
            pass
    behind = 0
    for number in range(rounds):
        child = os.fork()
        if child == 0:
            work(home, seed + number)
            os._exit(1)
        _wait_for_calls(home, child)
        time.sleep(draw.uniform(_SOONEST, _LATEST))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"the child ended by itself: {status}"
        folded, total = verify(home)
        behind += folded < total
    with platform(home) as running:
        running.store.settle()
        while running.store.call(lambda tx: fold(tx, _newest(home))):
            pass
    folded, total = verify(home)
    assert folded == total
    answered = (home / "acknowledged").read_text().split()
    with closing(sqlite3.connect(home / "juyong.db")) as raw:
        query = "SELECT event_id FROM actiontrail_event WHERE access_key_id = ?"
        found = [row[0] for row in raw.execute(query, (known["key"],))]
    assert len(found) == len(set(found))
    assert set(answered) <= set(found)
    assert len(found) - len(answered) <= rounds, "events of calls that were not made"
    print(f"{rounds} kills, {len(answered)} calls, {behind} with events not yet summed up")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
