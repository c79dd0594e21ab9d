"""The page of the command line."""

from collections.abc import Iterator
from typing import Any

import typer.main

from juyong.cli.main import cli
from pages.markdown import code, page, table

_INTRO = """\
`juyong` exits with 2 and one line on standard error when the operator asks what cannot be done; `check` exits with 1 when it found something.
`exec` exits with its command's status, or with 3 when it was told to isolate the command and the system does not allow that.
Without `--home`, commands use `$JUYONG_HOME`, else `~/.juyong`."""  # noqa: E501  # a sentence a line


def commands_page() -> str:
    """Write the page."""
    root = typer.main.get_command(cli)
    return page("Command line", _INTRO, *_commands("juyong", root))


def _commands(name: str, command: Any) -> Iterator[str]:
    children = getattr(command, "commands", None)
    if children is None:
        yield _command(name, command)
        return
    for child in sorted(children):
        yield from _commands(f"{name} {child}", children[child])


def _command(name: str, command: Any) -> str:
    rows = [_parameter(p) for p in command.params if p.name != "help"]
    given = " ".join(_argument(p) for p in command.params if p.param_type_name == "argument")
    head = f"## {name}\n\n{code(f'{name} [OPTIONS] {given}'.strip())}\n\n{command.help.strip()}"
    parameters = table(("Option or argument", "Default", "Meaning"), rows)
    return f"{head}\n\n{parameters}" if parameters else head


def _argument(parameter: Any) -> str:
    name = parameter.name.upper() + ("…" if parameter.nargs == -1 else "")
    return name if parameter.required else f"[{name}]"


def _parameter(parameter: Any) -> tuple[str, str, str]:
    meaning = getattr(parameter, "help", None) or ""
    if parameter.param_type_name == "argument":
        return code(parameter.name.upper()), _default(parameter), meaning
    names = code(", ".join([*parameter.opts, *parameter.secondary_opts]))
    return names, _default(parameter), meaning


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    default = parameter.default
    if callable(default):
        return "`$JUYONG_HOME`, else `~/.juyong`"
    if default in (None, False, (), []):
        return ""
    return code(default)
