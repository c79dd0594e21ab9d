"""A file layer that knows what a power cut leaves of a folder, and cuts the power at a step.

What the process does with files of the folder goes to the disk as ever. Beside that is noted what of
it fsync made durable: bytes of a file with an fsync of the file, names in a folder with an fsync of
the folder. Everything else may be there after the cut or not, each name and each byte by itself, as
the file system likes; in half of the cuts none of it is there.
"""

import os
import signal
import stat
import sys
import threading
from pathlib import Path
from random import Random
from typing import Any

_STEPS = ("open", "os.rename", "os.remove", "os.mkdir")
"""Audit events that are steps where they touch the folder; writes and fsyncs have no events."""
_WRITES = os.O_WRONLY | os.O_RDWR
_EVEN = 0.5
_fsync, _write, _open = os.fsync, os.write, os.open
Names = dict[str, int]
"""Names in a folder, each with the inode that it stands for."""


class ForgetfulFolder:
    """Watches a folder of a process that is there for nothing else, and that dies at the cut.

    Args:
        top: A folder that is durable itself.
        name: Of the folder in it that is watched, whether it exists or not.
        image: Where to write, at the cut, what is left of the watched folder.
        steps: How many steps the power lasts.
        draw: Decides what of the rest is left.
        deaf: The fsyncs that make nothing durable, to see that their absence shows: `files`,
            `folders`, or empty for none.
    """

    def __init__(
        self, top: Path, name: str, image: Path, *, steps: int, draw: Random, deaf: str = ""
    ) -> None:
        self._top, self._watched, self._image = top.resolve(), top.resolve() / name, image
        self._left, self._draw, self._deaf = steps, draw, deaf
        self._loses_all = draw.random() < _EVEN
        self._lock = threading.RLock()
        self._names: dict[int, Names] = {}
        self._lengths: dict[int, int] = {}
        self._held: dict[int, int] = {}
        self._over = False

    def watch(self) -> None:
        """Begin; what is there now is durable."""
        for path in (self._top, *self._watched.rglob("*")):
            descriptor = _open(path, os.O_RDONLY)
            self._note(descriptor)
            os.close(descriptor)
        os.fsync, os.write = self._sync, self._writing  # type: ignore[assignment]
        sys.addaudithook(self._heard)

    def step(self) -> None:
        """Do one more thing, or die: the power is cut."""
        with self._lock:
            if self._over:
                return
            if self._left == 0:
                self._over = True
                self._image.mkdir()
                root = self._after(self._top, self._names.get(self._top.stat().st_ino, {}))
                if self._watched.name in root:
                    self._leave(root[self._watched.name], self._watched, self._image)
                os.kill(os.getpid(), signal.SIGKILL)
            self._left -= 1

    # --- what the process does ---

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _STEPS and isinstance(arguments[0], str | Path):
            changes = event != "open" or (arguments[2] or 0) & _WRITES
            if changes and str(arguments[0]).startswith(str(self._watched)):
                self.step()

    def _writing(self, descriptor: int, data: Any) -> int:
        if _place_of(descriptor).is_relative_to(self._watched):
            self.step()
        return _write(descriptor, data)

    def _sync(self, descriptor: int) -> None:
        """Note what is durable now; nothing is waited for, since the machine itself goes on."""
        place = _place_of(descriptor)
        if place != self._top and not place.is_relative_to(self._watched):
            _fsync(descriptor)
            return
        self.step()
        with self._lock:
            is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
            if self._deaf != ("folders" if is_folder else "files"):
                self._note(descriptor)

    def _note(self, descriptor: int) -> None:
        """Note that what a file or a folder holds is durable."""
        found = os.fstat(descriptor)
        if not stat.S_ISDIR(found.st_mode):
            self._lengths[found.st_ino] = found.st_size
            return
        place = _place_of(descriptor)
        self._names[found.st_ino] = _names_in(place)
        for each in place.iterdir():
            if place != self._top or each == self._watched:
                self._hold(each)

    def _hold(self, path: Path) -> None:
        """Keep a file open, so that its bytes stay and its inode is not given to another one."""
        number = path.stat().st_ino
        if number not in self._held:
            self._held[number] = _open(path, os.O_RDONLY)

    # --- what is left ---

    def _leave(self, number: int, now: Path | None, image: Path) -> None:
        """Write what is left of a folder."""
        names = self._after(now, self._names.get(number, {}))
        for name, inode in names.items():
            path = now / name if now is not None else None
            if path is not None and (not path.exists() or path.stat().st_ino != inode):
                path = None  # the name stands for something else now, or for nothing
            source = self._held.get(inode)
            if path is not None and path.is_dir():
                (image / name).mkdir()
                self._leave(inode, path, image / name)
            elif source is not None or path is not None:
                content = _content(source, path)
                (image / name).write_bytes(self._bytes_left(inode, content))

    def _after(self, now: Path | None, durable: Names) -> Names:
        """Return the names that are left of a folder."""
        there = _names_in(now) if now is not None else {}
        left = {}
        for name in sorted({*durable, *there}):
            found = durable.get(name) if self._forgets() else there.get(name)
            if found is not None:
                left[name] = found
        return left

    def _bytes_left(self, inode: int, content: bytes) -> bytes:
        durable = self._lengths.get(inode, 0)
        if durable == len(content) or self._forgets():
            return content[:durable]
        # The length may be there before the bytes are.
        length = self._draw.randint(durable, len(content))
        rest = content[durable:length] if self._draw.random() < _EVEN else bytes(length - durable)
        return content[:durable] + rest

    def _forgets(self) -> bool:
        """Tell whether something that is not durable is lost."""
        return self._loses_all or self._draw.random() < _EVEN


def _place_of(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()


def _names_in(folder: Path) -> Names:
    return {each.name: each.inode() for each in os.scandir(folder)} if folder.is_dir() else {}


def _content(descriptor: int | None, path: Path | None) -> bytes:
    if descriptor is None:
        assert path is not None
        return path.read_bytes()
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
