"""The permissions a call needs: resource names, condition keys, and the layers that decide."""

import string
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.fields import Judged
from juyong.engines.policy import Kind, Layer, PolicySet, Source, compile_policy, digest_of, parse


class Entry(Enum):
    """The kinds of callers that may reach an operation at all."""

    AUTHORISED = "authorised"
    """An identified caller that policies allow."""
    IDENTIFIED = "identified"
    """Any identified caller; never denied (GetCallerIdentity)."""
    ANONYMOUS = "anonymous"
    """Every caller: the operation verifies the proof that the call carries."""
    OPEN = "open"
    """Every caller that policies allow: identified, or without any credentials."""


ResourceRule = Callable[[Context, Arguments], tuple[str, ...]]
ConditionRule = Callable[[Context, Arguments], Mapping[str, tuple[str, ...]]]
ResourceConditionRule = Callable[[Context, str], Mapping[str, tuple[str, ...]]]
"""Returns the condition keys one resource of the call brings, such as its tags, by its name.

The gateway asks once for each resource: a call with two targets is judged by the tags of each.
"""
ResourcePolicyRule = Callable[[Context, Arguments], "TargetPolicy | None"]
"""Returns the policy of the target, or None when it has none or does not exist.

Without one, a caller of the target's own account is judged by its identity policies alone (and the
operation then says what does not exist); a caller of another account is denied.
"""
AlsoRule = Callable[[Context, Arguments], tuple["Also", ...]]
"""Returns the further permissions a call needs, each under an action of its own."""
PartsRule = Callable[[Context, Arguments], Mapping[str, tuple["Also", ...]]]
"""Returns the permissions each part of a call needs, by the operation's name for the part.

The call is refused when no part is allowed. Otherwise the operation runs and answers for the denied
parts, which are in `ctx.denied`.
"""
SelfService = Callable[[Context, Arguments], bool]
"""Says whether the caller manages what is its own and the account's preferences let it."""


class ActionWith(msgspec.Struct, frozen=True):
    """Another action, by which a call is judged that has a parameter (its Python name)."""

    parameter: str
    action: str


class Also(msgspec.Struct, frozen=True, kw_only=True):
    """One more permission a call needs.

    conditions: Condition keys of this resource, added to the global ones. policy: The policy this
    resource carries, if any.
    """

    action: str
    resource: str
    conditions: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    policy: "TargetPolicy | None" = None


class ResourceTemplate(msgspec.Struct, frozen=True):
    """`acs:<service>:*:<account>:<relative>` with `{argument}` placeholders in `relative`.

    A missing argument stands as `*`: a permission for a single resource is none for all of them. A
    regional name holds the region called instead of `*`.
    """

    service: str
    relative: str
    names: tuple[str, ...]
    regional: bool = False

    def __call__(self, ctx: Context, arguments: Arguments) -> tuple[str, ...]:
        """Name the resource of one call."""
        filled = self.relative
        if self.names:
            filled = filled.format_map({n: arguments.get(n) or "*" for n in self.names})
        region = ctx.region if self.regional else "*"
        return (f"acs:{self.service}:{region}:{ctx.account_id}:{filled}",)


class TargetPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The policy document a target carries.

    trust: It is a role's trust policy: both sides must allow even within one account.
    shared: It alone may allow whoever it names, of any account and of none.
    """

    document: str
    identifier: str
    trust: bool = False
    shared: bool = False


@lru_cache(maxsize=4096)
def compile_target(target: TargetPolicy) -> PolicySet:
    """Compile a target's policy; documents were checked when they were stored."""
    kind = Kind.TRUST if target.trust else Kind.RESOURCE
    layer = Layer.TRUST if target.trust else Layer.RESOURCE
    source = Source(
        policy_type=layer.value,
        identifier=target.identifier,
        version=None,
        attached_scope="Resource",
        attached_entity_type="Role" if target.trust else "Resource",
        digest=digest_of(target.document),
    )
    return PolicySet((compile_policy(parse(target.document, kind), source),))


class CallConditions(msgspec.Struct, frozen=True):
    """The condition keys of a call: those of the operation's own rule, and of its parameters."""

    own: ConditionRule | None
    judged: tuple[tuple[str, Judged], ...]

    def __call__(self, ctx: Context, arguments: Arguments) -> Mapping[str, tuple[str, ...]]:
        """Return the keys of one call; a parameter that is absent brings none."""
        found: dict[str, tuple[str, ...]] = {}
        for name, rule in self.judged:
            value = arguments.get(name)
            if value is not None:
                found.update(rule.keys(value))
        if self.own is not None:
            found.update(self.own(ctx, arguments))
        return found

    @property
    def rules(self) -> tuple[Callable[..., object], ...]:
        """Return the rules that are asked, for the reference page."""
        return (*(() if self.own is None else (self.own,)), *(each.keys for _, each in self.judged))


def acs(service: str, relative: str, *, regional: bool = False) -> ResourceTemplate:
    """Declare the resource of an operation, e.g. `acs("ram", "user/{user_name}")`."""
    names = tuple(n for _, n, _, _ in string.Formatter().parse(relative) if n)
    return ResourceTemplate(service, relative, names, regional)


def each(*rules: ResourceRule) -> ResourceRule:
    """Several resources in one call: each must be allowed."""

    def rule(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
        return tuple(name for one in rules for name in one(ctx, arguments))

    return rule
