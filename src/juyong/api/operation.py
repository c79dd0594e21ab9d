"""Declare an operation: the function's signature is its schema."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from juyong.api.access import (
    AlsoRule,
    ConditionRule,
    Entry,
    PartsRule,
    ResourceConditionRule,
    ResourcePolicyRule,
    ResourceRule,
    SelfService,
)
from juyong.api.context import Arguments, Context, Platform
from juyong.api.errors import ApiError
from juyong.api.parameters import Field, fields_of
from juyong.api.product import Product

Effect = Literal["Read", "Write"]
F = TypeVar("F", bound=Callable[..., Any])

_READS = ("Describe", "Get", "List", "Query", "Lookup", "Check", "Decode")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rate:
    """At most `per_second` calls of an operation an account and second (burst: one second).

    quota: Names the setting by which an operator allows more or less.
    """

    per_second: int
    quota: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepare:
    """Slow work (hashing a password, a look-up outside) done while no transaction is open.

    gather: Reads what the work needs, in a transaction, once the call is authorised; writes
        nothing. work: Does it, on a thread of its own; what it returns arrives as the keyword
        `prepared`, an ApiError it raises is raised as the operation's. scans: `gather` may read
        many rows.
    The call is authenticated and authorised again when it executes.
    """

    work: Callable[[Platform, Arguments, Any], Any]
    gather: Callable[[Context, Arguments], Any] | None = None
    scans: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Route:
    """Method and path of an operation of a ROA product; `{names}` match one segment."""

    method: str
    path: str

    def overlaps(self, other: "Route") -> bool:
        """Tell whether some request matches both: only a literal segment tells routes apart."""
        mine, theirs = self.path.split("/"), other.path.split("/")
        return (
            self.method == other.method
            and len(mine) == len(theirs)
            and all(
                a == b or a.startswith("{") or b.startswith("{")
                for a, b in zip(mine, theirs, strict=True)
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Operation:
    """Everything the gateway, the reference page and the tests know of an operation."""

    product: Product
    name: str
    function: Callable[..., Any]
    fields: tuple[Field, ...]
    result: Any
    effect: Effect
    action: str
    entry: Entry
    resource: ResourceRule | None
    conditions: ConditionRule | None
    resource_conditions: ResourceConditionRule | None
    resource_policy: ResourcePolicyRule | None
    self_service: SelfService | None
    prepare: Prepare | None
    raises: tuple[type[ApiError], ...]
    unsupported: dict[str, str]
    rate: Rate | None
    route: Route | None
    also: AlsoRule | None
    parts: PartsRule | None
    methods: tuple[str, ...]
    reads_only: bool
    scans: bool
    writes_seldom: bool
    imports: tuple[str, ...]
    replayable: bool

    @property
    def reads_body(self) -> bool:
        """Whether the body holds parameters; otherwise it is one, as sent."""
        return not any(field.raw for field in self.fields)


def operation(
    product: Product,
    name: str,
    *,
    resource: ResourceRule | None = None,
    raises: tuple[type[ApiError], ...] = (),
    effect: Effect | None = None,
    action: str | None = None,
    entry: Entry = Entry.AUTHORISED,
    conditions: ConditionRule | None = None,
    resource_conditions: ResourceConditionRule | None = None,
    resource_policy: ResourcePolicyRule | None = None,
    self_service: SelfService | None = None,
    prepare: Prepare | None = None,
    unsupported: dict[str, str] | None = None,
    rate: Rate | None = None,
    route: Route | None = None,
    also: AlsoRule | None = None,
    parts: PartsRule | None = None,
    methods: tuple[str, ...] = ("GET", "POST"),
    reads_only: bool = False,
    scans: bool = False,
    writes_seldom: bool = False,
    imports: tuple[str, ...] = (),
    replayable: bool = False,
) -> Callable[[F], F]:
    """Register a function as an operation of a product.

    Args:
        product: The product it belongs to.
        name: The API's name.
        resource: Names what must be allowed; required unless entry says otherwise.
        raises: Every ApiError the function may raise; raising another one fails the tests.
        effect: Read or Write as events show it; taken from the name when absent.
        action: RAM action when it is not `<ram_code>:<name>`.
        entry: Who may reach it.
        conditions: Further condition keys of the call, beside the global ones.
        resource_conditions: Condition keys of each resource, such as acs:ResourceTag/<key>.
        resource_policy: Finds the target's resource-based policy.
        self_service: Lets a user manage its own things without a policy; a Deny still wins.
        prepare: Slow work that must not hold up the store.
        unsupported: Published parameters that are refused when given, each with the reason.
        rate: The published limit of calls a second.
        route: Method and path, for ROA products.
        also: Names what else must be allowed under another action, such as ram:PassRole.
        parts: Names the parts of a call that may be allowed or denied each by itself.
        methods: What an RPC call of it may be sent by.
        reads_only: It writes no row, so that no writer delays it. This is not `effect`, which
            events show: GetParametersForImport is a "Read", and keeps a key pair.
        scans: It may read more rows than one page of an answer holds, or any number of events; it
            runs on a thread. Only with reads_only.
        writes_seldom: It writes a row once in many calls; it is tried as one that reads only, and
            done again as one that writes where it must.
        imports: Modules that the function imports when it runs; its first call has them imported
            on a thread before.
        replayable: A signed V3 call may leave out host and nonce, and is then served as often as it
            arrives within its time. SECURITY: whoever sees such a call can repeat it, so only for
            what changes nothing and tells the caller's identity at most (ADR 0027).
    """
    if scans and not reads_only:
        raise TypeError(f"{product.code} {name} scans, and is not said to read only")
    if entry is Entry.AUTHORISED and resource is None and parts is None:
        raise TypeError(f"{product.code} {name} names no resource to authorise")
    if replayable and entry is not Entry.IDENTIFIED:
        raise TypeError(f"{product.code} {name} does more than tell who calls")

    def register(function: F) -> F:
        _refuse_collision(product, name, route, function)
        product.operations[name] = Operation(
            product=product,
            name=name,
            function=function,
            fields=fields_of(function, product.spell),
            result=inspect.signature(function).return_annotation,
            effect=effect or ("Read" if name.startswith(_READS) else "Write"),
            action=action or f"{product.ram_code}:{name}",
            entry=entry,
            resource=resource,
            conditions=conditions,
            resource_conditions=resource_conditions,
            resource_policy=resource_policy,
            self_service=self_service,
            prepare=prepare,
            raises=raises,
            unsupported=unsupported or {},
            rate=rate,
            route=route,
            also=also,
            parts=parts,
            methods=methods,
            reads_only=reads_only,
            scans=scans,
            writes_seldom=writes_seldom,
            imports=imports,
            replayable=replayable,
        )
        return function

    return register


def _refuse_collision(
    product: Product, name: str, route: Route | None, function: Callable[..., Any]
) -> None:
    """Refuse an operation that one request could mean beside another.

    The same function comes twice when the first import of its module failed after it.
    """
    for known in product.operations.values():
        if known.name == name:
            if _place(known.function) != _place(function):
                raise TypeError(f"{product.code} {name} is declared twice")
        elif route is not None and known.route is not None and route.overlaps(known.route):
            raise TypeError(
                f"{product.code} {name} and {known.name} are both meant by"
                f" {route.method} {route.path}, {known.route.path}"
            )


def _place(function: Callable[..., Any]) -> tuple[str, str]:
    return function.__module__, function.__qualname__
