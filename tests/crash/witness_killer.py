"""Kill a witness that cosigns; it must know all it told, and go on from nothing else.

Usage: python witness_killer.py HOME ROUNDS SEED

Each round two children of one home cosign a growing log, tell each size they cosigned through a
pipe, and are killed by SIGKILL at a random moment. Then a fork that begins before the newest size
told must be refused, and the log itself go on.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

from tests.ledger_logs import LOG, ORIGIN, Log, event_leaf, events

from juyong.app.home import open_home
from juyong.app.witness.keeping import Witness
from juyong.base.clock import system_clock
from juyong.engines.ledger import Checkpoint, Note, Request, prove_consistency

_MOST = 100_000
_CHILDREN = 2


def witness_at(home: Path) -> Witness:
    return Witness(open_home(home), [LOG.key], system_clock)


def request(log: Log, old: int) -> bytes:
    proof = prove_consistency(log.tiles.read, old, log.frontier.size)
    return Request(old, tuple(proof), log.note, log.checkpoint).encode()


def work(home: Path, pipe: int, size: int) -> None:
    """Grow the log by a leaf at a time, and tell each size, until killed."""
    witness, log = witness_at(home), Log(events(size))
    while log.frontier.size < _MOST:
        old = log.frontier.size
        log.append([event_leaf(old)])
        said = witness.add(request(log, old))
        if said.status == 200:
            os.write(pipe, log.frontier.size.to_bytes(8))
        else:
            # The other child was faster: go on from the size that it reached.
            assert said.status == 409, said
            reached = int(said.text)
            log.append(event_leaf(n) for n in range(log.frontier.size, reached))
            if log.frontier.size > reached:
                log = Log(events(reached))


def newest(witness: Witness) -> int:
    note = witness.newest(ORIGIN)
    return 0 if note is None else Checkpoint.parse(Note.parse(note).text).size


def killed_round(home: Path, size: int, seconds: float) -> list[int]:
    """Let children work and kill them; returns what they told."""
    reads, writes = os.pipe()
    children = []
    for _ in range(_CHILDREN):
        child = os.fork()
        if child == 0:
            os.close(reads)
            try:
                work(home, writes, size)
            finally:
                os._exit(1)
        children.append(child)
    os.close(writes)
    time.sleep(seconds)
    for child in children:
        os.kill(child, signal.SIGKILL)
    for child in children:
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"a child ended by itself: {status}"
    with os.fdopen(reads, "rb") as told:
        data = told.read()
    return [int.from_bytes(data[at : at + 8]) for at in range(0, len(data), 8)]


def main(home: Path, rounds: int, seed: int) -> None:
    """Run rounds; print what they saw."""
    draw = random.Random(seed)  # noqa: S311  # reproducible on purpose
    size, cosigned, unsaid = 0, 0, 0
    for _ in range(rounds):
        told = killed_round(home, size, draw.uniform(0.05, 0.3))
        assert len(told) == len(set(told)), "one size was cosigned twice"
        witness = witness_at(home)
        size, last = newest(witness), max(told, default=size)
        assert size >= last, f"{last} was told, and {size} is remembered"
        cosigned += len(told)
        unsaid += size > last
        if size > 1:
            fork = Log([event_leaf(10**9), *events(size + 3)[1:]])
            assert witness.add(request(fork, size)).status == 422
            for old in {0, size - 1, last - 1} - {size}:
                assert witness.add(request(fork, old)).status == 409
    print(f"{rounds} kills, {cosigned} cosigned, {unsaid} after the last told")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
