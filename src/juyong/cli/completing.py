"""Answers to a shell that completes a command line."""

import argparse

import argcomplete

from juyong.cli.found import every_command
from juyong.cli.parsing import fill


def complete() -> None:
    """Answer the shell that asks by `_ARGCOMPLETE`, and end the process."""
    argcomplete.autocomplete(whole_parser())


def whole_parser() -> argparse.ArgumentParser:
    """Return one parser of all commands, as completion wants it."""
    root = argparse.ArgumentParser(prog="juyong")
    branches: dict[tuple[str, ...], argparse._SubParsersAction[argparse.ArgumentParser]] = {
        (): root.add_subparsers()
    }
    for command in every_command():
        for depth in range(1, len(command.path)):
            group = command.path[:depth]
            if group not in branches:
                branches[group] = branches[group[:-1]].add_parser(group[-1]).add_subparsers()
        fill(branches[command.path[:-1]].add_parser(command.path[-1]), command)
    return root
