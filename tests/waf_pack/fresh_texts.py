"""A third set of ordinary texts, of other files than `held_out.py` and `other_origin.py` read.

Manuals of calls, devices and administration, documents of packages, source of installed Python,
Node, Go and Rust packages, their changes and read-me files, SQL of extensions, and logs. They are
read when tests run, and none of them is kept. Half of the texts, by their digests, may be looked
at while rules are mended; the other half is counted.
"""

import gzip
import re
import sysconfig
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from tests.waf_pack.benign import Builder, Made
from tests.waf_pack.held_out import MANUAL_DASH, MANUAL_MACRO, drawn, paragraphs, read

_SHARED = Path("/usr/share")
_CRATES = Path.home() / ".cargo/registry/src"
_MODULES = Path.home() / "go/pkg/mod"
_NODE = (Path("/usr/lib/node_modules"), Path("/usr/share/nodejs"))
_PYTHON = (Path(sysconfig.get_path("purelib")), Path("/usr/lib/python3/dist-packages"))
_FILES = 400
"""Files of a kind, spread over all that are there."""


def requests(kind: str, count: int, *, seen: bool = False) -> Iterator[Made]:
    """Yield a request for each text of a kind; see `held_out.requests`.

    Args:
        kind: Of SOURCES.
        count: At most.
        seen: Of the half that is for looking at.
    """
    builder = Builder(31)
    for at, text in enumerate(drawn(SOURCES[kind](), count, seen=seen)):
        yield (kind, *builder.posted(text, at))


def _spread(*found: Iterator[Path]) -> list[Path]:
    """Return files, at most _FILES, with the same distance between them."""
    paths = sorted(path for each in found for path in each if path.is_file())
    return paths[:: max(1, len(paths) // _FILES)]


def _text(path: Path) -> str:
    if path.suffix != ".gz":
        return read(path)
    with gzip.open(path) as file:
        return file.read(100_000).decode("utf-8", "replace")


def _pieces(text: str, pattern: str, most: int) -> Iterator[str]:
    found = re.finditer(pattern, text, re.MULTILINE | re.DOTALL)
    return (each[0] for each in islice(found, most))


def _manuals() -> Iterator[str]:
    for path in _spread(*(_SHARED.glob(f"man/man{part}/*.gz") for part in "234689")):
        lines = [line for line in _text(path).splitlines() if line[:1] not in (".", "'")]
        plain = MANUAL_DASH.sub("-", MANUAL_MACRO.sub("", "\n".join(lines)))
        for part in paragraphs(plain, 12):
            yield part.replace("\n", " ")


def _documents() -> Iterator[str]:
    kinds = ("*.txt", "*.txt.gz", "*.rst*", "NEWS*", "FAQ*", "TODO*", "*.html")
    for path in _spread(*(_SHARED.glob(f"doc/**/{kind}") for kind in kinds)):
        text = _text(path)
        if ".html" in path.name:
            text = re.sub(r"<(?:style|script).*?</(?:style|script)>", "", text, flags=re.DOTALL)
            text = re.sub(r"<[^>]*>", "", text)
        yield from islice(paragraphs(text, 40), 2, None, 4)


def _python() -> Iterator[str]:
    for path in _spread(*(folder.glob("*/**/*.py") for folder in _PYTHON)):
        yield from _pieces(read(path), r"^(?:async def|def|class) .*?(?=^\S|\Z)", 3)


def _node() -> Iterator[str]:
    for path in _spread(*(folder.glob("**/*.js") for folder in _NODE)):
        text = read(path)
        if max(map(len, text.splitlines()), default=0) < 400:
            pattern = r"^(?:(?:async )?function|(?:module\.)?exports|class|const|var) .*?^\}.*?$"
            yield from _pieces(text, pattern, 3)


def _go() -> Iterator[str]:
    for path in _spread(_MODULES.glob("*/*/*/**/*.go"), _MODULES.glob("*/*/*.go")):
        yield from _pieces(read(path), r"^func .*?^\}", 2)


def _rust() -> Iterator[str]:
    for path in _spread(_CRATES.glob("*/*/src/**/*.rs")):
        yield from _pieces(read(path), r"^(?:pub |impl|fn |struct |enum ).*?^\}", 2)


def _changes() -> Iterator[str]:
    kinds = ("*/*/CHANGE*", "*/*/NEWS*", "*/*/RELEASE*")
    found = (root.glob(kind) for root in (_CRATES, _MODULES) for kind in kinds)
    node = (root.glob("**/CHANGELOG.md") for root in _NODE)
    deep = (_MODULES.glob(f"*/*/{kind}") for kind in kinds)
    for path in _spread(*found, *node, *deep):
        yield from islice(re.split(r"\n(?=#)", _text(path)), 1, 12)


def _sql() -> Iterator[str]:
    folders = (Path("/usr/share/postgresql"), _MODULES, *_PYTHON, _SHARED / "doc", Path("/usr/lib"))
    for path in _spread(*(folder.glob("**/*.sql") for folder in folders)):
        yield from islice(re.split(r"\n\s*\n", _text(path)), 1, 12)


def _logs() -> Iterator[str]:
    home = Path.home()
    found = (Path("/var/log").glob("**/*.log"), home.glob(".npm/_logs/*.log"))
    for path in _spread(*found, _SHARED.glob("doc/**/*.log*"), _MODULES.glob("**/*.log")):
        lines = _text(path).splitlines()
        for at in range(0, min(len(lines), 1_200), 12):
            yield "\n".join(lines[at : at + 12])


def _read_me() -> Iterator[str]:
    kinds = ("*/*/README*", "*/README*")
    found = (root.glob(kind) for root in (_CRATES, _MODULES) for kind in kinds)
    deep = (_MODULES.glob("*/*/*/README*"), *(root.glob("**/README.md") for root in _NODE))
    for path in _spread(*found, *deep):
        yield from islice(re.split(r"\n(?=#)", _text(path)), 6)


SOURCES: dict[str, Callable[[], Iterator[str]]] = {
    "manuals of calls": _manuals,
    "documents of packages": _documents,
    "python packages": _python,
    "node packages": _node,
    "go modules": _go,
    "rust crates": _rust,
    "changes of modules": _changes,
    "sql": _sql,
    "logs": _logs,
    "read-me files": _read_me,
}
"""Where each kind of text comes from."""
