"""The texts shown where a line names no command: the first screen, a group, a mistake."""

from collections.abc import Iterator
from pathlib import Path

from juyong import services
from juyong.cli.found import declared

_ABOUT = """\
usage: juyong COMMAND [options]

Alibaba Cloud's security stack, run by yourself: RAM, STS, IMS, KMS, OSS, SLS, ActionTrail,
CloudMonitor, ECS and VPC over their own wire protocols, for unmodified SDKs, CLI and Terraform.

Begin:
  juyong serve                                In one terminal: the platform.
  juyong exec -- aliyun ram ListUsers         In another: any client, its calls answered here.
  juyong waf protect http://127.0.0.1:3000    Without a platform: a WAF before a site."""
_END = (
    "`juyong COMMAND --help` has options and examples; `juyong completion --help` completes lines."
)
_SECTIONS = {
    "Run the platform": ("serve", "seal", "unseal", "rekey"),
    "Call it": ("exec", "env", "account"),
    "Ask it": ("why", "audit", "net", "inventory", "mail"),
    "Keep its state": ("check", "backup", "restore", "snapshot", "snapshots", "reset"),
    "Protect a site": ("waf",),
}
"""Sections with the first words of their commands; all other commands follow as `More`."""


def first_screen() -> str:
    """List the commands by what they are for, a group on one line."""
    rows = {}
    for path, each in declared().items():
        rows[path[0]] = each.summary if len(path) == 1 else each.about
    width = max(map(len, rows)) + 3
    known = {word for words in _SECTIONS.values() for word in words}
    sections = {**_SECTIONS, "More": tuple(word for word in rows if word not in known)}
    parts = [_ABOUT]
    for title, words in sections.items():
        named = ((f"{word} …" if (word,) not in declared() else word, rows[word]) for word in words)
        lines = (f"  {name:{width}}{text}" for name, text in named)
        parts.append("\n".join([f"{title}:", *lines]))
    return "\n\n".join([*parts, _END])


def below(group: list[str]) -> str:
    """List the commands of a group with all their words."""
    found = [each for path, each in declared().items() if list(path[: len(group)]) == group]
    rows = {" ".join(each.path): each.summary for each in found}
    width = max(map(len, rows)) + 2
    listed = "\n".join(f"  {name:{width}}{text}" for name, text in rows.items())
    usage = " ".join(["juyong", *group, "COMMAND"])
    end = f"`{usage} --help` has options and examples."
    return f"usage: {usage} [options]\n\n{found[-1].about}\n\n{listed}\n\n{end}"


def unknown(group: list[str]) -> str:
    """Say that there is no such command, and which may be meant."""
    named = " ".join(group)
    if group[0] in set(_products()):
        return (
            f"there is no command `{named}`: products are called by their clients, such as "
            f"juyong exec -- aliyun {named}; see juyong --help"
        )
    from difflib import get_close_matches  # noqa: PLC0415  # only who misspelt pays for it

    close = get_close_matches(named, [" ".join(path) for path in declared()], n=1)
    meant = f", did you mean `{close[0]}`?" if close else ""
    return f"there is no command `{named}`{meant}; see juyong --help"


def options_first(words: list[str]) -> str:
    """Say that a line begins with an option, and where options stand."""
    for start in range(1, len(words)):
        for path in declared():
            if tuple(words[start : start + len(path)]) == path:
                line = " ".join(["juyong", *path, *words[:start], *words[start + len(path) :]])
                return f"options stand after the command: {line}"
    return f"unknown option `{words[0]}`; see juyong --help"


def _products() -> Iterator[str]:
    for folder in services.__path__:
        yield from (each.parent.name for each in Path(folder).glob("*/product.py"))
