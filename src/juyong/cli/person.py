"""The person who runs the command: questions, and progress on a terminal."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from juyong.api.command import BadInput, OperatorError, Progress, Quiet

if TYPE_CHECKING:
    from juyong.base.secret import Secret

T = TypeVar("T")


class Operator:
    """The person, or the program, at standard input."""

    def __init__(self, *, as_json: bool) -> None:
        """Take whether standard output is for the answer alone."""
        self._as_json = as_json

    def tell(self, text: str) -> None:
        """Show what must be seen before the answer."""
        print(text, file=sys.stderr if self._as_json else sys.stdout, flush=True)

    def confirm(self, question: str) -> None:
        """Ask whether to go on."""
        sys.stderr.write(f"{question} [y/N]: ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise OperatorError("not confirmed; nothing was changed")

    def line(self, question: str) -> str:
        """Ask for a line, or read the next one of standard input."""
        if sys.stdin.isatty():
            sys.stderr.write(f"{question}: ")
            sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise BadInput(f"standard input has no line left for: {question}")
        return line.strip()

    def secret(self, question: str, *, twice: bool = False, prompt: bool = True) -> "Secret":
        """Ask without echo, or read the next line of standard input."""
        from juyong.base.secret import Secret  # noqa: PLC0415

        if not prompt or not sys.stdin.isatty():
            line = sys.stdin.readline()
            if not line:
                raise BadInput(f"standard input has no line left for: {question}")
            return Secret(line.rstrip("\n"))
        from getpass import getpass  # noqa: PLC0415

        entered = Secret(getpass(f"{question}: "))
        if twice and not Secret(getpass("The same again: ")).same_as(entered):
            raise BadInput("the two entries differ; nothing was changed")
        return entered


class Shown:
    """Progress on standard error, gone when the work is done."""

    def track(self, what: str, items: Iterable[T], total: int | None = None) -> Iterable[T]:
        """Pass items on, and show how many of them have passed."""
        from rich.console import Console  # noqa: PLC0415  # only a terminal pays for it
        from rich.progress import track  # noqa: PLC0415

        console = Console(stderr=True)
        return track(items, what, total=total, console=console, transient=True)


def progress() -> Progress:
    """Return what shows progress: to a person at a terminal, and to nothing else."""
    return Shown() if sys.stdout.isatty() and sys.stderr.isatty() else Quiet()
