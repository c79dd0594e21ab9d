"""Exclusions as values, and as SecLang.

SECURITY: names of fields and paths come from clients. What is written of them is letters, digits
and a few harmless signs; every other byte is written as `\\xHH` in a pattern, so that no request
writes a directive.
"""

import re
import string
from collections.abc import Iterable, Iterator

import msgspec

from juyong.engines.inspect.model.witness import Target
from juyong.engines.inspect.rules import Selector
from juyong.engines.inspect.seclang.controls import taken
from juyong.engines.inspect.seclang.targets import selectors

_PLAIN_KEY = re.compile(rb"[A-Za-z0-9_.\[\]-]+")
_PLAIN_PATH = re.compile(rb"[A-Za-z0-9/_.~-]+")
_POSITION = re.compile(rb"(?:(?<=\.array_)|(?<=\.)|(?<=\[))[0-9]+(?=\.|\]|$)")
_LITERAL = frozenset(string.ascii_letters.encode() + string.digits.encode() + b"_-")
_HARMLESS = re.compile(r"[^A-Za-z0-9 ,.:()-]+")
_LONGEST = 200
"""Bytes of a name or a path that is written."""
FIRST_ID = 10_000


class Where(msgspec.Struct, frozen=True, order=True):
    """The requests that an exclusion is for: of one path, or of paths that begin so."""

    path: bytes
    begins: bool = False

    def holds(self, path: bytes) -> bool:
        """Tell whether a decoded path is meant."""
        return path.startswith(self.path) if self.begins else path == self.path

    def test(self) -> str:
        """Return the test of REQUEST_FILENAME."""
        if _PLAIN_PATH.fullmatch(self.path):
            return f"@{'beginsWith' if self.begins else 'streq'} {self.path.decode()}"
        return f"@rx ^{_spelled(self.path)}{'' if self.begins else '$'}"

    def __str__(self) -> str:
        """Return the path for people."""
        return self.path.decode(errors="backslashreplace") + ("…" if self.begins else "")


class Exclusion(msgspec.Struct, frozen=True, order=True):
    """A target that a rule leaves out; target: In SecLang; empty where the whole rule is out."""

    where: Where
    rule: int
    target: str

    def selectors(self) -> tuple[Selector, ...]:
        """Return the selectors that take the target out."""
        return tuple(taken(selectors(self.target)))

    def action(self) -> str:
        """Return the ctl action."""
        if not self.target:
            return f"ctl:ruleRemoveById={self.rule}"
        return f"ctl:ruleRemoveTargetById={self.rule};{self.target}"


def can_be_written(target: Target) -> bool:
    """Tell whether a name is short enough to be written."""
    return len(target.key) <= _LONGEST


def target_text(target: Target) -> str:
    """Return a target in SecLang; numbers of places in lists stand for every place.

    >>> target_text(Target("ARGS", b"q")), target_text(Target("ARGS", b"json.a.array_0.b"))
    ('ARGS:q', 'ARGS:/^json\\\\x2ea\\\\x2earray_[0-9]+\\\\x2eb$/')
    """
    if not target.key:
        return target.collection
    pieces = _POSITION.split(target.key)
    if target.collection == "XML" or (len(pieces) == 1 and _PLAIN_KEY.fullmatch(target.key)):
        return f"{target.collection}:{target.key.decode().lower()}"
    return f"{target.collection}:/^{'[0-9]+'.join(map(_spelled, pieces))}$/"


def _spelled(text: bytes) -> str:
    return "".join(chr(byte) if byte in _LITERAL else f"\\x{byte:02x}" for byte in text)


def parts(
    exclusions: Iterable[Exclusion], path: bytes
) -> tuple[dict[int, tuple[Selector, ...]], frozenset[int]]:
    """Return the targets and the whole rules that exclusions take out for a path."""
    without: dict[int, tuple[Selector, ...]] = {}
    gone: set[int] = set()
    for each in exclusions:
        if each.where.holds(path):
            if each.target:
                without[each.rule] = (*without.get(each.rule, ()), *each.selectors())
            else:
                gone.add(each.rule)
    return without, frozenset(gone)


def gathered(found: Iterable[Exclusion]) -> list[Exclusion]:
    """Return exclusions with those of many paths below one folder drawn together."""
    paths: dict[tuple[int, str], set[Where]] = {}
    for each in found:
        paths.setdefault((each.rule, each.target), set()).add(each.where)
    return sorted(
        Exclusion(where, rule, target)
        for (rule, target), of_paths in paths.items()
        for where in _drawn_together(of_paths)
    )


_MANY = 4


def _drawn_together(of_paths: set[Where]) -> Iterator[Where]:
    """Yield four or more paths of one folder as the folder; the root is no folder."""
    folders: dict[bytes, list[Where]] = {}
    for each in of_paths:
        folder = each.path.rpartition(b"/")[0] + b"/"
        folders.setdefault(folder, []).append(each)
    for folder, inside in folders.items():
        if len(inside) >= _MANY and folder != b"/":
            yield Where(folder, begins=True)
        else:
            yield from inside


def written(found: Iterable[Exclusion], messages: dict[int, str], ids: Iterator[int]) -> str:
    """Return SecLang.

    Args:
        found: The exclusions.
        messages: Of the rules, for comments.
        ids: Ids of rules that are free.
    """
    by_where: dict[Where, list[Exclusion]] = {}
    for each in sorted(found):
        by_where.setdefault(each.where, []).append(each)
    blocks = []
    for where, inside in by_where.items():
        comments = [
            f"# {rule} {_HARMLESS.sub(' ', messages.get(rule, '')).strip()}".rstrip()
            for rule in dict.fromkeys(each.rule for each in inside)
        ]
        actions = ",\\\n    ".join(each.action() for each in inside)
        blocks.append(
            "\n".join(comments) + f'\nSecRule REQUEST_FILENAME "{where.test()}" \\\n'
            f'    "id:{next(ids)},phase:1,pass,nolog,t:none,\\\n    {actions}"\n'
        )
    return "\n".join(blocks)
