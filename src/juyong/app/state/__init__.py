"""The state as a whole: back it up, put it back, reset it, prove it sound.

    state = state_at(home, settings)
    backup(state, Path("monday.jyb"))
    findings = check(state)

Every function works on SQLite and on PostgreSQL, and while servers run on the same database.
"""

from juyong.app.anchor import HomeAnchor
from juyong.app.state.archive_format import BadArchive, DamagedArchive, OtherKey, OtherRevision
from juyong.app.state.archive_reader import Archive
from juyong.app.state.backup import backup
from juyong.app.state.check import check
from juyong.app.state.files import FileMissing
from juyong.app.state.reset import reset
from juyong.app.state.restore import Restored, restore
from juyong.app.state.snapshots import (
    BadSnapshotName,
    NoSnapshot,
    Snapshot,
    SnapshotExists,
    forget_snapshot,
    restore_snapshot,
    snapshot,
    snapshots,
)
from juyong.app.state.state import State, state_at, state_of

__all__ = [
    "Archive",
    "BadArchive",
    "BadSnapshotName",
    "DamagedArchive",
    "FileMissing",
    "HomeAnchor",
    "NoSnapshot",
    "OtherKey",
    "OtherRevision",
    "Restored",
    "Snapshot",
    "SnapshotExists",
    "State",
    "backup",
    "check",
    "forget_snapshot",
    "reset",
    "restore",
    "restore_snapshot",
    "snapshot",
    "snapshots",
    "state_at",
    "state_of",
]
