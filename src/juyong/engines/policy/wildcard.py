"""Wildcards: `*` is any run of characters, also an empty one; `?` is exactly one character.

Both reach across `/` and `:`, and nothing escapes them. Source: RAM policy grammar (documented).
"""

import re
from collections.abc import Callable

Matcher = Callable[[str], bool]


def matches(pattern: str, text: str) -> bool:
    """Tell whether the whole text matches the pattern, case-sensitively.

    Cost: O(len(pattern) * len(text)) at worst; there is no backtracking between stars.
    """
    return matcher(pattern)(text)


def is_everything(pattern: str) -> bool:
    """Tell whether the pattern is stars only, and so matches any text."""
    return bool(pattern) and not pattern.strip("*")


def literal_start(pattern: str) -> str:
    """Return the text before the first wildcard, with which every match begins."""
    return pattern.partition("*")[0].partition("?")[0]


def matcher(pattern: str) -> Matcher:
    """Prepare a pattern for many texts. The result never raises."""
    if is_everything(pattern):
        return _anything
    if "?" in pattern:
        return _with_marks(pattern)
    head, *middle = pattern.split("*")
    if not middle:
        return lambda text: text == pattern
    tail = middle.pop()
    parts = [part for part in middle if part]
    if not parts and not tail:
        return lambda text: text.startswith(head)
    return _in_order(head, parts, tail)


def _anything(_text: str) -> bool:
    return True


def _in_order(head: str, parts: list[str], tail: str) -> Matcher:
    """Match `head*part*…*tail`: the leftmost place of a part is as good as any later one."""
    shortest = len(head) + sum(map(len, parts)) + len(tail)

    def in_order(text: str) -> bool:
        if len(text) < shortest or not text.startswith(head) or not text.endswith(tail):
            return False
        at, end = len(head), len(text) - len(tail)
        for part in parts:
            at = text.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return in_order


def _with_marks(pattern: str) -> Matcher:
    """Match a pattern that holds `?`, by a regular expression of atomic groups.

    SECURITY: an atomic group gives up no text it has taken, so stars cannot multiply the work.
    """
    head, *rest = (re.escape(part).replace(r"\?", ".") for part in pattern.split("*"))
    if rest:
        *middle, tail = rest
        head += "".join(f"(?>.*?{part})" for part in middle if part) + ".*" + tail
    whole = re.compile(head, re.DOTALL).fullmatch
    return lambda text: whole(text) is not None
