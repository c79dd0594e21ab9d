"""A process that does the worker's rounds over a home, to be told, raced and killed."""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

_PROGRAM = Path(__file__).with_name("housekeeping.py")
_STOP_SECONDS = 15
_PAUSE_SECONDS = 0.05


class Gone(Exception):
    """The process ended before it answered."""


@dataclass
class Housekeeper:
    """One such process; several may share a home with each other and with servers."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[str] | None" = None
    answered: int = 0

    def start(self) -> Self:
        """Start it, also after it was killed."""
        self.stop()
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(_PROGRAM), str(self.home)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **self.environment},
                text=True,
            )
        return self

    @property
    def log(self) -> Path:
        """Where it writes what goes wrong with it."""
        return self.home.parent / f"{self.home.name}-housekeeper.log"

    def tell(self, word: str) -> str:
        """Have it do something; returns what failed of it, empty for nothing.

        Raises:
            Gone: it was killed meanwhile.
        """
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(f"{word}\n")
            self.process.stdin.flush()
        except OSError as ended:
            raise Gone(self.log.read_text()) from ended
        answer = self.process.stdout.readline().strip()
        if not answer:
            raise Gone(self.log.read_text())
        self.answered += 1
        return "" if answer == "ok" else answer

    def done(self, *words: str) -> None:
        """Have it do several things, all of which must go through."""
        for word in words:
            failed = self.tell(word)
            assert not failed, f"{word}: {failed}"

    def keep_at_it(self) -> threading.Thread:
        """Let every date come again and again, and do what is due, until it is killed."""

        def work() -> None:
            try:
                while True:
                    self.tell("due")
                    self.tell("round")
                    time.sleep(_PAUSE_SECONDS)
            except Gone:
                return

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    def kill(self) -> None:
        """Kill it as the kernel would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """Let it end."""
        if self.process is None:
            return
        self._close_pipes(self.process)
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    @staticmethod
    def _close_pipes(process: "subprocess.Popen[str]") -> None:
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with suppress(BrokenPipeError):
                pipe.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
