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
    if words[:1] == ["--version"]:
        print(f"juyong {__version__}")
        return 0
    group = [word for word in words if not word.startswith("-")]
    under = [each for path, each in declared().items() if list(path[: len(group)]) == group]
    if not under:
        raise BadInput(f"there is no command `{' '.join(group)}`{_meant(group)}; see juyong --help")
    if words and not group and words[0] not in _HELP:
        raise BadInput(f"unknown option `{words[0]}`; see juyong --help")
    print(_overview(group))
    asked = any(word in _HELP for word in words) or not words
    return 0 if asked else BAD_INPUT


def _meant(group: list[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  # only who misspelt pays for it

    close = get_close_matches(" ".join(group), [" ".join(path) for path in declared()], n=1)
    return f", did you mean `{close[0]}`?" if close else ""


def _overview(group: list[str]) -> str:
    """List the commands: below a group with all their words, else a group on one line."""
    rows = {}
    about = "The Alibaba Cloud security stack, run by yourself."
    for path, each in declared().items():
        if list(path[: len(group)]) != group:
            continue
        if group:
            rows[" ".join(path)], about = each.summary, each.about
        elif len(path) > 1:
            rows[f"{path[0]} …"] = each.about
        else:
            rows[path[0]] = each.summary
    width = max(map(len, rows)) + 2
    listed = "\n".join(f"  {name:{width}}{text}" for name, text in rows.items())
    name = " ".join(["juyong", *group, "COMMAND"])
    return f"usage: {name} [options]\n\n{about}\n\n{listed}\n\nEach has --help."
