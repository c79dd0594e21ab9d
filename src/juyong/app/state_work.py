"""The operator's acts on the state of a home as a whole: snapshots, backups, checks.

Every command opens the state itself and works while a server runs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from juyong.api.command import BadInput, OperatorError
from juyong.app.operator import ask_passphrase, home_at
from juyong.app.settings import load_settings
from juyong.app.state import (
    BadArchive,
    BadSnapshotName,
    FileMissing,
    NoSnapshot,
    SnapshotExists,
    State,
    state_at,
)
from juyong.base.clock import system_clock
from juyong.store.errors import StoreError
from juyong.store.queue import dead_items, hasten


def retry_work(state: State) -> int:
    """Make work that was given up due again; returns how many items that were."""
    dead = state.transact(lambda tx: [(item.kind, item.key) for item in dead_items(tx)])
    for kind, key in dead:
        state.transact(partial(hasten, kind=kind, key=key, now=system_clock()))
    return len(dead)


@contextmanager
def state_opened(path: Path) -> Iterator[State]:
    """Open the state of a home that was started at least once, for work on the whole of it.

    Raises:
        OperatorError: it never was, or the work in the block cannot be done.
        BadInput: the block is about a file that is not there, or a name that cannot be one.
    """
    home = home_at(path)
    try:
        yield state_at(home, load_settings(home.settings), ask_passphrase)
    except BadSnapshotName as refusal:
        raise BadInput(str(refusal)) from refusal
    except FileNotFoundError as refusal:
        raise BadInput(f"`{refusal.filename}`: {refusal.strerror}") from refusal
    except (BadArchive, FileMissing, NoSnapshot, SnapshotExists, OSError) as refusal:
        raise OperatorError(str(refusal)) from refusal
    except StoreError as failure:
        raise OperatorError(f"the store refuses: {failure}") from failure
