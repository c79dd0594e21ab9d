r"""From a tree to the syntax that RE2 and Rust's regex have in common.

Every set of bytes is written out, in `\xHH` where a byte is no letter or digit, and case is written
as sets, so that nothing depends on an engine's own classes or folding. In Rust the text is compiled
with `(?s-u)`.
"""

from juyong.engines.inspect.regex.sets import ALL, Bytes
from juyong.engines.inspect.regex.tree import (
    Atomic,
    Back,
    Choice,
    Group,
    Look,
    Mode,
    Node,
    OneOf,
    Place,
    Repeat,
    Sequence,
)

_BARE = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def regular(node: Node) -> bool:
    """Tell whether `written` says all that a tree says."""
    match node:
        case Look() | Back() | Atomic():
            return False
        case Repeat(item, _, _, mode):
            return mode is not Mode.POSSESSIVE and regular(item)
        case Sequence(items) | Choice(items):
            return all(map(regular, items))
        case Group(item):
            return regular(item)
        case _:
            return True


def written(node: Node, *, captures: bool = True) -> str:  # noqa: PLR0911  # one for each kind
    """Return the text of a tree; where the tree is not regular, of a language that includes it.

    Conditions on what is around are dropped, a reference to a group is any text, and possession is
    given up.
    """
    match node:
        case OneOf(members):
            return _set(members)
        case Place():
            return node.value
        case Sequence(items):
            return "".join([_tight(each, captures=captures) for each in items])
        case Choice(branches):
            return "|".join([written(each, captures=captures) for each in branches])
        case Group(item):
            return f"({'' if captures else '?:'}{written(item, captures=captures)})"
        case Atomic(item):
            return f"(?:{written(item, captures=captures)})"
        case Look():
            return ""
        case Back():
            return "(?s:.*)"
        case Repeat():
            return _repeat(node, captures=captures)


def _tight(node: Node, *, captures: bool) -> str:
    text = written(node, captures=captures)
    return f"(?:{text})" if isinstance(node, Choice) else text


def _repeat(node: Repeat, *, captures: bool) -> str:
    text = written(node.item, captures=captures)
    if not isinstance(node.item, OneOf | Group | Atomic):
        text = f"(?:{text})"
    mode = "?" if node.mode is Mode.LAZY else ""
    bounds = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((node.least, node.most))
    if bounds is None:
        most = "" if node.most is None else str(node.most)
        bounds = f"{{{node.least}}}" if node.least == node.most else f"{{{node.least},{most}}}"
    return text + bounds + mode


def _byte(code: int) -> str:
    return chr(code) if code in _BARE else f"\\x{code:02x}"


def _set(members: Bytes) -> str:
    if members == ALL:
        return "(?s:.)"
    if not members:
        return r"[^\x00-\xff]"
    if len(members) == 1:
        return _byte(*members)
    ranges: list[list[int]] = []
    for code in sorted(members):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "[" + "".join([_range(first, last) for first, last in ranges]) + "]"


def _range(first: int, last: int) -> str:
    if last - first < 2:  # noqa: PLR2004  # two bytes are shorter without a dash
        return "".join(map(_byte, range(first, last + 1)))
    return f"{_byte(first)}-{_byte(last)}"
