"""All that is known of one request while its rules run."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from juyong.engines.inspect.errors import Unjudged
from juyong.engines.inspect.gates import Collections, Value
from juyong.engines.inspect.http import Request
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.patterns import Captures
from juyong.engines.inspect.rules import Mode, Rule, Selector, SetVar
from juyong.engines.inspect.seclang.macros import Macro, Template
from juyong.engines.inspect.stored import RecordKey, Store, changed
from juyong.engines.inspect.variables import merge

TextsKey = tuple[tuple[Selector, ...], tuple[str, ...], bool]
"""Selectors, transformations, and whether every step counts."""
NO_SEVERITY = 255
_NUMBERS = tuple(b"%d" % number for number in range(10))


class Match(NamedTuple):
    """A value that a link matched; text: The value as tested."""

    value: Value
    text: bytes
    captures: Captures = ()

    @property
    def name(self) -> bytes:
        """The variable's name for people and rules, as `ARGS:q`, or `REQUEST_URI`."""
        name = self.value.collection.encode()
        return name + b":" + self.value.key if self.value.key else name


class State:
    """Variables, matches, modes and removals; belongs to one inspection."""

    def __init__(self, request: Request, limits: Limits, store: Store, mode: Mode) -> None:
        """Begin with an empty TX."""
        self.request = request
        self.limits = limits
        self.store = store
        self.mode = mode
        self.now = request.at
        self.work = limits.work
        self.collections: Collections = {}
        self.tx: dict[bytes, bytes] = {}
        self.opened: dict[str, bytes] = {}
        # What this request's own changes of stored members came to; None for a removed one.
        self.own: dict[RecordKey, dict[bytes, bytes | None]] = {}
        self.country = b""
        self.matched: Match | None = None
        self.matched_all: list[Match] = []
        self.rule: Rule | None = None
        self.rule_msg: Template = ()
        self.severity = NO_SEVERITY
        self.removed: set[int] = set()
        self.taken: dict[int, tuple[Selector, ...]] = {}
        self.switches: dict[str, str] = {}
        self.texts: dict[TextsKey, list[tuple[Value, bytes]]] = {}
        self._counts: dict[str, dict[bytes, int]] = {}

    def add(self, more: Collections) -> None:
        """Take the variables of a new phase in."""
        self.collections = merge(self.collections, more)
        self.texts.clear()
        self._counts.clear()

    def counts(self, collection: str) -> Mapping[bytes, int]:
        """Return how many members of a collection of the traffic have each key, in lower case."""
        found = self._counts.get(collection)
        if found is None:
            found = self._counts[collection] = {}
            for one in self.collections.get(collection, ()):
                key = one[1].lower()
                found[key] = found.get(key, 0) + 1
        return found

    def spend(self, steps: int) -> None:
        """Take steps from the budget.

        Raises:
            Unjudged: no steps are left.
        """
        self.work -= steps
        if self.work < 0:
            raise Unjudged(413, f"the request takes more than {self.limits.work} steps to inspect")

    def members(self, collection: str) -> list[Value]:
        """Return the members of a collection, in order; none where it does not exist."""
        kept = _KEPT.get(collection)
        return self.collections.get(collection, []) if kept is None else kept(self, collection)

    def member(self, macro: Macro) -> bytes:
        """Return the value that a macro stands for; the first of several, empty where none is.

        Source: ModSecurity 2.9, macro expansion (documented); first of several (observed).
        """
        if macro.collection == "TX" and macro.key is not None:
            return self.tx.get(macro.key, b"")
        for one in self.members(macro.collection):
            if macro.key is None or one.key.lower() == macro.key:
                return one.value
        return b""

    def expand(self, template: Template) -> bytes:
        """Return a text with its macros filled in."""
        if len(template) == 1:
            # COST: most texts with macros are one macro, and others have none.
            only = template[0]
            return only if isinstance(only, bytes) else self.member(only)
        return b"".join(
            [part if isinstance(part, bytes) else self.member(part) for part in template]
        )

    def set(self, what: SetVar, name: Template, value: Template) -> None:
        """Carry out a setvar or expirevar; nothing happens in a collection that is not open.

        Raises:
            Unjudged: the collection holds as many members as it may.
        """
        key = self.expand(name).lower()
        if what.collection == "TX":
            self.write(key, what.kind, value)
        else:
            opened = self.opened.get(what.collection)
            if opened is not None:
                record = (what.collection, opened)
                new = self.store.change(record, key, what.kind, self.expand(value), self.now)
                if what.kind != "expire" or new is None:
                    self.own.setdefault(record, {})[key] = new

    def write(self, key: bytes, kind: str, value: Template) -> None:
        """Carry out a setvar of TX; key: In lower case.

        Raises:
            Unjudged: TX holds as many members as it may.
        """
        old = self.tx.get(key)
        if kind == "!":
            self.tx.pop(key, None)
        else:
            if old is None and len(self.tx) >= self.limits.transaction_keys:
                raise Unjudged(400, f"TX has more than {self.limits.transaction_keys} members")
            self.tx[key] = changed(old, kind, self.expand(value))

    def capture(self, captures: Captures) -> None:
        """Set TX.0 to TX.9 to what a match captured, and remove those that have no text.

        Source: ModSecurity 2.9, capture (observed).
        """
        for number, key in enumerate(_NUMBERS):
            if number < len(captures):
                self.tx[key] = captures[number]
            else:
                self.tx.pop(key, None)


