"""Small pieces of Markdown, written the same way on every page."""

import re
from collections.abc import Iterable, Sequence

_MEMBER = re.compile(r"([a-z_]+(?:, [a-z_]+)*): +")

NOTICE = "<!-- Made from the code by tools/reference.py: change the code, then run `make docs`. -->"


def page(title: str, *parts: str) -> str:
    """Join the parts of a page, leaving out the empty ones."""
    return "\n\n".join([NOTICE, f"# {title}", *(part for part in parts if part)]) + "\n"


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Render a table; empty when there are no rows."""
    body = [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    if not body:
        return ""
    return "\n".join([f"| {' | '.join(headers)} |", "|" + " --- |" * len(headers), *body])


def code(text: object) -> str:
    """Set a text in code type, whatever it holds."""
    shown = str(text)
    if "`" in shown:
        return f"`` {shown} ``"
    return f"`{shown}`" if shown else ""


def codes(texts: Iterable[object]) -> str:
    """Set several texts in code type."""
    return ", ".join(code(text) for text in texts)


def flowed(text: str) -> str:
    """Undo the line breaks of a docstring's paragraph."""
    return " ".join(text.split())


def prose(text: str) -> str:
    """Flow a docstring's text, and keep `<` outside code type from becoming a tag."""
    parts = flowed(text).split("`")
    return "`".join(p if i % 2 else p.replace("<", "&lt;") for i, p in enumerate(parts))


def sentences(text: str) -> str:
    """Write a docstring's paragraphs with one line each, its examples and lists as such."""
    return "\n\n".join(_paragraph(part) for part in text.split("\n\n") if part.strip())


def _paragraph(text: str) -> str:
    lines = text.strip("\n").splitlines()
    if all(line.startswith("    ") for line in lines):
        return "\n".join(["```python", *(line[4:] for line in lines), "```"])
    outer = [line for line in lines if not line.startswith(" ")]
    if all(_MEMBER.match(line) for line in outer):
        items: list[str] = []
        for line in lines:
            if line.startswith(" "):
                items[-1] += line
            else:
                items.append(line)
        return "\n".join(f"- {_MEMBER.sub(_as_member, prose(item), count=1)}" for item in items)
    return prose(text)


def _as_member(match: re.Match[str]) -> str:
    return f"{codes(match[1].split(', '))}: "


def _cell(text: str) -> str:
    return prose(text).replace("|", "\\|")
