"""The parser of a command, from the signature of its function."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from juyong.api.command import Answer, BadInput, Command, Option
from juyong.api.doc import Doc
from juyong.app.home import default_home

_WIDTH, _NARROWEST = 100, 40
HOME_DEFAULT = "$JUYONG_HOME, else ~/.juyong"


class Parser(argparse.ArgumentParser):
    """Raises what argparse would end the process for."""

    def error(self, message: str) -> NoReturn:
        """Refuse the command line."""
        raise BadInput(f"{message}; see {self.prog} --help")


class _Help(argparse.RawDescriptionHelpFormatter):
    """Knows how wide the terminal is without what argparse imports to find out (5 ms)."""

    def __init__(self, prog: str) -> None:
        try:
            width = os.get_terminal_size(sys.stdout.fileno()).columns
        except (OSError, ValueError):  # no terminal
            width = _WIDTH
        super().__init__(prog, width=max(width, _NARROWEST) - 2)

    def _get_help_string(self, action: argparse.Action) -> str:
        """Add the value of an option that is left out, where its type has one."""
        text = action.help or ""
        if action.default in (None, False, "", argparse.SUPPRESS) or action.default == []:
            return text
        if action.dest == "at_home":  # The text says it.
            return text
        shown = str(action.default)
        value = shown if isinstance(action.default, int) else f"`{shown}`"
        return f"{text} Default: {_escaped(value)}."


def parser_of(command: Command) -> Parser:
    """Return a parser whose results carry the names of the function's parameters.

    The face adds two of its own: `as_json`, and `at_home` for `--home`.
    """
    parser = Parser(
        prog=f"juyong {command.name}",
        allow_abbrev=False,
        formatter_class=_Help,
    )
    fill(parser, command)
    return parser


def fill(parser: argparse.ArgumentParser, command: Command) -> None:
    """Give a parser the options and texts of a command."""
    parser.description = docstring_of(command)
    meanings = (f"{number} {text}" for number, text in command.statuses.items())
    shown = "".join(f"\n  {line}" for line in command.examples)
    several = "s" if len(command.examples) > 1 else ""
    examples = f"example{several}:{shown}\n\n" if shown else ""
    parser.epilog = _escaped(f"{examples}exit status: {', '.join(meanings)}")
    hints = get_type_hints(command.run, include_extras=True)
    for parameter in list(signature(command.run).parameters.values())[1:]:
        _add(parser, parameter, hints[parameter.name])
    if command.json:
        parser.add_argument(
            "--json", dest="as_json", action="store_true", help="Answer with one JSON document."
        )
    if command.home:
        parser.add_argument(
            "--home",
            dest="at_home",
            type=Path,
            metavar="DIR",
            default=default_home(),
            help=f"State directory; without it {HOME_DEFAULT}.",
        )


def docstring_of(command: Command) -> str:
    """Return a command's docstring as it is shown to people."""
    return "\n".join(line.strip() for line in (command.run.__doc__ or "").strip().splitlines())


def answers_of(command: Command) -> list[type[Answer]]:
    """Return the kinds of answer that a command may give, from what its function returns."""
    hint = get_type_hints(command.run)["return"]
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Answer)]


def arguments_of(command: Command, given: argparse.Namespace) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments of the function's call, and its options by name."""
    values = vars(given)
    parameters = list(signature(command.run).parameters.values())[1:]
    positional = [values[p.name] for p in parameters if p.kind is not Parameter.KEYWORD_ONLY]
    named = {p.name: values[p.name] for p in parameters if p.kind is Parameter.KEYWORD_ONLY}
    return positional, named


def _add(parser: argparse.ArgumentParser, parameter: Parameter, hint: Any) -> None:
    kind, extras = _unwrapped(hint)
    doc = next((e.text for e in extras if isinstance(e, Doc)), None)
    required = parameter.default is Parameter.empty
    settings: dict[str, Any] = {"help": _escaped(doc)}
    if not required:
        settings["default"] = parameter.default
    if parameter.kind is not Parameter.KEYWORD_ONLY:
        _add_argument(parser, parameter.name, kind, settings, required=required)
        return
    told = next((e for e in extras if isinstance(e, Option)), Option())
    option = told.name or "--" + parameter.name.replace("_", "-")
    takes = told.takes or parameter.name.rsplit("_", 1)[-1].upper()
    settings |= {"dest": parameter.name, "required": required, **_option(kind, hint, takes)}
    parser.add_argument(option, **settings)


def _add_argument(
    parser: argparse.ArgumentParser,
    name: str,
    kind: Any,
    settings: dict[str, Any],
    *,
    required: bool,
) -> None:
    if _list_of(kind) is not None:
        settings["nargs"] = argparse.REMAINDER
    else:
        settings |= {**_value(kind), "nargs": None if required else "?"}
    parser.add_argument(name, metavar=name.upper(), **settings)


def _option(kind: Any, hint: Any, takes: str) -> Mapping[str, Any]:
    if kind is bool:
        # A switch that may be left alone has a form that turns it off.
        either = _may_be_none(hint)
        return {"action": argparse.BooleanOptionalAction if either else "store_true"}
    of = _list_of(kind)
    if of is not None:
        return {"action": "append", **_value(of), "metavar": takes}
    value = _value(kind)
    return value if "choices" in value else {**value, "metavar": takes}


def _value(kind: Any) -> dict[str, Any]:
    if get_origin(kind) is Literal:
        return {"choices": list(get_args(kind))}
    converters: dict[Any, Callable[[str], Any]] = {int: _number, Path: Path, str: str}
    return {"type": converters[kind]}


def _number(text: str) -> int:
    if not (text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 12):  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"`{text}` is not a number")
    return int(text)


def _unwrapped(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return the type that a value has, without None, and what annotates it."""
    extras: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        extras = tuple(rest)
    if _may_be_none(hint):
        inner, more = _unwrapped(next(a for a in get_args(hint) if a is not NoneType))
        return inner, (*extras, *more)
    return hint, extras


def _may_be_none(hint: Any) -> bool:
    if get_origin(hint) is Annotated:
        return _may_be_none(get_args(hint)[0])
    return get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint)


def _list_of(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is list else None


def _escaped(text: str | None) -> str | None:
    return text and text.replace("%", "%%")
