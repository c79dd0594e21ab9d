"""Ordinary texts that are on a machine anyway, as requests: no rule was written with them in view.

Docstrings of Python's library, manuals, licences, changes of packages, Markdown and JSON of
installed packages. They are read when tests run, and none of them is a part of this project. Half
of the texts, chosen by their digests, is for looking at while rules are mended; the other half is
counted.
"""

import ast
import gzip
import json
import random
import re
import sysconfig
from collections.abc import Callable, Iterator
from email import message_from_bytes
from hashlib import sha256
from itertools import islice
from pathlib import Path

from tests.waf_pack.benign import Builder, Made

_LIBRARY = Path(sysconfig.get_path("stdlib"))
_PACKAGES = Path(sysconfig.get_path("purelib"))
_SHARED = Path("/usr/share")
_LEAST, _MOST = 40, 2_000
"""Letters of a text; of a longer one the first are taken."""
_MOST_BYTES = 200_000
_MOST_JSON = 65_536
_MOST_COMMAS = 800
"""So that few have more arguments than a request may."""
MANUAL_MACRO = re.compile(r"\\(?:f\[[^\]]*\]|f\([A-Z]{2}|f.|s[+-]?\d|\[[^\]]*\]|\(..|[&|^/,:])")
MANUAL_DASH = re.compile(r"\\[-e]")


def texts(kind: str, count: int, *, seen: bool = False) -> list[str]:
    """Return texts of a kind, spread over all that are there; fewer where there are fewer.

    Args:
        kind: Of SOURCES.
        count: At most.
        seen: Of the half that is for looking at.
    """
    return drawn(SOURCES[kind](), count, seen=seen, most=_MOST_BYTES if kind == "json" else _MOST)


def drawn(
    found: Iterator[str], count: int, *, seen: bool, least: int = _LEAST, most: int = _MOST
) -> list[str]:
    """Return a half of texts that differ, in an order by chance that repeats.

    Args:
        found: Any texts.
        count: At most.
        seen: The half that is for looking at.
        least: Letters of a text.
        most: Letters that are taken of a text.
    """
    half = {
        told: None
        for each in found
        if len(told := each[:most].strip()) >= least and _half(told) == seen
    }
    kept = list(half)
    random.Random(5).shuffle(kept)  # noqa: S311  # a repeatable sample, no secret
    return kept[:count]


def requests(kind: str, count: int, *, seen: bool = False) -> Iterator[Made]:
    """Yield a request for each text of a kind: as a comment, in JSON, in a form with files."""
    builder = Builder(11)
    for at, text in enumerate(texts(kind, count, seen=seen)):
        made = builder.sent_as_json(text) if kind == "json" else builder.posted(text, at)
        yield (kind, *made)


def _half(text: str) -> bool:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()[0] % 2 == 0


def _docstrings() -> Iterator[str]:
    for path in sorted(_LIBRARY.glob("*.py")):
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                yield ast.get_docstring(node) or ""


def _manuals() -> Iterator[str]:
    for path in sorted(_SHARED.glob("man/man[157]/*.gz"))[::3]:
        text = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
        lines = [line for line in text.splitlines() if line[:1] not in (".", "'")]
        for part in paragraphs(MANUAL_DASH.sub("-", MANUAL_MACRO.sub("", "\n".join(lines))), 20):
            yield part.replace("\n", " ")


def _licences() -> Iterator[str]:
    for path in sorted(_SHARED.glob("common-licenses/*")):
        yield from paragraphs(read(path), 200)
    for path in sorted(_PACKAGES.glob("*.dist-info/**/LICEN*")):
        yield from paragraphs(read(path), 20)


def _changes() -> Iterator[str]:
    for path in sorted(_SHARED.glob("doc/*/changelog*.gz")):
        with gzip.open(path) as file:
            text = file.read(_MOST_BYTES).decode("utf-8", "replace")
        yield from paragraphs(text, 10)


def _markdown() -> Iterator[str]:
    for path in sorted(_PACKAGES.glob("*.dist-info/METADATA")):
        text = message_from_bytes(path.read_bytes()).get_payload()
        for part in islice(str(text).split("\n#"), 12):
            yield "#" + part
    for path in sorted((*_PACKAGES.rglob("*.md"), *_SHARED.glob("doc/**/*.md"))):
        for part in islice(read(path).split("\n#"), 6):
            yield "#" + part


def _json() -> Iterator[str]:
    for path in sorted(_PACKAGES.glob("*.dist-info/METADATA")):
        told = message_from_bytes(path.read_bytes())
        fields = {name: [str(each) for each in told.get_all(name, [])] for name in told}
        yield json.dumps({**fields, "Description": str(told.get_payload())[: _MOST // 2]})
    for path in sorted((*_PACKAGES.rglob("*.json"), *_SHARED.glob("nodejs/*/package.json"))):
        if path.is_file() and path.stat().st_size < _MOST_JSON:
            text = read(path)
            if text.count(",") < _MOST_COMMAS:
                yield text


def read(path: Path) -> str:
    """Return the begin of a file as text; empty where the path is no file."""
    return path.read_bytes()[:_MOST_BYTES].decode("utf-8", "replace") if path.is_file() else ""


def paragraphs(text: str, most: int) -> Iterator[str]:
    """Yield parts of a text between empty lines."""
    return islice((each for each in re.split(r"\n\s*\n", text) if each.strip()), most)


SOURCES: dict[str, Callable[[], Iterator[str]]] = {
    "docstrings": _docstrings,
    "manuals": _manuals,
    "licences": _licences,
    "changes": _changes,
    "markdown": _markdown,
    "json": _json,
}
"""Where each kind of text comes from."""
