"""A witness of the log of the tests, and what that log sends."""

from pathlib import Path

import pytest
from tests.ledger_logs import LOG, Log, event_leaf, events
from tests.unit.app.state.conftest import NOW

from juyong.app.home import open_home
from juyong.app.witness.keeping import Witness
from juyong.engines.ledger import Note, Request, prove_consistency

GROWN, SHORT = Log(events(20)), Log(events(8))
FORK = Log([*events(3), event_leaf(99), *events(25)[4:]])
SAME_SIZE = Log([event_leaf(99), *events(20)[1:]])


def request(log: Log, old: int = 0, note: Note | None = None) -> bytes:
    size = log.frontier.size
    proof = prove_consistency(log.tiles.read, old, size) if old <= size else []
    return Request(old, tuple(proof), note or log.note, log.checkpoint).encode()


def witness_at(home: Path) -> Witness:
    return Witness(open_home(home), [LOG.key], lambda: NOW)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "w"


@pytest.fixture
def witness(home: Path) -> Witness:
    return witness_at(home)
