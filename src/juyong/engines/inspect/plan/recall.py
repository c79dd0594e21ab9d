"""Rules whose chain may be remembered: what they do follows from the matches of the first link.

A rule of this kind writes members of TX by its first link, and its later links test these, members
that are known, and the matches. Where the chain ends without a hit for some matches, the rule does
the same for equal matches in every request, as rules do that hold each header against a list.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from juyong.engines.inspect.errors import Unjudged
from juyong.engines.inspect.gates import Row
from juyong.engines.inspect.model.judging import judge
from juyong.engines.inspect.model.program import ReadyLink, ReadyRule
from juyong.engines.inspect.model.state import Match, State, match_of
from juyong.engines.inspect.operators import OPERATORS
from juyong.engines.inspect.plan.members import MATCHES, NUMBERS, Members, acts
from juyong.engines.inspect.rules import Selector
from juyong.engines.inspect.seclang.macros import Template, parse
from juyong.engines.inspect.seclang.patterns import compiled

_BEGINS = re.compile(r"(?:\(\?[ims]+\))?\^([A-Za-z0-9_-]+)")
"""A pattern of names that says how they begin, and may say more."""
_REPEATED = frozenset(
    {
        "ARGS_GET_NAMES",
        "ARGS_NAMES",
        "REQUEST_COOKIES_NAMES",
        "REQUEST_HEADERS",
        "REQUEST_HEADERS_NAMES",
        "REQUEST_METHOD",
        "REQUEST_PROTOCOL",
    }
)
"""Variables whose values repeat from request to request; of others, no answer is found again."""
_MOST_KEPT = 128
_MOST_MATCHES = 64
_MOST_BYTES = 2_048
"""Bounds of what is remembered of a rule: answers, and matches and bytes of each."""


class Recalled(msgspec.Struct, frozen=True):
    """The writes of a rule without a hit: members of TX, those removed, and the last match."""

    writes: Mapping[bytes, bytes]
    gone: tuple[bytes, ...]
    matched: Match | None

    def apply(self, state: State) -> bool:
        """Carry the rule out on a request; False where TX might hold too many members."""
        if len(state.tx) + len(self.writes) > state.limits.transaction_keys:
            return False
        state.tx.update(self.writes)
        for key in self.gone:
            state.tx.pop(key, None)
        state.matched = self.matched
        return True


class Recall:
    """The answers of one rule; may be shared by threads."""

    def __init__(
        self, ready: ReadyRule, members: Mapping[bytes, bytes], begin: Callable[[], State]
    ) -> None:
        """Begin with no answer.

        Args:
            ready: The rule.
            members: Members of TX that are known where the rule runs.
            begin: Returns a state in which no request is read.
        """
        self._ready = ready
        self._members = dict(members)
        self._begin = begin
        self._kept: dict[tuple[Row, ...], Recalled] = {}

    def passes(self, state: State, rows: Sequence[Row]) -> bool:
        """Tell whether the rule has no hit, with all done that the rule does; else nothing is done.

        Args:
            state: The state of a request that reached the rule.
            rows: The matches of the first link.
        """
        key = tuple(rows)
        recalled = self._kept.get(key)
        if recalled is None:
            recalled = self._judged([match_of(row) for row in rows])
            if recalled is None:
                return False
            size = sum(len(value) + len(text) for _, _, value, text in rows)
            if len(rows) <= _MOST_MATCHES and size <= _MOST_BYTES:
                if len(self._kept) >= _MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = recalled
        return recalled.apply(state)

    def _judged(self, matches: Sequence[Match]) -> Recalled | None:
        """Judge the rule on known members alone; None where the outcome says more than these."""
        ready, state = self._ready, self._begin()
        state.tx.update(self._members)
        captures = ready.links[0].link.capture
        if captures:
            tester = ready.links[0].tester
            matches = [
                one._replace(captures=tester.captures(state, one.text) or ()) for one in matches
            ]
            if not all(one.captures for one in matches):
                return None
        try:
            if judge(ready, state, matches) is not None:
                return None
        except Unjudged:
            return None
        before = self._members
        return Recalled(
            writes={key: value for key, value in state.tx.items() if before.get(key) != value},
            gone=tuple(key for key in NUMBERS if captures and key not in state.tx),
            matched=state.matched,
        )


def may_recall(links: Sequence[ReadyLink], members: Members) -> bool:
    """Tell whether a rule's chain follows from the matches of its first link.

    Args:
        links: The links of the rule, without links that always hold.
        members: TX where the rule runs.
    """
    first, *later = links
    if not later or not _is_plain(first):
        return False
    own = set(NUMBERS) if first.link.capture else set()
    for one in first.setvars:
        known = _knows(one.name, members, own) and _knows(one.value, members, own)
        if one.what.collection != "TX" or one.what.kind != "=" or not known:
            return False
    for one in first.setvars:
        texts = [part for part in one.name if isinstance(part, bytes)]
        if len(texts) == len(one.name):
            own.add(b"".join(texts).lower())
    return not any(map(acts, later[:-1])) and all(_knows_link(link, members, own) for link in later)


def _is_plain(link: ReadyLink) -> bool:
    """Tell whether a first link tests by a constant, and does nothing but write and capture."""
    operator = link.link.operator
    return (
        all(one.collection in _REPEATED for one in link.link.selectors)
        and operator.name in OPERATORS
        and operator.name != "geolookup"
        and not operator.has_macros
        and not (link.opened or link.taken or link.switches)
        and not (link.link.capture and (operator.negated or operator.name != "rx"))
    )


def _knows_link(link: ReadyLink, members: Members, own: Collection[bytes]) -> bool:
    operator = link.link.operator
    return (
        operator.name in OPERATORS
        and operator.name != "geolookup"
        and bool(link.link.selectors)
        and _knows(parse(operator.argument), members, own)
        and all(_knows_selector(one, members, own) for one in link.link.selectors)
    )


def _knows_selector(selector: Selector, members: Members, own: Collection[bytes]) -> bool:
    if selector.collection in MATCHES:
        return True
    if selector.collection != "TX":
        return False
    if selector.pattern is None:
        return selector.key is not None and _knows_key(selector.key, members, own)
    form = _BEGINS.fullmatch(selector.pattern)
    if form is None:
        return False
    begin, search = form[1].lower().encode(), compiled(selector.pattern).search
    return not any(search(key) for key in members.doubted) and not any(
        begin.startswith(other) or other.startswith(begin) for other in members.beginnings
    )


def _knows(template: Template, members: Members, own: Collection[bytes]) -> bool:
    """Tell whether macros name the match, known members, or those that the rule has written."""
    return all(
        isinstance(part, bytes)
        or part.collection in MATCHES
        or (part.collection == "TX" and part.key is not None and _knows_key(part.key, members, own))
        for part in template
    )


def _knows_key(key: bytes, members: Members, own: Collection[bytes]) -> bool:
    return key in own or not members.in_doubt(key)
