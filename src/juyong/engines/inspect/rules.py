"""Rules as SecLang says them, parsed and checked: the value that both engines compile from.

A rule set is a list of items for each phase, in the order of the files. Nothing of the text is
dropped in silence: a construct that no engine carries out is a load error with file and line.
"""

from enum import Enum, IntEnum

import msgspec


class Phase(IntEnum):
    """The five moments at which rules run."""

    REQUEST_HEAD = 1
    REQUEST_BODY = 2
    RESPONSE_HEAD = 3
    RESPONSE_BODY = 4
    LOGGING = 5


class Place(msgspec.Struct, frozen=True):
    """The place of a directive; line: The number of its first line, from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        """Return file and line, as compilers write them."""
        return f"{self.file}:{self.line}"


class Selector(msgspec.Struct, frozen=True, kw_only=True):
    """One variable of a rule's list.

    collection: In capitals, as ARGS.
    key: The member asked for, folded to lower case; None where all are asked for.
    pattern: Instead of a key, a regular expression over keys.
    count: `&`: the number of members instead of their values.
    excluded: `!`: the members are taken out of the rule's other selectors.
    """

    collection: str
    key: bytes | None = None
    pattern: str | None = None
    count: bool = False
    excluded: bool = False


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """The test of a rule.

    name: In lower case without `@`, as rx, pm, within.
    argument: As written, macros `%{…}` in place. For pmFromFile and ipMatchFromFile, the names.
    phrases: The words of pm, and of pmFromFile as the loader read them; addresses of ipMatch.
    """

    name: str
    argument: bytes = b""
    phrases: tuple[bytes, ...] = ()
    negated: bool = False

    @property
    def has_macros(self) -> bool:
        """Tell whether the argument is known only while a request is judged."""
        return b"%{" in self.argument


class Disruption(Enum):
    """The effect of a matching rule on the request."""

    PASS = "pass"  # noqa: S105  # an action, no secret
    """Nothing, rules go on."""
    BLOCK = "block"
    """As the phase's default action says."""
    DENY = "deny"
    DROP = "drop"
    REDIRECT = "redirect"
    ALLOW = "allow"
    """No further rule of this phase and the later ones runs, the logging phase apart."""
    ALLOW_PHASE = "allow:phase"
    ALLOW_REQUEST = "allow:request"


class SetVar(msgspec.Struct, frozen=True, kw_only=True):
    """setvar and expirevar of a collection.

    name: The member's name, macros in place.
    kind: `=` sets, `+` adds, `-` takes away, `!` removes, `expire` ends after so many seconds.
    """

    collection: str
    name: bytes
    kind: str
    value: bytes = b""


class Ctl(msgspec.Struct, frozen=True, kw_only=True):
    """A ctl action; name: Folded, as ruleremovebyid, and its value as written."""

    name: str
    value: str


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One test of a chain, with the actions that run when this test holds.

    selectors: Empty for a SecAction, which always holds.
    transforms: Names in lower case, `t:none` and defaults already applied.
    """

    place: Place
    selectors: tuple[Selector, ...]
    operator: Operator
    transforms: tuple[str, ...] = ()
    capture: bool = False
    multi_match: bool = False
    setvars: tuple[SetVar, ...] = ()
    ctls: tuple[Ctl, ...] = ()
    initcol: tuple[tuple[str, bytes], ...] = ()
    """Collections opened, and their keys with macros, as ("IP", b"%{REMOTE_ADDR}")."""


class Rule(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A rule: its chain, and what is done and said once the whole chain holds.

    links: The first link and those chained to it.
    severity: 0 (emergency) to 7 (debug); None where the rule says none.
    msg, logdata: With macros in place.
    status: The status of the answer to a denied request; 0 where the default stands.
    location: Where a redirect leads, macros in place.
    """

    id: int
    phase: Phase
    links: tuple[Link, ...]
    disruption: Disruption = Disruption.PASS
    status: int = 0
    location: bytes = b""
    msg: bytes = b""
    logdata: bytes = b""
    severity: int | None = None
    tags: tuple[str, ...] = ()
    skip_after: str = ""
    log: bool = True
    audit_log: bool = True


class Marker(msgspec.Struct, frozen=True, tag=True):
    """SecMarker: where a skipAfter of the same phase leads; stands in every phase."""

    label: str


Item = Rule | Marker


class Mode(Enum):
    """SecRuleEngine."""

    ON = "On"
    DETECTION_ONLY = "DetectionOnly"
    OFF = "Off"


class DefaultAction(msgspec.Struct, frozen=True, kw_only=True):
    """SecDefaultAction of a phase: what BLOCK means, and what rules that say nothing do."""

    disruption: Disruption = Disruption.PASS
    status: int = 403
    location: bytes = b""
    log: bool = True
    audit_log: bool = True
    transforms: tuple[str, ...] = ()


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """All rules of a site, after removals and updates by later directives.

    items: In the order of the files; a phase's engine passes over other phases' rules.
    limits: What the rule set bounds, by the names of `Limits`; engines take the smaller bound.
    refuses_cut_request: Whether a request body over its limit is refused, or judged in part.
    refuses_cut_response: The same for response bodies.
    collection_seconds: How long stored collections live after their last change.
    digest: SHA-256 (hex) of all that was read, for caches of plans.
    """

    items: tuple[Item, ...]
    defaults: tuple[tuple[Phase, DefaultAction], ...] = ()
    mode: Mode = Mode.ON
    reads_request_body: bool = True
    reads_response_body: bool = False
    response_types: tuple[str, ...] = ("text/plain", "text/html", "text/xml")
    argument_separator: bytes = b"&"
    component_signature: str = ""
    limits: tuple[tuple[str, int], ...] = ()
    refuses_cut_request: bool = True
    refuses_cut_response: bool = False
    collection_seconds: int = 3600
    digest: str = ""

    def default_of(self, phase: Phase) -> DefaultAction:
        """Return the default action of a phase."""
        return dict(self.defaults).get(phase, DefaultAction())
