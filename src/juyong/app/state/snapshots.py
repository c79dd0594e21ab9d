"""Named archives in the home."""

import re
from dataclasses import dataclass
from pathlib import Path

from juyong.api.command import QUIET, Progress
from juyong.app.home import Home
from juyong.app.state.backup import backup
from juyong.app.state.restore import Restored, restore
from juyong.app.state.state import State
from juyong.base.clock import Instant

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SUFFIX = ".jyb"


class BadSnapshotName(ValueError):
    """Not 1 to 64 letters, digits, `.`, `_` or `-`, the first a letter or digit."""


class SnapshotExists(Exception):
    """The name is taken."""


class NoSnapshot(Exception):
    """There is none of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One snapshot."""

    name: str
    size_bytes: int
    created_at: Instant


def snapshot(
    state: State,
    name: str,
    *,
    replace: bool = False,
    now: Instant | None = None,
    progress: Progress = QUIET,
) -> Snapshot:
    """Keep the present state under a name.

    Raises:
        BadSnapshotName: the name cannot be a file name everywhere.
        SnapshotExists: it is taken and replace is False.
    """
    path = _path(state.home, name)
    if path.exists() and not replace:
        raise SnapshotExists(f"snapshot `{name}` exists")
    path.parent.mkdir(mode=0o700, exist_ok=True)
    backup(state, path, now=now, progress=progress)
    return _snapshot(path)


def restore_snapshot(state: State, name: str, *, progress: Progress = QUIET) -> Restored:
    """Return to a snapshot; see restore.

    Raises:
        BadSnapshotName, NoSnapshot: there is none of that name.
        BadArchive, Unavailable: as restore.
    """
    return restore(state, _existing(state.home, name), progress=progress)


def snapshots(home: Home) -> list[Snapshot]:
    """Return the snapshots of a home, oldest first."""
    found = [_snapshot(path) for path in home.snapshots.glob(f"[!.]*{_SUFFIX}")]
    return sorted(found, key=lambda s: (s.created_at, s.name))


def forget_snapshot(home: Home, name: str) -> None:
    """Delete a snapshot.

    Raises:
        BadSnapshotName, NoSnapshot: there is none of that name.
    """
    _existing(home, name).unlink()


def _path(home: Home, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise BadSnapshotName(
            f"`{name}` cannot name a snapshot: the name has letters, digits, dots and dashes"
        )
    return home.snapshots / f"{name}{_SUFFIX}"


def _existing(home: Home, name: str) -> Path:
    path = _path(home, name)
    if not path.exists():
        there = ", ".join(each.name for each in snapshots(home)) or "none"
        raise NoSnapshot(f"there is no snapshot `{name}`; there are: {there}")
    return path


def _snapshot(path: Path) -> Snapshot:
    status = path.stat()
    return Snapshot(
        name=path.name.removesuffix(_SUFFIX),
        size_bytes=status.st_size,
        created_at=Instant(int(status.st_mtime)),
    )
