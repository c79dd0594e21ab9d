"""Everything that is known of an operation, once it is declared."""

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from juyong.api.access import (
    ActionWith,
    AlsoRule,
    ConditionRule,
    Entry,
    PartsRule,
    ResourceConditionRule,
    ResourcePolicyRule,
    ResourceRule,
    SelfService,
)
from juyong.api.answers import NOTHING, RawAnswer
from juyong.api.context import Arguments, Context, Platform
from juyong.api.errors import ApiError
from juyong.api.fields import LongestBody
from juyong.api.parameters import Field, Group
from juyong.api.product import Product
from juyong.api.resource import Target
from juyong.api.shape import EMPTY
from juyong.api.wrapping import Wrapping
from juyong.blobs.arrived import Blob, Cipher

Effect = Literal["Read", "Write"]
Audit = Literal["management", "data"]
CipherRule = Callable[[Context, Arguments], Cipher]


class Rate(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """At most `per_second` calls of an operation an account and second (burst: one second).

    quota: Names the setting by which an operator allows more or less.
    """

    per_second: int
    quota: str = ""


class Prepare(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Slow work (hashing a password, a look-up outside) done while no transaction is open.

    gather: Reads what the work needs, in a transaction, once the call is authorised; leaves at
        most evidence of what it used, which is committed before the work. work: Does it, on a
        thread of its own; what it returns arrives as the keyword `prepared` if the function has
        such a parameter; an ApiError it raises is raised as the operation's. raises: Those errors.
        scans: `gather` may read many rows.
    The call is authenticated and authorised again when it executes.
    """

    work: Callable[[Platform, Arguments, Any], Any]
    gather: Callable[[Context, Arguments], Any] | None = None
    raises: tuple[type[ApiError], ...] = ()
    scans: bool = False


class Route(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Method and path of an operation; `{names}` match one segment, `{names+}` all that follow.

    marks: The query parameters, separated by spaces, that tell the operation from others at its
    path, such as `uploadId partNumber`; of names that begin with `x-` headers too. A request means
    the operation that has just those marks which the request has, among the marks of all operations
    of the product.
    """

    method: str
    path: str
    marks: str = ""

    @property
    def marked(self) -> frozenset[str]:
        """The marks, one by one."""
        return frozenset(self.marks.split())

    def overlaps(self, other: "Route") -> bool:
        """Tell whether some request matches both: two routes differ only by a literal segment."""
        mine, theirs = self.path.split("/"), other.path.split("/")
        return bool(
            self.method == other.method
            and self.marked == other.marked
            and len(mine) == len(theirs)
            and all(
                a == b or (a.startswith("{") and b) or (b.startswith("{") and a)
                for a, b in zip(mine, theirs, strict=True)
            )
        )


class Operation(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Everything the gateway, the reference page and the tests know of an operation.

    receives: The parameter that is the body as it arrives, or a part of it, kept as a blob.
    groups: The structures that the function takes in place of fields. takes_form: That body is the
    file of a form. takes_member: It is a member of a JSON body, whose other members are parameters.
    gateway: The names of parameters that the gateway honours.
    """

    product: Product
    name: str
    function: Callable[..., Any]
    fields: tuple[Field, ...]
    groups: tuple[Group, ...]
    receives: Field | None
    takes_form: bool
    takes_member: bool
    result: Any
    effect: Effect
    action: str
    action_with: ActionWith | None
    entry: Entry
    resource: ResourceRule | None
    conditions: ConditionRule | None
    resource_conditions: ResourceConditionRule | None
    resource_policy: ResourcePolicyRule | None
    self_service: SelfService | None
    prepare: Prepare | None
    takes_prepared: bool
    raises: tuple[type[ApiError], ...]
    unsupported: dict[str, str]
    rate: Rate | None
    route: Route | None
    also: AlsoRule | None
    parts: PartsRule | None
    sealed_with: CipherRule | None
    methods: tuple[str, ...]
    reads_only: bool
    scans: bool
    writes_seldom: bool
    imports: tuple[str, ...]
    replayable: bool
    audit: Audit
    root: str
    on: Target[Any] | None
    gateway: frozenset[str]
    wrapping: Wrapping | None

    def run(self, ctx: Context, arguments: Arguments) -> Any:
        """Call the function: with the row of what the call names, where it is declared on one."""
        result = self._called(ctx, arguments)
        if self.wrapping is not None:
            return self.wrapping.wrap(result)
        if result is None:
            return NOTHING if self.result is RawAnswer else EMPTY
        return result

    def _called(self, ctx: Context, arguments: Arguments) -> Any:
        on, gateway = self.on, self.gateway
        if on is None:
            if gateway:
                arguments = {k: value for k, value in arguments.items() if k not in gateway}
            return self.function(ctx, **arguments)
        row = on.find(ctx, arguments)
        rest = {
            name: value
            for name, value in arguments.items()
            if name not in on.parameters and name not in gateway
        }
        return self.function(ctx, row, **rest)

    @property
    def begins_outside(self) -> bool:
        """Whether a call is judged, and its rate asked, before its transaction begins."""
        return self.prepare is not None or self.receives is not None

    def cipher_of_body(self, ctx: Context, arguments: Arguments) -> Cipher:
        """Return the algorithm that seals the body; refuse a call on what does not exist."""
        if self.on is not None:
            self.on.find(ctx, arguments)
        return self.sealed_with(ctx, arguments) if self.sealed_with else Cipher.AES_256_GCM

    @property
    def longest_body(self) -> LongestBody:
        """The rule of the body that the operation receives."""
        field = self.receives
        rules = field.rules if field is not None else ()
        return next((rule for rule in rules if isinstance(rule, LongestBody)), LongestBody(0))

    @property
    def reads_body(self) -> bool:
        """Whether the body, read whole, holds parameters; otherwise it is one or holds one."""
        return not any(field.raw or field.xml or field.kind is Blob for field in self.fields)