_Kept = Callable[[State, str], list[Value]]


def _tx(state: State, name: str) -> list[Value]:
    return [Value(name, key, value) for key, value in state.tx.items()]


def _stored(state: State, name: str) -> list[Value]:
    """Return stored members, with those that this request changed as it left them.

    So of requests that count at the same time each sees a count of its own.
    """
    key = state.opened.get(name)
    if key is None:
        return []
    found = dict(state.store.members((name, key), state.now))
    for each, own in state.own.get((name, key), {}).items():
        if own is None:
            found.pop(each, None)
        else:
            found[each] = own
    return [Value(name, *pair) for pair in found.items()]


def _matched_vars(state: State, name: str) -> list[Value]:
    return [Value(name, one.name, one.text) for one in state.matched_all]


def _matched_names(state: State, name: str) -> list[Value]:
    return [Value(name, one.name, one.name) for one in state.matched_all]


def _matched(state: State, name: str) -> list[Value]:
    return [] if state.matched is None else [Value(name, b"", state.matched.text)]


def _matched_name(state: State, name: str) -> list[Value]:
    return [] if state.matched is None else [Value(name, b"", state.matched.name)]


def _rule(state: State, name: str) -> list[Value]:
    """Return what RULE tells of the rule that runs; macros of its text that name RULE are empty."""
    rule = state.rule
    if rule is None:
        return []
    told = [(b"id", b"%d" % rule.id)]
    if state.rule_msg:
        plain = [
            part for part in state.rule_msg if isinstance(part, bytes) or part.collection != "RULE"
        ]
        told.append((b"msg", state.expand(tuple(plain))))
    if rule.severity is not None:
        told.append((b"severity", b"%d" % rule.severity))
    return [Value(name, *pair) for pair in told]


def _geo(state: State, name: str) -> list[Value]:
    return [Value(name, b"COUNTRY_CODE", state.country)] if state.country else []


def _duration(state: State, name: str) -> list[Value]:
    return [Value(name, b"", b"%d" % max(0, round((state.now - state.request.at) * 1000)))]


def _severity(state: State, name: str) -> list[Value]:
    return [Value(name, b"", b"%d" % state.severity)]


def _session(state: State, name: str) -> list[Value]:
    return _key_of(state, name, "SESSION")


def _user(state: State, name: str) -> list[Value]:
    return _key_of(state, name, "USER")


def _key_of(state: State, name: str, collection: str) -> list[Value]:
    key = state.opened.get(collection)
    return [] if key is None else [Value(name, b"", key)]


_KEPT: dict[str, _Kept] = {
    "DURATION": _duration,
    "GEO": _geo,
    "GLOBAL": _stored,
    "HIGHEST_SEVERITY": _severity,
    "IP": _stored,
    "MATCHED_VAR": _matched,
    "MATCHED_VARS": _matched_vars,
    "MATCHED_VARS_NAMES": _matched_names,
    "MATCHED_VAR_NAME": _matched_name,
    "RESOURCE": _stored,
    "RULE": _rule,
    "SESSION": _stored,
    "SESSIONID": _session,
    "TX": _tx,
    "USER": _stored,
    "USERID": _user,
}
KEPT = frozenset(_KEPT)
"""Variables that the engine keeps; all others come from the request and the response."""
