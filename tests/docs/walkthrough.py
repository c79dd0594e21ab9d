"""Run a page of the documentation as a reader would, and compare what it shows with what happens.

In a page, a block `file=NAME` is a file the reader saves; a `console` block is a terminal: lines
that begin with `$ ` are commands, the lines under one are its output, and `…` at the end of a line
stands for anything. `make serve` starts a server on free ports, `juyong audit witness` a witness on a port that stands for 8490; all other commands go to a shell. What differs
from run to run (ids, times, ports, the home) is the same on both sides before they are compared.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(\w*)[ \t]*(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"\bfile=(\S+)")
_SERVE = re.compile(r"make serve|juyong serve")
_WITNESS = re.compile(r"juyong audit witness ")
_WITNESS_PORT = "127.0.0.1:8490"
_STARTED = re.compile(r"^(use it|sealed):", re.MULTILINE)
_SECONDS = 180
_KEPT = ("LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH")
_ANYTHING = re.compile(r"…(?=\\\n|$)")
_CHANGING = (
    (re.compile(r"(https?://)?127\.0\.0\.1:\d+"), "<address>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?"), "<time>"),
    (re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}"), "<request>"),
    (re.compile(r"(LTAI5t|STS\.N)\w+"), "<key>"),
    (re.compile(r"\b\d{15,18}\b"), "<id>"),
    (re.compile(r"\b(i|sg|sgr|eni|vsw|vtb|eip)-[a-z0-9]{17}\b"), r"<\1>"),
    (re.compile(r"\b198\.18\.\d+\.\d+|\b198\.19\.\d+\.\d+"), "<public>"),
)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    language: str
    attributes: str
    text: str

    @property
    def file(self) -> str | None:
        """The name to save it under."""
        found = _FILE.search(self.attributes)
        return found[1] if found else None


@dataclass(frozen=True, slots=True)
class Step:
    """One command with the output that the page shows."""

    command: str
    output: str


def blocks_of(page: Path) -> list[Block]:
    """Return a page's fenced blocks."""
    return [Block(*match.groups()) for match in _BLOCK.finditer(page.read_text())]


def steps_of(block: Block) -> list[Step]:
    """Split a console block at its prompts."""
    assert block.text.startswith("$ "), block.text
    steps = []
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        count = next(i for i, line in enumerate(lines) if not line.endswith("\\")) + 1
        steps.append(Step("\n".join(lines[:count]), "\n".join(lines[count:])))
    return steps


def save(block: Block, folder: Path) -> None:
    """Save a block under the name it carries."""
    assert block.file is not None
    path = folder / block.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text)


@dataclass
class Reader:
    """Somebody with a fresh home directory and two terminals, who follows a page."""

    desk: Path
    home: Path
    variables: Mapping[str, str]
    server: subprocess.Popen[str] | None = None
    witness: subprocess.Popen[str] | None = None
    witness_port: str = ""
    log: Path = field(init=False)
    behind: list[int] = field(default_factory=list)
    """The groups of commands that may have left a process in the background."""
    shown: str = ""
    """The output of the last command."""

    def __post_init__(self) -> None:
        self.log = self.desk.parent / "server.log"

    def follow(self, page: Path) -> int:
        """Do everything a page says; returns how many commands ran."""
        ran = 0
        for block in blocks_of(page):
            if block.file is not None:
                save(block, self.desk)
            elif block.language == "console":
                for step in steps_of(block):
                    shown = self._shown(step)
                    self.shown = shown
                    compare(page.name, step, self._same(shown), self._same(step.output))
                    ran += 1
        return ran

    def close(self) -> None:
        """Stop the server, the witness, and all that commands left behind."""
        for group in self.behind:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        for each in (self.server, self.witness):
            if each is not None and each.poll() is None:
                each.send_signal(signal.SIGTERM)
                each.wait(timeout=20)

    def _shown(self, step: Step) -> str:
        if _SERVE.match(step.command):
            return self._serve()
        if _WITNESS.match(step.command):
            return self._be_witness(step)
        return self._run(step)

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k in _KEPT}
        binaries = str(Path(sys.executable).parent)
        path = f"{binaries}:{os.environ['PATH']}"
        own = {"PATH": path, "HOME": str(self.home)}
        return {**kept, **own, **self.variables}

    def _run(self, step: Step) -> str:
        shell = subprocess.Popen(
            ["bash", "-c", step.command.replace(_WITNESS_PORT, self.witness_port or _WITNESS_PORT)],
            cwd=self.desk,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        if " & " in step.command:
            self.behind.append(shell.pid)
        shown, _ = shell.communicate(timeout=_SECONDS)
        # A page that shows a failure shows it in full.
        assert shell.returncode == 0 or not _ANYTHING.search(step.output), shown
        return shown

    def _serve(self) -> str:
        """Start the server as `make serve` does once all is installed; return its greeting."""
        if self.server is not None:
            self.server.wait(timeout=20)
        with self.log.open("w") as log:
            self.server = subprocess.Popen(
                ["juyong", "serve", "--port", "0", "--tls-port", "0"],
                cwd=self.desk,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )
        wait_until(self._started, _SECONDS)
        return self.log.read_text()

    def _be_witness(self, step: Step) -> str:
        """Start a witness on a free port; return its greeting."""
        log = self.log.with_name("witness.log")
        with log.open("w") as sink:
            self.witness = subprocess.Popen(
                ["bash", "-c", f"exec {step.command} --listen 127.0.0.1:0"],
                cwd=self.desk,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                text=True,
            )
        wait_until(lambda: "cosigns: " in log.read_text(), _SECONDS)
        self.witness_port = log.read_text().partition("http://")[2].partition("\n")[0]
        return log.read_text()

    def _started(self) -> bool:
        assert self.server is not None
        assert self.server.poll() is None, f"the server did not start:\n{self.log.read_text()}"
        return bool(_STARTED.search(self.log.read_text()))

    def _same(self, text: str) -> str:
        """Make equal what may differ."""
        text = text.replace(str(self.home), "/home/you")
        for pattern, name in _CHANGING:
            text = pattern.sub(name, text)
        return text.rstrip("\n")


def compare(page: str, step: Step, happened: str, shown: str) -> None:
    """Fail when a command's output is not what the page shows."""
    pattern = _ANYTHING.sub(lambda _: r"[\s\S]*", re.escape(shown))
    assert re.fullmatch(pattern, happened), (
        f"{page}: `{step.command}` shows\n{shown}\nbut it was\n{happened}"
    )


@contextmanager
def reader(**variables: str) -> Iterator[Reader]:
    """Seat a reader at an empty desk, with these environment variables set."""
    with tempfile.TemporaryDirectory(prefix="juyong-docs-") as place:
        desk, home = Path(place, "desk"), Path(place, "home")
        desk.mkdir()
        home.mkdir()
        seated = Reader(desk, home, variables)
        try:
            yield seated
        finally:
            seated.close()
