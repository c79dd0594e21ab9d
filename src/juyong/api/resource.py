"""A resource: what a product manages, declared once.

From the declaration follow how a call names the resource and is authorised, how the row is found,
the quota, and the one shape in which the inventory keeps it.

    GROUP = Resource(
        kind="ACS::RAM::Group", row=GroupRow, id="group_id", name="group_name", arn="ram:group/",
        find=find_group, missing=NoGroup, taken=GroupExists,
        quota=Quota("ram.groups", 300, TooManyGroups), state=group_state,
    )

    @operation(RAM, "GetGroup", on=GROUP.by(group_name=GroupName), answers="Group")
    def get_group(ctx: Context, group: GroupRow) -> Group: ...

The order of a call stays: name, authorise, find, run. So a denial does not tell what exists.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from juyong.api.access import ResourceRule, acs
from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.store.errors import Duplicate
from juyong.store.inventory import Change

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Quota:
    """At most so many of a resource an account.

    name: The setting by which an operator allows more or less. error: What one more is answered.
    """

    name: str
    most: int
    error: type[ApiError]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target(Generic[R]):
    """How a call names one resource of a type.

    parameters: Python name to annotated type of the parameters that name the resource; they are
    fields of the operation, and its function gets the row in their place.
    """

    parameters: Mapping[str, Any]
    arn: ResourceRule
    find: Callable[[Context, Arguments], R]
    errors: tuple[type[ApiError], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Collection:
    """All resources of a type: what creating one, and listing them, must be allowed on."""

    arn: ResourceRule
    errors: tuple[type[ApiError], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resource(Generic[R]):
    """One type of resource of the caller's account.

    Attributes:
        kind: Such as `ACS::RAM::User`.
        row: Its row type.
        id, name: The columns with the id, and with the name that people know.
        arn: How RAM names the resource, `<service>:<path>`: `ram:user/` and the label make
            `acs:ram:*:<account>:user/<label>`.
        find: Returns the row that a label means in the caller's account, or None.
        missing: Answered when there is none.
        taken: Answered when a unique key is taken.
        quota: How many an account may have.
        state: The members that the inventory keeps: stored facts and due times, no secret, and
            nothing derived from the present time.
    """

    kind: str
    row: type[R]
    id: str
    name: str
    arn: str
    find: Callable[[Context, str], R | None]
    missing: type[ApiError]
    taken: type[ApiError]
    quota: Quota
    state: Callable[[R], object]

    def __post_init__(self) -> None:
        """Refuse columns that the row lacks.

        Raises:
            TypeError: names them.
        """
        columns = {field.name for field in fields(self.row)}  # type: ignore[arg-type]  # a row is a dataclass
        if missing := {self.id, self.name, "account_id"} - columns:
            raise TypeError(f"{self.kind}: the row has no {', '.join(sorted(missing))}")

    # --- how calls name it ---

    def by(self, **parameter: Any) -> Target[R]:
        """Name one by a parameter that holds its label: `by(user_name=UserName)`."""
        ((name, _),) = parameter.items()

        def find(ctx: Context, arguments: Arguments) -> R:
            return self.the(ctx, arguments[name])

        return Target(
            parameters=parameter, arn=self._arn(f"{{{name}}}"), find=find, errors=(self.missing,)
        )

    @property
    def new(self) -> Collection:
        """What creating one must be allowed on, and may answer."""
        return Collection(arn=self._arn("*"), errors=(self.taken, self.quota.error))

    @property
    def all(self) -> Collection:
        """What listing them must be allowed on."""
        return Collection(arn=self._arn("*"))

    def the(self, ctx: Context, label: str) -> R:
        """Return the row that a label means, and note the label as what the call is about.

        Raises:
            ApiError: `missing`.
        """
        ctx.journal.refer(self.kind, label)
        row = self.find(ctx, label)
        if row is None:
            raise self.missing
        return row

    # --- what is kept of it ---

    def add(self, ctx: Context, row: R) -> R:
        """Store a new one.

        Raises:
            ApiError: the quota's, or `taken`.
        """
        held = ctx.tx.count(self.row, account_id=ctx.account_id)
        if held >= ctx.quota(self.quota.name, self.quota.most):
            raise self.quota.error
        try:
            ctx.tx.insert(row)
        except Duplicate:
            raise self.taken from None
        self._note(ctx, "created", row)
        return row

    def change(self, ctx: Context, row: R, **changes: object) -> R:
        """Store changes to one; a value None means no change.

        Raises:
            ApiError: `taken`.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        try:
            row = ctx.tx.update(row, **given)
        except Duplicate:
            raise self.taken from None
        self._note(ctx, "updated", row)
        return row

    def remove(self, ctx: Context, row: R) -> None:
        """Delete one."""
        ctx.tx.delete(row)
        self._note(ctx, "deleted", row)

    def _note(self, ctx: Context, change: Change, row: R) -> None:
        name, state = str(getattr(row, self.name)), self.state(row)
        ctx.journal.record(change, self.kind, str(getattr(row, self.id)), name, state)

    def _arn(self, label: str) -> ResourceRule:
        service, _, path = self.arn.partition(":")
        return acs(service, f"{path}{label}")
