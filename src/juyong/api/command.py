"""The form of a `juyong` command: a function whose signature is its command line.

    class Kept(Answer, frozen=True, kw_only=True):
        "What `snapshot` kept."

        name: str
        size_bytes: int

        def lines(self) -> list[str]:
            return [f"snapshot {self.name}: {self.size_bytes} bytes"]

    @command("snapshot")
    def snapshot(ctx: CommandContext, name: Annotated[str, Doc("Letters, digits.")]) -> Kept:
        "Keep the present state under a name."

Parameters before `*` are arguments, those after it are options; `Doc` says what each means. An
answer is text for people, and with `--json` one document of its fields. The commands stand in
`cli/commands/` and in `services/<product>/commands.py`, which are found by a scan; such a module
imports what its commands need inside of them, so that help and completion import no service.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

if TYPE_CHECKING:
    from juyong.base.secret import Secret
    from juyong.store.transaction import Transaction

T = TypeVar("T")

BAD_INPUT = 3
"""The status of a command that was given an unknown option, a bad value or a missing file."""


class OperatorError(Exception):
    """A command cannot do what it is asked; the text says why and what to do."""


class BadInput(OperatorError):
    """An argument or option is wrong, whatever the state of the platform."""


class Answer(msgspec.Struct, frozen=True):
    """The answer of a command; its fields have the names of the JSON members."""

    @property
    def status(self) -> int:
        """The exit status that goes with it; 1 for a question that is answered with no."""
        return 0

    def members(self) -> Mapping[str, Any]:
        """Return the members of the JSON document."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found

    def lines(self) -> Iterable[str]:
        """Return the text for people."""
        raise NotImplementedError


class OpenHome(Protocol):
    """A home whose store is open."""

    @property
    def region(self) -> str:
        """The platform's own region."""

    def call(self, work: "Callable[[Transaction], T]") -> T:
        """Run work in one transaction."""


class Progress(Protocol):
    """Shows how far long work is."""

    def track(self, what: str, items: Iterable[T], total: int | None = None) -> Iterable[T]:
        """Pass items on, and show on a terminal how many of them have passed."""


class Quiet:
    """Shows nothing."""

    def track(self, _what: str, items: Iterable[T], _total: int | None = None) -> Iterable[T]:
        """Pass items on."""
        return items


QUIET = Quiet()


class Person(Protocol):
    """The person, or the script, that runs the command."""

    def tell(self, text: str) -> None:
        """Show what must be seen before the answer: on standard error with `--json`."""

    def confirm(self, question: str) -> None:
        """Ask whether to go on.

        Raises:
            OperatorError: the person says no, or nothing.
        """

    def line(self, question: str) -> str:
        """Ask for a line, or read the next one of standard input.

        Raises:
            BadInput: there is none.
        """

    def secret(self, question: str, *, twice: bool = False, prompt: bool = True) -> "Secret":
        """Ask without echo, or read the next line of standard input.

        Args:
            question: The text that asks for the input.
            twice: Ask a person at a terminal a second time.
            prompt: False reads standard input even where it is a terminal.

        Raises:
            BadInput: there is none, or two entries differ.
        """


class CommandContext(msgspec.Struct, frozen=True, kw_only=True):
    """The surroundings of a command.

    home: The state directory, which need not exist.
    open: Opens the store of the home; raises OperatorError when it cannot.
    show: Writes an answer before the command ends, as `serve` does.
    """

    home: Path
    open: Callable[[], AbstractContextManager[OpenHome]]
    show: Callable[[Answer], None]
    person: Person
    progress: Progress


class Option(msgspec.Struct, frozen=True):
    """Says of an option what its parameter does not, in `Annotated[…, Option("--as")]`.

    name: The option, where it cannot be called as its parameter.
    takes: The word for its value in help, such as `TIME`; without, the last word of the parameter.
    """

    name: str = ""
    takes: str = ""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One command.

    path: Its words, such as `rds register`.
    run: Returns an Answer, a status, or None after it has shown its answer.
    statuses: What each exit status means.
    unable: The status when it cannot do what it is asked.
    examples: Whole lines that help shows.
    json: It takes `--json`. home: It takes `--home`.
    """

    path: tuple[str, ...]
    run: Callable[..., Answer | int | None]
    statuses: Mapping[int, str]
    unable: int
    examples: tuple[str, ...]
    json: bool
    home: bool

    @property
    def name(self) -> str:
        """The words of the command, with spaces."""
        return " ".join(self.path)

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return (self.run.__doc__ or "").partition("\n")[0]


def inner_command(words: Sequence[str], usage: str) -> list[str]:
    """Return the command that a line holds behind its `--`.

    Args:
        words: The rest of the line, with `--` or without.
        usage: The form of the whole line, which a refusal shows.

    Raises:
        BadInput: the line holds none.
    """
    found = list(words[1:] if words[:1] == ["--"] else words)
    if not found:
        raise BadInput(f"name the command to run: {usage}")
    return found


def command(
    path: str,
    *,
    answers: Sequence[str] = (),
    statuses: Mapping[int, str] = MappingProxyType({}),
    examples: Sequence[str] = (),
    json: bool = True,
    home: bool = True,
) -> Callable[[Callable[..., Answer | int | None]], Command]:
    """Declare a command.

    Args:
        path: Its words; a text, since it is read off the source too.
        answers: For a question: what 0, 1 and 2 mean, such as `("sound", "damaged", "could not
            look")`; an empty text for a status that it never has. Without, the command is an act:
            0 when done, 1 when it cannot be done.
        statuses: Further ones, or others.
        examples: Whole lines that help shows, each a `juyong` command or a pipeline around one.
        json: False where the output is another program's.
        home: False where no home is needed.
    """
    told = answers or ("done", "it cannot be done")
    known = {status: text for status, text in enumerate(told) if text}
    known |= {BAD_INPUT: "bad input"} | dict(statuses)

    def declare(function: Callable[..., Answer | int | None]) -> Command:
        return Command(
            path=tuple(path.split()),
            run=function,
            statuses=dict(sorted(known.items())),
            unable=2 if answers else 1,
            examples=tuple(examples),
            json=json,
            home=home,
        )

    return declare
