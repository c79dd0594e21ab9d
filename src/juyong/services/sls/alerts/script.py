"""Read the script of an action policy: calls of `fire` with named arguments, and nothing else.

Source: SLS user guide, action policies (documented); scripts that official clients send (observed
in Terraform's provider). A script with conditions is refused: half of it would tell the
wrong people.
"""

import re
from typing import Final

MOST_SCRIPT: Final = 16 * 1024
MOST_CALLS: Final = 20
Value = str | list[str] | dict[str, str]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|(?P<word>[A-Za-z_]\w*|-?\d+(?:\.\d+)?)"
    r"|(?P<sign>[()\[\]{},:=;]))",
    re.ASCII | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class BadScript(ValueError):
    """The script is not read; the text says why, and quotes nothing of the script."""


def calls_of(script: str) -> list[dict[str, Value]]:
    """Return the arguments of each `fire`, in order.

    Raises:
        BadScript: it is too long, or has anything else.
    """
    if len(script) > MOST_SCRIPT:
        raise BadScript("the script of the action policy is too long")
    reader = _Reader(script)
    found: list[dict[str, Value]] = []
    while not reader.at_end():
        if reader.word() != "fire":
            raise BadScript("the script of the action policy does more than to call fire()")
        found.append(reader.arguments())
        if len(found) > MOST_CALLS:
            raise BadScript("the script of the action policy calls fire() too often")
        reader.has(";")
    return found


class _Reader:
    def __init__(self, script: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at, end = 0, len(script.rstrip())
        while at < end:
            token = _TOKEN.match(script, at)
            if token is None or token.lastgroup is None:
                raise BadScript("the script of the action policy is not understood")
            self._tokens.append((token.lastgroup, token[token.lastgroup]))
            at = token.end()
        self._at = 0

    def at_end(self) -> bool:
        return self._at >= len(self._tokens)

    def _next(self, kind: str) -> str:
        if self.at_end() or self._tokens[self._at][0] != kind:
            raise BadScript("the script of the action policy is not understood")
        self._at += 1
        return self._tokens[self._at - 1][1]

    def word(self) -> str:
        return self._next("word")

    def has(self, sign: str) -> bool:
        there = not self.at_end() and self._tokens[self._at] == ("sign", sign)
        self._at += there
        return there

    def _must(self, sign: str) -> None:
        if not self.has(sign):
            raise BadScript("the script of the action policy is not understood")

    def arguments(self) -> dict[str, Value]:
        self._must("(")
        found: dict[str, Value] = {}
        while not self.has(")"):
            name = self.word()
            self._must("=")
            found[name] = self._value()
            if not self.has(","):
                self._must(")")
                break
        return found

    def _value(self) -> Value:
        if self.has("["):
            return self._list()
        if self.has("{"):
            return self._members()
        return self._single()

    def _single(self) -> str:
        if not self.at_end() and self._tokens[self._at][0] == "word":
            return self.word()
        return _ESCAPED.sub(r"\1", self._next("text")[1:-1])

    def _list(self) -> list[str]:
        found: list[str] = []
        while not self.has("]"):
            found.append(self._single())
            if not self.has(","):
                self._must("]")
                break
        return found

    def _members(self) -> dict[str, str]:
        found: dict[str, str] = {}
        while not self.has("}"):
            name = self._single()
            self._must(":")
            found[name] = self._single()
            if not self.has(","):
                self._must("}")
                break
        return found
