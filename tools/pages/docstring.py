"""Read the house form of a docstring: a line, text, Args, Returns, Cost, Source, Assumed."""

import inspect
import re
from dataclasses import dataclass, field

_SECTION = re.compile(r"(Args|Returns|Raises|Cost|Source|Assumed|Model):(?: (.*))?")
_ENTRY = re.compile(r"([A-Za-z_*][\w*, ]*?)(?:: +(.*)|:)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Docstring:
    """The sections of one docstring."""

    summary: str
    body: str = ""
    args: dict[str, str] = field(default_factory=dict)
    returns: str = ""
    cost: str = ""
    source: str = ""
    assumed: str = ""


def docstring_of(thing: object) -> Docstring:
    """Read the docstring of a function or class; empty sections where it has none."""
    text = inspect.cleandoc(getattr(thing, "__doc__", None) or "")
    named = thing if isinstance(thing, type) else type(thing)
    if text.startswith(f"{named.__name__}("):
        text = ""  # A dataclass without a docstring has its signature there.
    sections: dict[str, list[str]] = {"": []}
    current = sections[""]
    for line in text.splitlines():
        if heading := _SECTION.fullmatch(line):
            current = sections.setdefault(heading[1], [])
            if heading[2]:
                current.append(heading[2])
        else:
            current.append(line)
    summary, _, body = "\n".join(sections[""]).strip().partition("\n\n")
    return Docstring(
        summary=" ".join(summary.split()),
        body=body.strip(),
        args=_entries(sections.get("Args", [])),
        returns=_joined(sections, "Returns"),
        cost=_joined(sections, "Cost"),
        source=_joined(sections, "Source"),
        assumed=_joined(sections, "Assumed"),
    )


def _joined(sections: dict[str, list[str]], name: str) -> str:
    return " ".join(" ".join(sections.get(name, [])).split())


def _entries(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in inspect.cleandoc("\n".join(lines)).splitlines():
        entry = None if line.startswith(" ") else _ENTRY.fullmatch(line)
        if entry:
            name = entry[1]
            found[name] = entry[2] or ""
        elif name:
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found
