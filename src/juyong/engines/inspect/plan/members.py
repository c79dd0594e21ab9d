"""Members of TX before any request: known ones, absent ones, and those in doubt."""

from collections.abc import Iterable
from typing import Self

from juyong.engines.inspect.model.program import ReadyLink, ReadyRule, ReadySetVar
from juyong.engines.inspect.rules import Selector
from juyong.engines.inspect.seclang.macros import Macro, Template, parse

MATCHES = frozenset({"MATCHED_VAR", "MATCHED_VARS", "MATCHED_VAR_NAME", "MATCHED_VARS_NAMES"})
NUMBERS = tuple(b"%d" % number for number in range(10))
_KINDS = frozenset({"=", "+", "-", "!"})


class Members:
    """TX at one point of the rules; a member that is neither known nor in doubt is absent.

    values: Known members. doubted: Names of members in doubt. beginnings: How names of members in
        doubt begin. written: Names of all members written since the last copy.
    """

    def __init__(self) -> None:
        """Begin with an empty TX."""
        self.values: dict[bytes, bytes] = {}
        self.doubted: set[bytes] = set()
        self.beginnings: set[bytes] = set()
        self.written: set[bytes] = set()

    def copy(self) -> Self:
        """Return the members as they are now; later writes are counted from here."""
        made = type(self)()
        made.values = dict(self.values)
        made.doubted = set(self.doubted)
        made.beginnings = set(self.beginnings)
        self.written.clear()
        return made

    def before(self, later: "Members") -> "Members":
        """Return these members, with all in doubt that was written from here to a later point."""
        made = self.copy()
        made.beginnings |= later.beginnings
        made.doubted |= later.written | later.doubted
        known = made.values.items()
        made.values = {key: value for key, value in known if not made.in_doubt(key)}
        return made

    def in_doubt(self, key: bytes) -> bool:
        """Tell whether a member may have one value or another."""
        return key in self.doubted or self._may_begin(key)

    def learn(self, key: bytes, value: bytes | None) -> None:
        """Take in a write that every request makes; value: None where the member is removed."""
        self.written.add(key)
        self.doubted.discard(key)
        if value is None or self._may_begin(key):
            self.values.pop(key, None)
        else:
            self.values[key] = value

    def doubt(self, link: ReadyLink) -> None:
        """Take in that a link may write, or not."""
        if link.link.capture:
            for key in NUMBERS:
                self._put_in_doubt(key)
        for one in link.setvars:
            if one.what.collection != "TX":
                continue
            if all(isinstance(part, bytes) for part in one.name):
                self._put_in_doubt(b"".join(_texts(one.name)).lower())
            else:
                begin = one.name[0].lower() if isinstance(one.name[0], bytes) else b""
                self.beginnings.add(begin)
                self._forget(begin)

    def know_test(self, link: ReadyLink, *, first: bool) -> bool:
        """Tell whether the test of a link reads known members alone."""
        operator = link.link.operator
        return (
            operator.name != "geolookup"
            and all(self._knows_selector(one, first=first) for one in link.link.selectors)
            and self._knows(parse(operator.argument), matches=not first)
        )

    def know_argument(self, link: ReadyLink) -> bool:
        """Tell whether an operator's argument has macros, and all of them are known members."""
        operator = link.link.operator
        return operator.has_macros and self._knows(parse(operator.argument), matches=False)

    def know_rule(self, ready: ReadyRule) -> bool:
        """Tell whether a rule reads known members alone, and writes nothing but members."""
        # Without a test of its own, a rule would tell the match of a rule before it.
        matches = bool(ready.links[0].link.selectors)
        return (
            all(
                self.know_test(link, first=number == 0)
                and not (link.opened or link.taken or link.switches or link.link.capture)
                and all(self._knows_write(one, matches=matches) for one in link.setvars)
                for number, link in enumerate(ready.links)
            )
            and self._knows(ready.msg, matches=matches, rule=True)
            and self._knows(ready.logdata, matches=matches, rule=True)
        )

    def know_hit(self, ready: ReadyRule) -> bool:
        """Tell whether the hit of a rule of one link is known, and its writes read TX alone."""
        link = ready.links[0]
        matches = bool(link.link.selectors)
        return (
            len(ready.links) == 1
            and self.know_test(link, first=True)
            and all(one.key is not None for one in link.link.selectors)
            and len(link.link.selectors) <= 1
            and not (link.opened or link.taken or link.switches or link.link.capture)
            and all(map(_writes_sums, link.setvars))
            and self._knows(ready.msg, matches=matches, rule=True)
            and self._knows(ready.logdata, matches=matches, rule=True)
        )

    def _knows_selector(self, selector: Selector, *, first: bool) -> bool:
        if selector.collection in MATCHES:
            return not first
        if selector.collection != "TX":
            return False
        if selector.key is None:
            return not self.doubted and not self.beginnings
        return not self.in_doubt(selector.key)

    def _knows(self, template: Template, *, matches: bool, rule: bool = False) -> bool:
        """Tell whether macros are known; matches, rule: Whether those of the rule itself are."""
        for part in template:
            if isinstance(part, Macro):
                if part.collection == "TX" and part.key is not None:
                    known = not self.in_doubt(part.key)
                else:
                    known = (matches and part.collection in MATCHES) or (
                        rule and part.collection == "RULE"
                    )
                if not known:
                    return False
        return True

    def _knows_write(self, one: ReadySetVar, *, matches: bool) -> bool:
        if one.what.collection != "TX" or one.what.kind not in _KINDS:
            return False
        if any(isinstance(part, Macro) for part in one.name):
            return False
        key = b"".join(_texts(one.name)).lower()
        if one.what.kind != "=" and self.in_doubt(key):
            return False
        return self._knows(one.value, matches=matches)

    def _may_begin(self, key: bytes) -> bool:
        return any(key.startswith(begin) for begin in self.beginnings)

    def _put_in_doubt(self, key: bytes) -> None:
        self.doubted.add(key)
        self.written.add(key)
        self.values.pop(key, None)

    def _forget(self, begin: bytes) -> None:
        for key in [key for key in self.values if key.startswith(begin)]:
            del self.values[key]


def _writes_sums(one: ReadySetVar) -> bool:
    """Tell whether a write is of a named member of TX, with a value of texts and such members."""
    return (
        one.what.collection == "TX"
        and one.what.kind in _KINDS
        and all(isinstance(part, bytes) for part in one.name)
        and all(
            isinstance(part, bytes) or (part.collection == "TX" and part.key is not None)
            for part in one.value
        )
    )


def acts(link: ReadyLink) -> bool:
    """Tell whether a link does anything where it holds; a negated operator captures nothing."""
    capture = link.link.capture and not link.link.operator.negated
    return bool(link.setvars or link.opened or link.taken or link.switches or capture)


def reads_match(link: ReadyLink) -> bool:
    """Tell whether the test of a link reads the match of a link before it."""
    return any(one.collection in MATCHES for one in link.link.selectors) or _reads_match(
        parse(link.link.operator.argument)
    )


def reads_stale_match(ready: ReadyRule) -> bool:
    """Tell whether a rule may read the match of a rule before it."""
    first = ready.links[0]
    return reads_match(first) or (
        not first.link.selectors and any(map(_reads_match, ready.templates()))
    )


def _reads_match(template: Template) -> bool:
    return any(isinstance(part, Macro) and part.collection in MATCHES for part in template)


def _texts(template: Template) -> Iterable[bytes]:
    return (part for part in template if isinstance(part, bytes))
