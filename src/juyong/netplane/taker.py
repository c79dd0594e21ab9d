"""Copies of trees for snapshots, all of one moment, while the machines run on."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from juyong.netplane import messages as m
from juyong.netplane.client import Helper
from juyong.netplane.desired import NotTaken, TreeAsked
from juyong.netplane.trees import Trees

MOST_SECONDS = 5.0
"""How long an instance may stand still; a snapshot that takes longer fails."""
STOP_SECONDS = 2.0
"""Of those, the part in which all its processes must have stopped."""
_MOST_TOLD = 4096


class Taker:
    """Makes the copies of one plane; may be called by any thread.

    helper: Returns the one that runs, or raises OSError.
    """

    def __init__(self, trees: Trees, helper: Callable[[], Helper]) -> None:
        self._trees, self._helper = trees, helper
        self._again: deque[str] = deque()

    @contextmanager
    def copies(self, asked: Mapping[str, TreeAsked]) -> Iterator[Mapping[str, Path]]:
        """Hold copies of trees, by the snapshot; they are plain, and go at the end.

        Raises:
            NotTaken: as named.
            OSError: the machines do not stand, or do not within the time, or the host has no room.
        """
        with self._trees.room(asked) as places:
            folders = {
                str(self._trees.path(asked[each].tree).absolute()): str(place.absolute())
                for each, place in places.items()
            }
            machines = {each.machine_id: None for each in asked.values()}
            self._taken(tuple(machines), folders)
            yield places

    def stream(self, copy: Path) -> Iterator[bytes]:
        """Yield a copy as a stream, as of a tree.

        Raises:
            OSError: the system refuses a part of it.
        """
        return self._trees.stream_of(copy)

    def ask_again(self, snapshots: Mapping[str, TreeAsked]) -> None:
        """Have snapshots told once more, as long as they are asked for."""
        self._again.extend(snapshots)

    def wanted_again(self) -> frozenset[str]:
        """Return the snapshots to tell once more, once."""
        return frozenset(self._again.popleft() for _ in range(len(self._again)))

    def _taken(self, machines: tuple[str, ...], folders: Mapping[str, str]) -> None:
        hear, told = os.pipe2(os.O_CLOEXEC)
        try:
            try:
                helper = self._helper()
                asked = m.Take(
                    number=helper.number(),
                    machines=machines,
                    folders=folders,
                    seconds=MOST_SECONDS,
                    stop_seconds=STOP_SECONDS,
                )
                helper.ask(asked, (told,))
            except OSError as gone:
                raise NotTaken(str(gone)) from gone
            finally:
                os.close(told)
                # The pipe ends once nothing writes into the copies any more.
                said = _read_all(hear)
        finally:
            os.close(hear)
        if not said:
            raise NotTaken("the process that copies was killed")
        stood = m.stood.decode(said)
        if stood.refused:
            raise OSError(stood.refused)


def _read_all(pipe: int) -> bytes:
    """Read to the end of a pipe."""
    found = bytearray()
    while part := os.read(pipe, _MOST_TOLD):
        found += part
    return bytes(found)
