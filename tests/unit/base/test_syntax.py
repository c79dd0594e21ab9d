"""Source is parsed by several threads, as a start of the server does."""

import ast
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import juyong
from juyong.base.syntax import parsed

SOURCES = [path.read_text() for path in Path(juyong.__file__).parent.glob("api/*.py")]


def test_many_threads_parse_at_once() -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(parsed, SOURCES * 4))
    assert all(isinstance(each, ast.Module) for each in found)


def test_source_is_parsed_here_alone() -> None:
    place = Path(juyong.__file__).parent
    others = [
        str(path.relative_to(place))
        for path in place.rglob("*.py")
        if re.search(r"\bast\.parse\(", path.read_text())
    ]
    assert others == ["base/syntax.py"]
