"""Commands that are part of the desired state: each is run once, whatever ends in between.

A command is held and told as begun; it starts when the desired state says that the store knows. So
a command that the store says was begun, and that is not held, was begun by a plane that ended: it
is told as failed and never run again.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence

from juyong.netplane.client import Helper
from juyong.netplane.commands import Finished, finish
from juyong.netplane.desired import Command, CommandBegun, CommandEnded, CommandFailed

MOST_KEPT = 24 * 1024
"""Bytes of output of one command that are told."""
_AT_ONCE = 32
_GLANCE_SECONDS = 10.0
Told = CommandBegun | CommandEnded | CommandFailed


class _Running:
    """A command that waits for a thread, or has one."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.job: int | None = None
        self.unwanted = False


class Once:
    """The commands of one life of a plane; `converge` is called by one thread at a time.

    knock: Called by any thread when there is something to take.
    """

    def __init__(self, helper: Helper, knock: Callable[[], None]) -> None:
        self._helper, self._knock = helper, knock
        self._lock = threading.Lock()
        self._held: dict[str, Command] = {}
        self._running: dict[str, _Running] = {}
        self._ended: set[str] = set()
        self._queue: deque[_Running] = deque()
        self._threads = 0
        self._told: deque[Told] = deque()

    def take(self) -> list[Told]:
        """Return what happened since the last call, in its order."""
        found: list[Told] = []
        while self._told:
            found.append(self._told.popleft())
        return found

    def converge(self, commands: Sequence[Command]) -> None:
        """Hold commands that are new, start those that were begun, and kill the others."""
        wanted = {each.id: each for each in commands}
        for command in commands:
            self._want(command)
        with self._lock:
            unwanted = [one for name, one in self._running.items() if name not in wanted]
            for one in unwanted:
                one.unwanted = True
            self._held = {name: one for name, one in self._held.items() if name in wanted}
            self._ended &= wanted.keys()
        for one in unwanted:
            self._kill(one)

    def _want(self, command: Command) -> None:
        with self._lock:
            if command.id in self._running or command.id in self._ended:
                return
            held = self._held.pop(command.id, None) if command.begun else None
            if held is not None:
                self._start(_Running(held))
                return
            if not command.begun:
                if command.id in self._held:
                    return
                self._held[command.id] = command
            else:
                self._ended.add(command.id)
        lost = CommandFailed(id=command.id)
        self._tell(lost if command.begun else CommandBegun(id=command.id))

    def _start(self, one: _Running) -> None:
        self._running[one.command.id] = one
        self._queue.append(one)
        if self._threads < _AT_ONCE:
            self._threads += 1
            threading.Thread(target=self._work, name="netplane-command", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._threads -= 1
                    return
                one = self._queue.popleft()
            told = None if one.unwanted else self._run(one)
            with self._lock:
                self._running.pop(one.command.id, None)
                self._ended.add(one.command.id)
            if told is not None and not one.unwanted:
                self._tell(told)

    def _run(self, one: _Running) -> Told | None:
        """Run a command; None when the helper ended: its next life reports the command's end."""
        command = one.command
        try:
            looked = finish(
                *(self._helper, command.machine_id, ("test", "-d", command.directory)),
                *(_GLANCE_SECONDS, b""),
            )
            if looked.code != 0:
                return CommandFailed(id=command.id, no_directory=True)
            done = finish(
                *(self._helper, command.machine_id, command.argv),
                *(command.timeout_s, command.stdin),
                started=lambda job: self._note_job(one, job),
            )
        except OSError:
            return None if self._helper.ended.is_set() else CommandFailed(id=command.id)
        return _ended(command.id, done)

    def _note_job(self, one: _Running, job: int) -> None:
        with self._lock:
            one.job = job
            unwanted = one.unwanted
        if unwanted:
            self._kill(one)

    def _kill(self, one: _Running) -> None:
        if one.job is not None:
            self._helper.kill_job(one.job)

    def _tell(self, told: Told) -> None:
        self._told.append(told)
        self._knock()


def _ended(command_id: str, done: Finished) -> CommandEnded:
    kept = done.output[:MOST_KEPT]
    return CommandEnded(
        id=command_id,
        code=done.code,
        output=kept,
        dropped=done.dropped + len(done.output) - len(kept),
        timed_out=done.timed_out,
    )
