"""A resource: what a product manages, declared once.

From the declaration follow how a call names the resource and is authorised, how the row is found,
the quota, the tags, and the one shape in which the inventory keeps the resource.

    GROUP = Resource(
        kind="ACS::RAM::Group", row=GroupRow, id="group_id", name="group_name", arn="ram:group/",
        find=find_group, missing=NoGroup, taken=GroupExists,
        quota=Quota("ram.groups", TooManyGroups), state=group_state,
    )

    @operation(RAM, "GetGroup", on=GROUP.by(group_name=GroupName), answers="Group")
    def get_group(ctx: Context, group: GroupRow) -> Group: ...

A call goes in this order: name, authorise, find, run. So a denial does not tell what exists.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cache
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec.structs import replace

from juyong.api.access import (
    ResourceConditionRule,
    ResourcePolicyRule,
    ResourceRule,
    TargetPolicy,
)
from juyong.api.context import Arguments, Context, Journal
from juyong.api.errors import ApiError
from juyong.api.shape import Shape, to_record
from juyong.api.tags import TagRules
from juyong.base.ids import AccountId
from juyong.base.names import BadResourceName, parse_resource_name
from juyong.engines.policy import Layer
from juyong.store import tags as stored
from juyong.store.errors import Duplicate
from juyong.store.inventory import GLOBAL, Change, Link, Noted, Picture, Ref
from juyong.store.transaction import Transaction

R = TypeVar("R")


def found_here(row_type: type[R]) -> "Callable[[Context, str], R | None]":
    """Return what finds a regional row by its id: one of the calling account, where it called."""

    def find(ctx: Context, resource_id: str) -> R | None:
        row: Any = ctx.tx.get(row_type, resource_id)
        own = row is not None and (row.account_id, row.region) == (ctx.account_id, ctx.region)
        return row if own else None

    return find


class Quota(msgspec.Struct, frozen=True):
    """The most resources of a type that an account may have; of a regional type, in each region.

    name: The setting by which an operator allows more or less. error: The answer to one more.
    """

    name: str
    error: type[ApiError]


class Links(msgspec.Struct, Generic[R], frozen=True):
    """The attachments of a type of resource.

    kind: As of `store.inventory.Link`. targets: Returns the resources that one is attached to.
        at_once: A new resource may have links; otherwise nothing looks for links when the resource
        is created.
    """

    kind: str
    targets: Callable[[Transaction, R], Iterable[Ref]]
    at_once: bool = True


class Documents(msgspec.Struct, frozen=True):
    """The policies that a type of resource carries, as the inventory's states tell them.

    layer: Of the policy engine, to which they belong.
    of: Returns the texts that the engine may have been given, from a state and the account of the
        resource: the likeliest one first, and in the same order for each state; none where the
        resource carries no policy.
    below: Whether they are asked about things in the resource, too, whose names go on after `/`.
    """

    layer: Layer
    of: Callable[[Mapping[str, Any], AccountId], tuple[str, ...]]
    below: bool = False


class Target(msgspec.Struct, Generic[R], frozen=True, kw_only=True, eq=False):
    """How a call names one resource of a type.

    parameters: Python name to annotated type of the parameters that name the resource; they are
    fields of the operation, and its function gets the row in their place.
    """

    parameters: Mapping[str, Any]
    arn: ResourceRule
    find: Callable[[Context, Arguments], R]
    errors: tuple[type[ApiError], ...]
    conditions: ResourceConditionRule | None = None
    policy: ResourcePolicyRule | None = None


class Collection(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """All resources of a type: what creating one, and listing them, must be allowed on."""

    arn: ResourceRule
    errors: tuple[type[ApiError], ...] = ()


class Resource(msgspec.Struct, Generic[R], frozen=True, kw_only=True, eq=False):
    """One type of resource.

    Attributes:
        kind: Such as `ACS::RAM::User`.
        row: Its row type.
        id, name: The columns, or properties of the row, with the id and with the name that people
            know.
        arn: How the resource is named, `<service>:<path>`: `ram:user/` and the label make
            `acs:ram:*:<account>:user/<label>`.
        label: The column with the label of the ARN; the name unless it says otherwise.
        regional: Each belongs to a region, which its row and its ARN name.
        find: Returns the row that a parameter means, or None.
        missing: The errors when there is none: the first is answered; `find` may raise the others.
        taken: Answered when a unique key is taken.
        quota: How many an account may have.
        state: The members that the inventory keeps, as the shape of a row or a function that
            returns them: stored facts and due times, no secret, and nothing derived from the
            present time.
        tags: The rules of its tags; None: it has none.
        links: The resources that it is attached to.
        policy: Returns the policy that the resource itself carries, from what a parameter says.
        documents: The texts of the policies that it carries, or is, as its states tell them.
        resolve: Returns the ARN that a parameter means, where that is not the label (an alias).
    """

    kind: str
    row: type[R]
    id: str
    name: str
    arn: str
    find: Callable[[Context, str], R | None]
    missing: type[ApiError] | tuple[type[ApiError], ...]
    state: type[Shape] | Callable[[Transaction, R], object]
    label: str = ""
    regional: bool = False
    taken: type[ApiError] | None = None
    quota: Quota | None = None
    tags: TagRules | None = None
    links: tuple[Links[R], ...] = ()
    policy: Callable[[Context, str], TargetPolicy | None] | None = None
    documents: Documents | None = None
    resolve: Callable[[Context, str], str] | None = None

    def __post_init__(self) -> None:
        """Refuse columns that the row lacks.

        Raises:
            TypeError: names them.
        """
        needed = {self.id, self.name, self.label or self.name, "account_id"}
        if self.regional:
            needed.add("region")
        if missing := [name for name in sorted(needed) if not hasattr(self.row, name)]:
            raise TypeError(f"{self.kind}: the row has no {', '.join(missing)}")

    # --- how calls name it ---

    def by(self, **parameter: Any) -> Target[R]:
        """Name one by a parameter that holds its label: `by(user_name=UserName)`."""
        ((name, _),) = parameter.items()
        own = self.policy

        def find(ctx: Context, arguments: Arguments) -> R:
            return self.the(ctx, arguments[name])

        def arn(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
            return (self.arn_named(ctx, arguments.get(name) or "*"),)

        def policy(ctx: Context, arguments: Arguments) -> TargetPolicy | None:
            label = arguments.get(name)
            return own(ctx, label) if own and label else None

        return Target(
            parameters=parameter,
            arn=arn,
            find=find,
            errors=self.errors,
            conditions=self.tag_conditions if self.tags else None,
            policy=policy if own else None,
        )

    def found(
        self,
        find: Callable[[Context, str], R | None],
        missing: type[ApiError] | tuple[type[ApiError], ...],
    ) -> "Resource[R]":
        """Return the same type of resource, found by another rule: a key that may be used now."""
        return replace(self, find=find, missing=missing)

    @property
    def new(self) -> Collection:
        """The permission to create a resource of the type, and the errors of creating."""
        quota = self.quota.error if self.quota else None
        return Collection(
            arn=self._every, errors=tuple(each for each in (self.taken, quota) if each)
        )

    @property
    def all(self) -> Collection:
        """The permission to list the resources of the type."""
        return Collection(arn=self._every)

    def the(self, ctx: Context, label: str) -> R:
        """Return the row that a label means, and note what the call is about.

        Raises:
            ApiError: of `missing`.
        """
        row = self.find(ctx, label)
        if row is None:
            ctx.journal.refer(self.kind, label)
            raise self.errors[0]
        ctx.journal.refer(self.kind, self._name(row), self.owner(row))
        return row

    @property
    def errors(self) -> tuple[type[ApiError], ...]:
        """The errors when a call names one that does not exist."""
        return self.missing if isinstance(self.missing, tuple) else (self.missing,)

    # --- what names it ---

    def owner(self, row: R) -> AccountId:
        """Return the account of a resource."""
        account: AccountId = getattr(row, "account_id")  # noqa: B009  # a row, whatever its type
        return account

    def ref(self, row: R) -> Ref:
        """Return the inventory's name of a row's resource; tags and links use the name too."""
        return self.ref_of(self.owner(row), self._region(row), str(getattr(row, self.id)))

    def ref_of(self, account_id: AccountId, region: str, resource_id: str) -> Ref:
        """Return the inventory's name of a resource whose row is not at hand."""
        return Ref(account_id, region if self.regional else GLOBAL, self.kind, resource_id)

    def arn_of(self, row: R) -> str:
        """Return the ARN of a resource."""
        label = str(getattr(row, self.label or self.name))
        return self._arn(self._region(row) if self.regional else "", self.owner(row), label)

    def arn_named(self, ctx: Context, label: str) -> str:
        """Return the ARN that a parameter means, whether there is such a resource or not."""
        if self.resolve is not None:
            return self.resolve(ctx, label)
        return self._arn(ctx.region if self.regional else "*", ctx.account_id, label)

    # --- what is kept of it ---

    def create(
        self, ctx: Context, tags: Mapping[str, str] | None = None, /, **columns: object
    ) -> R:
        """Store a new one of the caller's account, in the region called, made now; see `add`.

        Args:
            tags: Its tags, as `tags.checked` has read them.
            **columns: The columns that the call decides.
        """
        for name, attribute in _filled_in(cast("Hashable", self.row)):
            if name not in columns:
                columns[name] = getattr(ctx, attribute)
        return self.add(ctx, self.row(**columns), tags)

    def add(self, ctx: Context, row: R, tags: Mapping[str, str] | None = None) -> R:
        """Store a new one, with its tags.

        Raises:
            ApiError: the quota's, `taken`, or those of tags.
        """
        if self.quota is not None:
            where: dict[str, str] = {"account_id": self.owner(row)}
            if self.regional:
                where["region"] = self._region(row)
            held = ctx.tx.count(self.row, **where)
            if held >= ctx.quota(self.quota.name):
                raise self.quota.error
        try:
            ctx.tx.insert(row)
        except Duplicate:
            if self.taken is None:
                raise
            raise self.taken from None
        if tags:
            self._put_tags(ctx, row, tags)
        # PERF: what a resource has that is only now made need not be read back.
        ctx.journal.note(self.noted("created", row, tags=tags or {}), self.owner(row))
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
            if self.taken is None:
                raise
            raise self.taken from None
        self.note(ctx.tx, ctx.journal, "updated", row)
        return row

    def remove(self, ctx: Context, row: R) -> None:
        """Delete one, and its tags."""
        self.note(ctx.tx, ctx.journal, "deleted", row)
        if self.tags is not None:
            stored.drop_tags(ctx.tx, self.ref(row))
        ctx.tx.delete(row)

    def note(self, tx: Transaction, journal: Journal, change: Change, row: R) -> None:
        """Note a change of a resource whose rows other code writes.

        The picture of the resource is taken at the end of the call. That of a deleted resource is
        taken now: note it before its rows are deleted.
        """
        noted = self.noted(change, row)
        if change == "deleted":
            picture = noted.take(tx)
            noted = replace(noted, take=lambda _tx: picture)
        journal.note(noted, self.owner(row))

    def noted(self, change: Change, row: R, *, tags: Mapping[str, str] | None = None) -> Noted:
        """Return a change as the inventory writes it; tags that are not given are read."""
        return Noted(
            change=change,
            ref=self.ref(row),
            name=self._name(row),
            arn=self.arn_of(row),
            take=lambda tx: self.picture(tx, row, new=change == "created", tags=tags),
            linked=bool(self.links),
            created_at=getattr(row, "created_at", None),
        )

    def picture(
        self, tx: Transaction, row: R, *, new: bool = False, tags: Mapping[str, str] | None = None
    ) -> Picture:
        """Return the state, tags and links of a resource."""
        if tags is None:
            tags = stored.tags_of(tx, self.ref(row)) if self.tags else {}
        of: Callable[[R], object] | None = getattr(self.state, "of", None)
        state = self.state(tx, row) if of is None else of(row)
        return Picture(
            to_record(state).decode(),
            tags,
            tuple(
                Link(each.kind, target)
                for each in self.links
                if each.at_once or not new
                for target in each.targets(tx, row)
            ),
        )

    # --- tags ---

    def tags_of(self, tx: Transaction, row: R) -> dict[str, str]:
        """Return the tags of a resource, by key."""
        return stored.tags_of(tx, self.ref(row))

    def tags_by_id(self, ctx: Context) -> Mapping[str, Mapping[str, str]]:
        """Return id to tags of the caller's tagged resources, in the region called if regional.

        Cost: one indexed read of all those tags.
        """
        region = ctx.region if self.regional else GLOBAL
        return stored.tags_by_id(ctx.tx, ctx.account_id, self.kind, region)

    def tag(self, ctx: Context, row: R, tags: Mapping[str, str]) -> None:
        """Add tags that `tags.checked` has read, or change their values.

        Raises:
            ApiError: the clash's, or of too many tags.
        """
        self._put_tags(ctx, row, tags)
        self.note(ctx.tx, ctx.journal, "updated", row)

    def untag(self, ctx: Context, row: R, keys: Iterable[str] | None = None) -> None:
        """Take tags off, all of them without keys; keys that it does not have are passed over."""
        if stored.drop_tags(ctx.tx, self.ref(row), keys):
            self.note(ctx.tx, ctx.journal, "updated", row)

    def tag_conditions(self, ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
        """Return the condition keys that the tags of one resource of a call bring."""
        ref = self._ref_named(ctx, arn) if self.tags else None
        held = stored.tags_of(ctx.tx, ref) if ref else {}
        prefixes = self.tags.conditions if self.tags else ()
        return {f"{prefix}{key}": (value,) for key, value in held.items() for prefix in prefixes}

    def _put_tags(self, ctx: Context, row: R, tags: Mapping[str, str]) -> None:
        rules = self.tags
        if rules is None:
            raise TypeError(f"{self.kind} has no tags")
        ref = self.ref(row)
        most = ctx.quota(rules.quota) if rules.quota else rules.most
        rules.addable(stored.tags_of(ctx.tx, ref), tags, most)
        stored.put_tags(ctx.tx, ref, tags)

    def _ref_named(self, ctx: Context, arn: str) -> Ref | None:
        """Return which resource an ARN names, or None where the ARN is of another type or many."""
        service, _, path = self.arn.partition(":")
        try:
            named = parse_resource_name(arn)
        except BadResourceName:
            return None
        label = named.relative.removeprefix(path)
        if named.service != service or label == named.relative or not label or label == "*":
            return None
        if (self.label or self.name) == self.id:
            return self.ref_of(AccountId(named.account_id), named.region, label)
        if named.account_id != ctx.account_id:
            return None
        try:
            row = self.find(ctx, label)
        except ApiError:
            return None
        return None if row is None else self.ref(row)

    # --- parts ---

    def _name(self, row: R) -> str:
        return str(getattr(row, self.name))

    def _region(self, row: R) -> str:
        return str(getattr(row, "region")) if self.regional else GLOBAL  # noqa: B009

    def _every(self, ctx: Context, _arguments: Arguments) -> tuple[str, ...]:
        return (self._arn(ctx.region if self.regional else "*", ctx.account_id, "*"),)

    def _arn(self, region: str, account_id: AccountId, label: str) -> str:
        service, _, path = self.arn.partition(":")
        return f"acs:{service}:{region}:{account_id}:{path}{label}"


_FILLED_IN = {
    "account_id": "account_id",
    "region": "region",
    "created_at": "now",
    "updated_at": "now",
}
"""The columns that every new row takes from its call, where it has them: column to attribute."""


@cache
def _filled_in(row_type: Hashable) -> tuple[tuple[str, str], ...]:
    fields: tuple[str, ...] = getattr(row_type, "__struct_fields__")  # noqa: B009  # of a Struct
    return tuple((name, of) for name, of in _FILLED_IN.items() if name in fields)
