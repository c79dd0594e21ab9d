"""The commands, found in sources; a module is imported when one of its commands is used."""

import ast
import importlib
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from juyong import services
from juyong.api.command import Command
from juyong.base.syntax import parsed
from juyong.cli import commands

_MARK = b"@command("


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A command as its source shows it.

    summary: The first line of its docstring. about: That of its module, which is of its group.
    """

    path: tuple[str, ...]
    module: str
    summary: str
    about: str


class TwoCommands(Exception):
    """Two commands have one name, or one has the name of a group."""


@lru_cache(maxsize=1)
def declared() -> dict[tuple[str, ...], Declared]:
    """Return the declared commands, by their words and in order; imports none of the modules.

    Raises:
        TwoCommands: names two that one line could mean.
    """
    found: dict[tuple[str, ...], Declared] = {}
    for module, source in _sources():
        for each in _declared_in(module, source):
            if found.setdefault(each.path, each) is not each:
                raise TwoCommands(" ".join(each.path))
    for path in found:
        group = next((path[:n] for n in range(1, len(path)) if path[:n] in found), None)
        if group is not None:
            raise TwoCommands(" ".join(group))
    return dict(sorted(found.items()))


def command_of(words: list[str]) -> tuple[Command | None, list[str]]:
    """Return the command that a line begins with, and the words after it.

    Returns:
        None and all words where there is no such command, or a group alone is named.
    """
    first = re.escape(words[0].encode()) if words else b""
    mark = re.compile(rb'@command\(\s*"' + first + rb'[ "]')
    for module, source in _sources():
        if mark.search(source):  # PERF: most modules need not be imported.
            for each in commands_in(module):
                length = len(each.path)
                if tuple(words[:length]) == each.path:
                    return each, words[length:]
    return None, words


def commands_in(module: str) -> list[Command]:
    """Import a module and return its commands."""
    members = vars(importlib.import_module(module)).values()
    return [each for each in members if isinstance(each, Command)]


def every_command() -> list[Command]:
    """Return all commands by name; imports every module that has some."""
    found = [each for module, _ in _sources() for each in commands_in(module)]
    return sorted(found, key=lambda each: each.path)


def _sources() -> Iterator[tuple[str, bytes]]:
    """Yield name and source of each module with commands: first juyong's own, then products'."""
    for folder in commands.__path__:
        yield from _below(Path(folder), "*.py", "juyong.cli.commands.{0.stem}")
    for folder in services.__path__:
        yield from _below(Path(folder), "*/commands.py", "juyong.services.{0.parent.name}.commands")


def _below(folder: Path, pattern: str, module: str) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob(pattern)):
        source = path.read_bytes()
        if _MARK in source:
            yield module.format(path), source


def _declared_in(module: str, source: bytes) -> Iterator[Declared]:
    tree = parsed(source)
    about = _first_line(tree)
    for node in tree.body:
        for mark in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
            match mark:
                case ast.Call(func=ast.Name(id="command"), args=[ast.Constant(value=str(path))]):
                    summary = _first_line(node)  # type: ignore[arg-type]  # a FunctionDef
                    yield Declared(
                        path=tuple(path.split()), module=module, summary=summary, about=about
                    )


def _first_line(node: ast.Module | ast.FunctionDef) -> str:
    return (ast.get_docstring(node) or "").partition("\n")[0]
