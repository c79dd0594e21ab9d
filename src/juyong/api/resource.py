"""A resource: what a product manages, declared once.

From the declaration follow how a call names it and is authorised, how it is found, its quota, its
tags, its links, and the one shape in which events and the inventory keep it.

    USER = Resource(
        kind="ACS::RAM::User", row=UserRow, id="user_id", name="user_name", arn="ram:user/",
        find=user_named, missing=NoUser, taken=UserExists,
        quota=Quota("ram.users", 5000, TooManyUsers), state=user_state,
    )

    @operation(RAM, "GetUser", on=USER.by(user_name=UserName), answers="User")
    def get_user(ctx: Context, user: UserRow) -> User: ...

INVARIANT: nothing else writes snapshots, so that every one of a type has the same members.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Generic, Literal, TypeVar

from juyong.api.access import ResourceConditionRule, ResourcePolicyRule, ResourceRule
from juyong.api.context import Arguments, Context, Snapshot
from juyong.api.errors import ApiError
from juyong.api.tags import Tagging, Values
from juyong.base.ids import AccountId
from juyong.store.errors import Duplicate
from juyong.store.inventory import Change
from juyong.store.tags import Place, drop_tags, put_tags, tags_of
from juyong.store.tally import fewer, one_more
from juyong.store.transaction import Transaction

R = TypeVar("R")
Relation = Literal["attached-to", "member-of", "in", "encrypted-by", "trusts"]


@dataclass(frozen=True, slots=True)
class Quota:
    """At most so many of a resource an account, counted beside the rows (see store.tally).

    name: The setting by which an operator allows more or less. error: What one more is answered.
    """

    name: str
    most: int
    error: type[ApiError]


@dataclass(frozen=True, slots=True)
class Link:
    """What a resource has to do with another one of the same account."""

    relation: Relation
    resource_type: str
    resource_id: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target(Generic[R]):
    """How a call names one resource of a type.

    parameters: Python name to annotated type of the parameters that name it; they are fields of
    the operation, and its function gets the row in their place.
    """

    resource: "Resource[R]"
    parameters: Mapping[str, Any]
    arn: ResourceRule
    find: Callable[[Context, Arguments], R]
    errors: tuple[type[ApiError], ...]
    policy: ResourcePolicyRule | None
    conditions: ResourceConditionRule | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Collection:
    """All resources of a type: what creating one, and listing them, must be allowed on."""

    arn: ResourceRule
    errors: tuple[type[ApiError], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resource(Generic[R]):
    """One type of resource.

    Attributes:
        kind: Such as `ACS::RAM::User`.
        row: Its row type.
        id, name: The columns with its id, and with the name that people know.
        arn: RAM's name for it, `<service>:<path>`: `ram:user/` and the label make
            `acs:ram:*:<account>:user/<label>`.
        find: Returns the row that a label means, or None: in the caller's account and the region
            called, unless the label says more.
        missing: Answered when there is none.
        state: The members that events and the inventory keep: stored facts and due times, nothing
            derived from now, no secret, no tags (they are kept beside).
        region: The column with its region; empty for a global resource.
        taken: Answered when a unique key is taken.
        quota, tags: None where it has none.
        links: What it has to do with others, as the row says.
        policy: Finds the policy that the resource itself carries.
    """

    kind: str
    row: type[R]
    id: str
    name: str
    arn: str
    find: Callable[[Context, str], R | None]
    missing: type[ApiError]
    state: Callable[[R], object]
    region: str = ""
    taken: type[ApiError] | None = None
    quota: Quota | None = None
    tags: Tagging | None = None
    links: Callable[[R], Iterable[Link]] | None = None
    policy: ResourcePolicyRule | None = None

    # --- how calls name it ---

    def by(self, label: Callable[[Any], str] = str, **parameter: Any) -> Target[R]:
        """Name it by one parameter.

        Args:
            label: Turns the parameter's value into the label that `arn` and `find` take.
            **parameter: Its Python name and annotated type.
        """
        ((name, _),) = parameter.items()

        def arn(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
            return (self.named(ctx, label(arguments[name])),)

        def find(ctx: Context, arguments: Arguments) -> R:
            return self.the(ctx, label(arguments[name]))

        return Target(
            resource=self,
            parameters=parameter,
            arn=arn,
            find=find,
            errors=(self.missing,),
            policy=self.policy,
            conditions=self.conditions if self.tags else None,
        )

    @property
    def new(self) -> Collection:
        """What creating one must be allowed on, and may answer."""
        named = (self.taken, self.quota.error if self.quota else None)
        return Collection(arn=self._all, errors=tuple(e for e in named if e is not None))

    @property
    def all(self) -> Collection:
        """What listing them must be allowed on."""
        return Collection(arn=self._all)

    def named(self, ctx: Context, label: str) -> str:
        """Return the ARN of one of the caller's account."""
        service, _, path = self.arn.partition(":")
        return f"acs:{service}:{ctx.region if self.region else '*'}:{ctx.account_id}:{path}{label}"

    def the(self, ctx: Context, label: str) -> R:
        """Return the row that a label means, and note it as what the call is about.

        Raises:
            ApiError: `missing`.
        """
        row = self.find(ctx, label)
        if row is None:
            raise self.missing
        ctx.journal.refer(self.kind, getattr(row, self.name), self._owner(row))
        return row

    # --- what is kept of it ---

    def add(self, ctx: Context, row: R, tags: Mapping[str, str] | None = None) -> R:
        """Store a new one, with its tags.

        Raises:
            ApiError: `taken`, the quota's, or those of its tags.
        """
        quota = self.quota
        if quota is not None:
            most = ctx.quota(quota.name, quota.most)
            if not one_more(ctx.tx, self.row, self._owner(row), quota.name, most=most):
                raise quota.error
        try:
            ctx.tx.insert(row)
        except Duplicate:
            if self.taken is None:
                raise
            raise self.taken from None
        if tags:
            self._put(ctx, row, tags)
        self.note(ctx, "created", row)
        return row

    def change(self, ctx: Context, row: R, **changes: object) -> R:
        """Store changes to one; a value None means no change, CLEARED stores None.

        Raises:
            ApiError: `taken`.
        """
        given = {k: None if v is CLEARED else v for k, v in changes.items() if v is not None}
        try:
            row = ctx.tx.update(row, **given)
        except Duplicate:
            if self.taken is None:
                raise
            raise self.taken from None
        self.note(ctx, "updated", row)
        return row

    def remove(self, ctx: Context, row: R) -> None:
        """Delete one, with its tags."""
        self.note(ctx, "deleted", row)
        ctx.tx.delete(row)
        if self.tags is not None:
            drop_tags(ctx.tx, self.place(row))
        if self.quota is not None:
            fewer(ctx.tx, self.row, self._owner(row), self.quota.name)

    def note(self, ctx: Context, change: Change, row: R) -> None:
        """Keep the state that one took, for events and the inventory."""
        ctx.journal.take(self.snapshot(ctx.tx, change, row))

    def snapshot(self, tx: Transaction, change: Change, row: R) -> Snapshot:
        """Return what events and the inventory keep of one."""
        place = self.place(row)
        return Snapshot(
            resource_type=self.kind,
            resource_id=place.resource_id,
            name=getattr(row, self.name),
            change=change,
            state=self.state(row),
            owner=place.account_id,
            region=place.region,
            tags=tags_of(tx, place) if self.tags else {},
            links=tuple(self.links(row)) if self.links and change != "deleted" else (),
        )

    def place(self, row: R) -> Place:
        """Return what names one in the inventory and among tags."""
        return Place(
            account_id=self._owner(row),
            region=getattr(row, self.region) if self.region else "",
            resource_type=self.kind,
            resource_id=str(getattr(row, self.id)),
        )

    # --- tags ---

    def tags_of(self, ctx: Context, row: R) -> dict[str, str]:
        """Return the tags of one, by key."""
        return tags_of(ctx.tx, self.place(row))

    def tag(self, ctx: Context, row: R, tags: Mapping[str, str]) -> None:
        """Add tags to one, or change their values.

        Raises:
            ApiError: those of its tags.
        """
        self._put(ctx, row, tags)
        self.note(ctx, "updated", row)

    def untag(self, ctx: Context, row: R, keys: Iterable[str] | None = None) -> None:
        """Take tags off one, all of them without keys; keys that it lacks are passed over."""
        drop_tags(ctx.tx, self.place(row), keys)
        self.note(ctx, "updated", row)

    def conditions(self, ctx: Context, name: str) -> Values:
        """Return the condition keys that the tags of the one with this ARN feed."""
        if self.tags is None:
            return {}
        row = self._at(ctx, name)
        return {} if row is None else self.tags.conditions(self.tags_of(ctx, row))

    def _put(self, ctx: Context, row: R, tags: Mapping[str, str]) -> None:
        if self.tags is None:
            raise TypeError(f"{self.kind} has no tags")
        place = self.place(row)
        most = ctx.quota(self.tags.quota, self.tags.most)
        self.tags.together(tags_of(ctx.tx, place), tags, most)
        put_tags(ctx.tx, place, tags)

    def _at(self, ctx: Context, name: str) -> R | None:
        """Return the row that an ARN of the caller's account names."""
        start, path, label = name.partition(f":{self.arn.partition(':')[2]}")
        own = start.endswith(f":{ctx.account_id}")
        return self.find(ctx, label) if own and path and label not in ("", "*") else None

    def _all(self, ctx: Context, _arguments: Arguments) -> tuple[str, ...]:
        """Name all of the account."""
        return (self.named(ctx, "*"),)

    def _owner(self, row: R) -> AccountId:
        owner: AccountId = getattr(row, "account_id")  # noqa: B009  # every resource's row has one
        return owner

    def __post_init__(self) -> None:
        columns = {field.name for field in fields(self.row)}  # type: ignore[arg-type]  # a row is a dataclass
        wanted = {self.id, self.name, "account_id", *([self.region] if self.region else [])}
        if missing := wanted - columns:
            raise TypeError(f"{self.kind}: its row has no {', '.join(sorted(missing))}")


class _Cleared:
    def __repr__(self) -> str:
        return "CLEARED"


CLEARED = _Cleared()
"""As a change: the column becomes NULL."""
