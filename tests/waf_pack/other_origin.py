"""A second set of ordinary texts, of other origin than `held_out.py`, as requests.

Messages of programs and manuals in the languages of the machine, documentation and source of Go,
source of Python's library, read-me files and copyrights, and what the platform's own tests send:
parameters of calls and documents in JSON. They are read when tests run, and none of them is kept.
Half of the texts, by their digests, may be looked at; the other half is counted.
"""

import ast
import gzip
import json
import random
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from functools import cache
from gettext import GNUTranslations
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from tests.waf_pack.benign import Builder, Made
from tests.waf_pack.held_out import MANUAL_DASH, MANUAL_MACRO, drawn, paragraphs, read

Node = TypeVar("Node", bound=ast.AST)
_LIBRARY = Path(sysconfig.get_path("stdlib"))
_SHARED = Path("/usr/share")
_TESTS = Path(__file__).parents[1]
_LANGUAGES = ("de", "fr", "es", "it", "pt", "ru", "ja", "zh_CN", "ko", "pl", "tr", "uk", "ar", "hi")
_WORDS = 25
"""Letters of a message that is more than a label."""


def requests(kind: str, count: int, *, seen: bool = False) -> Iterator[Made]:
    """Yield a request for each text of a kind; see `held_out.requests`.

    Args:
        kind: Of SOURCES.
        count: At most.
        seen: Of the half that is for looking at.
    """
    builder = Builder(23)
    for at, text in enumerate(drawn(SOURCES[kind](), count, seen=seen, least=20)):
        match kind:
            case "calls":
                fields = json.loads(text)
                made = builder.query(fields) if at % 2 else builder.form("/", fields)
            case "documents":
                made = builder.sent_as_json(text)
            case "uploads":
                name, _, content = text.partition("\n")
                made = builder.file(name, content.encode(errors="replace"))
            case _:
                made = builder.posted(text, at)
        yield (kind, *made)


def _messages() -> Iterator[str]:
    for language in _LANGUAGES:
        found: list[str] = []
        for path in sorted(_SHARED.glob(f"locale/{language}/LC_MESSAGES/*.mo"))[::3]:
            with path.open("rb") as file:
                try:
                    told = GNUTranslations(file)._catalog  # type: ignore[attr-defined]
                except (OSError, UnicodeDecodeError, ValueError):
                    continue
            found += [text for text in told.values() if len(text) > _WORDS]
        random.Random(3).shuffle(found)  # noqa: S311  # a repeatable sample, no secret
        yield from found[:200]


def _foreign_manuals() -> Iterator[str]:
    for path in sorted(_SHARED.glob("man/??/man*/*.gz"))[::4]:
        text = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
        lines = [line for line in text.splitlines() if line[:1] not in (".", "'")]
        plain = MANUAL_DASH.sub("-", MANUAL_MACRO.sub("", "\n".join(lines)))
        yield from (part.replace("\n", " ") for part in paragraphs(plain, 10))


@cache
def _go_files() -> tuple[Path, ...]:
    go = shutil.which("go")
    if go is None:
        return ()
    asked = subprocess.run([go, "env", "GOROOT"], capture_output=True, text=True, check=False)
    found = sorted(Path(asked.stdout.strip(), "src").glob("*/*.go")) if asked.stdout else []
    return tuple(path for path in found if not path.name.endswith("_test.go"))[::5]


def _go_comments() -> Iterator[str]:
    for path in _go_files():
        for block in islice(re.finditer(r"(?:^//[^\n]*\n)+", read(path), re.MULTILINE), 10):
            yield re.sub(r"^// ?", "", block[0], flags=re.MULTILINE)


def _go_code() -> Iterator[str]:
    for path in _go_files():
        for block in islice(re.finditer(r"^func .*?^\}", read(path), re.MULTILINE | re.DOTALL), 4):
            yield block[0]


def _python_code() -> Iterator[str]:
    for path in sorted(_LIBRARY.glob("*.py")):
        text = read(path)
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        found = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        for node in found[::3]:
            yield ast.get_source_segment(text, node) or ""


def _readmes() -> Iterator[str]:
    for path in sorted((*_SHARED.glob("doc/*/README*"), *_SHARED.glob("doc/*/copyright"))):
        if path.suffix == ".gz":
            with gzip.open(path) as file:
                text = file.read(20_000).decode("utf-8", "replace")
        else:
            text = read(path)
        yield from islice(paragraphs(text, 30), 5, None, 5)


def _uploads() -> Iterator[str]:
    files = (*_SHARED.glob("doc/**/README*"), *_LIBRARY.glob("*.py"), *_go_files())
    for path in sorted(files):
        if path.suffix in (".py", ".go", ".md", ".txt", ""):
            yield f"{path.name}\n{read(path)}"


@cache
def _trees() -> tuple[ast.Module, ...]:
    folders = ("conformance", "unit/services", "wire", "crash")
    found = [path for each in folders for path in sorted((_TESTS / each).rglob("*.py"))]
    # Tests of the WAF and of what it logs hold attacks.
    plain = [
        path
        for path in found
        if not re.search(r"waf|detect|alarm|inspect", str(path.relative_to(_TESTS)))
    ]
    return tuple(ast.parse(path.read_bytes()) for path in plain[::2])


def _calls() -> Iterator[str]:
    for node in _nodes(ast.Call):
        named = {each.arg: _constant(each.value) for each in node.keywords if each.arg}
        fields = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in named.items()
            if value is not None and name[:1].isupper()
        }
        if fields:
            yield json.dumps(fields)


def _documents() -> Iterator[str]:
    for node in _nodes(ast.Dict):
        if (value := _constant(node)) is not None:
            yield json.dumps(value, ensure_ascii=False)
    for text in _nodes(ast.Constant):
        if isinstance(text.value, str) and text.value.lstrip()[:1] in ("{", "["):
            try:
                json.loads(text.value)
            except ValueError:
                continue
            yield text.value


def _nodes(kind: type[Node]) -> Iterator[Node]:
    for tree in _trees():
        yield from (node for node in ast.walk(tree) if isinstance(node, kind))


def _constant(node: ast.AST) -> Any:
    """Return a constant that JSON can hold; None where there is none."""
    try:
        value = ast.literal_eval(node)  # type: ignore[arg-type]
        json.dumps(value).encode()
    except (TypeError, ValueError):
        return None
    return value


SOURCES: dict[str, Callable[[], Iterator[str]]] = {
    "messages": _messages,
    "foreign manuals": _foreign_manuals,
    "go comments": _go_comments,
    "readmes": _readmes,
    "calls": _calls,
    "documents": _documents,
    "uploads": _uploads,
    "go code": _go_code,
    "python code": _python_code,
}
"""Where each kind of text comes from."""
