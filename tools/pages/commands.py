"""The page of the command line."""

import argparse
from collections.abc import Iterator
from typing import Any, get_args

from msgspec.structs import fields

from juyong.api.command import Answer, Command
from juyong.cli.found import every_command
from juyong.cli.parsing import HOME_DEFAULT, answers_of, docstring_of, parser_of
from pages.markdown import code, page, table

_INTRO = f"""\
An answer goes to standard output: text for people, or with `--json` one JSON document with the members that stand below each command, and nothing else.
What went wrong is one sentence on standard error; with `--json` it is a document `{{"error": …, "status": …}}` there.
Progress of long work is shown on a terminal only.
Without `--home`, commands use {HOME_DEFAULT.replace("$JUYONG_HOME", "`$JUYONG_HOME`").replace("~/.juyong", "`~/.juyong`")}.
`juyong --version` says which version this is, and `juyong COMMAND --help` what stands here.

Exit statuses: an act ends with 0 when it was done and 1 when it cannot be done; a question with 0 for yes, 1 for no and 2 when that cannot be told; every command with 3 for bad input, such as an unknown option, a bad value or a missing file, and with 130 when it was interrupted.
`exec` ends with the status of the command it ran."""  # noqa: E501  # a sentence a line

_OF_ALL = ("help", "at_home", "as_json")


def commands_page() -> str:
    """Write the page."""
    return page("Command line", _INTRO, *map(_command, every_command()))


def _command(command: Command) -> str:
    parser = parser_of(command)
    # argparse lists its actions nowhere else.
    every = parser._actions  # noqa: SLF001
    shown = [action for action in every if action.dest not in _OF_ALL]
    given = " ".join(_argument(action) for action in shown if _is_argument(action))
    statuses = ", ".join(f"{code(number)} {text}" for number, text in command.statuses.items())
    parts = [
        f"## juyong {command.name}",
        code(f"juyong {command.name} [OPTIONS] {given}".strip()),
        docstring_of(command),
        table(("Option or argument", "Default", "Meaning"), map(_row, shown)),
        "\n".join(["```sh", *command.examples, "```"]) if command.examples else "",
        f"Exit status: {statuses}.",
        *_members(command),
    ]
    return "\n\n".join(part for part in parts if part)


def _is_argument(action: argparse.Action) -> bool:
    return not action.option_strings


def _argument(action: argparse.Action) -> str:
    name = str(action.metavar)
    if action.nargs == argparse.REMAINDER:
        return f"{name} …"
    return f"[{name}]" if action.nargs == "?" else name


def _row(action: argparse.Action) -> tuple[str, str, str]:
    meaning = (action.help or "").replace("%%", "%")
    if action.choices and not _is_argument(action):
        meaning += f" One of {', '.join(code(choice) for choice in action.choices)}."
    if _is_argument(action):
        needed = "" if action.nargs == "?" else "required"
        return code(action.metavar), code(action.default or "") or needed, meaning
    value = f" {action.metavar}" if action.metavar else ""
    names = code(", ".join(action.option_strings) + value)
    if action.required:
        return names, "required", meaning
    default = "" if action.default in (None, False, "") else code(action.default)
    return names, default, meaning


def _members(command: Command) -> Iterator[str]:
    """Say what `--json` answers with."""
    if not command.json:
        return
    from juyong.app.server import Started  # noqa: PLC0415  # shown while the command runs

    for answer in answers_of(command) or [Started]:
        meaning = _flowed(answer.__doc__ or "")
        # An answer with members of its own says what they are.
        own = answer.members is not Answer.members
        yield f"`--json`: {meaning}" if own else f"`--json`: {_names(answer)}.\n{meaning}"


def _names(kind: Any) -> str:
    """Return the names of a struct's members, with those of what they hold."""
    return ", ".join(code(field.name) + _within(field.type) for field in fields(kind))


def _within(hint: Any) -> str:
    held = next((each for each in get_args(hint) if hasattr(each, "__struct_fields__")), None)
    return f" (each with {_names(held)})" if held else ""


def _flowed(text: str) -> str:
    """Return a docstring's paragraphs, each on one line."""
    return "\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))
