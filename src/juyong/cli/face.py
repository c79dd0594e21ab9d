"""The one face of all commands: reads the line, runs the command, writes the outcome.

An answer goes to standard output: text, or with `--json` one JSON document and nothing else. A
failure is one sentence on standard error; with `--json` it is a document `{"error": …, "status":
…}` there. Progress is for terminals, and statuses are the command's own.
"""

import json
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from juyong import __version__
from juyong.api.command import (
    BAD_INPUT,
    Answer,
    BadInput,
    Command,
    CommandContext,
    OpenHome,
    OperatorError,
)
from juyong.cli.found import command_of, declared
from juyong.cli.overview import below, first_screen, options_first, unknown
from juyong.cli.parsing import arguments_of, parser_of
from juyong.cli.person import Operator, progress

_HELP = ("--help", "-h")
_INTERRUPTED = 130


def run(words: Sequence[str]) -> int:
    """Run one command line and return its exit status."""
    as_json = "--json" in words
    unable = 1
    try:
        command, rest = command_of(list(words))
        if command is None:
            return _without_command(list(words))
        unable = command.unable
        as_json = as_json and command.json
        return _run(command, rest)
    except BadInput as refusal:
        return _refused(str(refusal), BAD_INPUT, as_json=as_json)
    except KeyboardInterrupt:
        return _refused("interrupted", _INTERRUPTED, as_json=as_json)
    except BrokenPipeError:
        # Who read the answer has gone; the interpreter must not write to that pipe when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return unable
    except (OperatorError, OSError) as refusal:
        return _refused(_reason(refusal), unable, as_json=as_json)


def show(answer: Answer, *, as_json: bool) -> None:
    """Write an answer to standard output."""
    if as_json:
        print(json.dumps(answer.members(), indent=1), flush=True)
        return
    for line in answer.lines():
        print(line)
    sys.stdout.flush()


def _run(command: Command, words: list[str]) -> int:
    try:
        given = parser_of(command).parse_args(words)
    except SystemExit:  # argparse has shown the help
        return 0
    as_json = getattr(given, "as_json", False)
    home = getattr(given, "at_home", Path())
    ctx = CommandContext(
        home=home,
        open=lambda: _open(home),
        show=lambda answer: show(answer, as_json=as_json),
        person=Operator(as_json=as_json),
        progress=progress(),
    )
    arguments, options = arguments_of(command, given)
    answer = command.run(ctx, *arguments, **options)
    if isinstance(answer, Answer):
        ctx.show(answer)
        return answer.status
    return answer or 0


def _open(home: Path) -> AbstractContextManager[OpenHome]:
    from juyong.app.operator import opened  # noqa: PLC0415  # opens the store

    return opened(home)


def _reason(refusal: OperatorError | OSError) -> str:
    """Say what was refused: by a command, or by the system at a place that has a name.

    Raises:
        OSError: of no place; the program is wrong.
    """
    if not isinstance(refusal, OSError):
        return str(refusal)
    if refusal.filename is None:
        raise refusal
    return f"`{refusal.filename}`: {refusal.strerror}"


def _refused(text: str, status: int, *, as_json: bool) -> int:
    told = json.dumps({"error": text, "status": status}) if as_json else f"juyong: {text}"
    print(told, file=sys.stderr, flush=True)
    return status


def _without_command(words: list[str]) -> int:
    if words[:1] in (["--version"], ["-V"], ["version"]):
        print(f"juyong {__version__}")
        return 0
    if words[:1] == ["help"]:
        return run([*words[1:], "--help"])
    group = [word for word in words if not word.startswith("-")]
    if words and words[0].startswith("-") and words[0] not in _HELP:
        raise BadInput(options_first(words))
    if not any(list(path[: len(group)]) == group for path in declared()):
        raise BadInput(unknown(group))
    print(below(group) if group else first_screen())
    asked = any(word in _HELP for word in words) or not words
    return 0 if asked else BAD_INPUT
