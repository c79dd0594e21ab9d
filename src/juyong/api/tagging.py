"""Operations on the tags of resources: which resources a call names, and what is done to the tags.

A call names resources of one type, by ids or by names, and must be allowed on each of them, under
the tags of each. A product declares the types and the parameter, and each operation what it does:

    SOME, ANY = named_by("resource_names", {"role": ROLE, "policy": POLICY})

    @operation(RAM, "TagResources", on=SOME)
    def tag_resources(ctx: Context, named: Named, *, tag: Tags) -> None:
        named.tag(ctx, pairs_of(tag))
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec.structs import replace

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Items, OneOf
from juyong.api.listing import Paging
from juyong.api.resource import Resource, Target
from juyong.api.shape import Shape
from juyong.api.tags import TagParameter, bears, pairs_of
from juyong.api.wrapping import Listing

P = TypeVar("P")
Held = Mapping[str, Mapping[str, str]]
"""Resources as lists show them, by id or by name, to their tags by key."""


class TagResource(Shape, frozen=True, kw_only=True):
    """One tag of one resource."""

    resource_type: str
    resource_id: str
    tag_key: str
    tag_value: str


T = TypeVar("T", bound=TagResource)


class Named(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The resources that a call names.

    Attributes:
        kind: Their type, as calls write it.
        resource: Their type.
        labels: Their ids or names; None: a call that lists is about all of the type.
    """

    kind: str
    resource: Resource[Any]
    labels: Sequence[str] | None

    def tag(self, ctx: Context, tags: Iterable[tuple[str, str]]) -> None:
        """Add tags to each resource, or change their values.

        Raises:
            ApiError: a tag is refused, a resource is missing, or one would hold too many tags.
        """
        assert self.resource.tags is not None  # noqa: S101  # no other type is declared
        checked = self.resource.tags.checked(tags)
        for row in self._rows(ctx):
            self.resource.tag(ctx, row, checked)

    def untag_asked(
        self, ctx: Context, keys: Iterable[str] | None, *, all: bool, neither: type[ApiError]
    ) -> None:
        """Take tags off each resource: those of some keys, or all where a call asks for all.

        Args:
            neither: Raised where the call gives no keys and does not ask for all.
        """
        if keys is None and not all:
            raise neither
        self.untag(ctx, keys)

    def untag(self, ctx: Context, keys: Iterable[str] | None) -> None:
        """Take tags off each resource, all tags without keys.

        Keys that a resource does not have are passed over.

        Raises:
            ApiError: a resource is missing.
        """
        for row in self._rows(ctx):
            self.resource.untag(ctx, row, keys)

    def held(self, ctx: Context, column: str = "") -> Held:
        """Return the tags of each resource; one that does not exist has none.

        Args:
            ctx: The call.
            column: What lists show of a row, if not its id.

        Cost: two reads for each resource named; without names all tags on the account's resources
        of the type, and with a column their rows too.
        """
        column = column or self.resource.id
        if self.labels is not None:
            found = (self.resource.find(ctx, label) for label in dict.fromkeys(self.labels))
            rows = [row for row in found if row is not None]
            return {getattr(row, column): self.resource.tags_of(ctx.tx, row) for row in rows}
        by_id = self.resource.tags_by_id(ctx)
        if column == self.resource.id:
            return by_id
        rows = ctx.tx.find(self.resource.row, account_id=ctx.account_id)
        shown = {getattr(row, self.resource.id): getattr(row, column) for row in rows}
        return {shown[each]: tags for each, tags in by_id.items() if each in shown}

    def listed(
        self,
        held: Held,
        wanted: Sequence[TagParameter] | None,
        paging: Paging[P],
        shape: type[T],
        *,
        token: str,
        limit: int,
    ) -> Listing[T, P]:
        """Return a page of the tags held, by resource and key, each in a shape.

        Args:
            held: Resources and all their tags.
            wanted: Only resources that have all of these tags; an empty value means any.
            paging: How the list goes on.
            shape: What shows a tag.
            token: Where the last page ended; empty for the first page.
            limit: The most tags of a page.

        Raises:
            ApiError: the token was not issued for the list.
        """
        shown = [
            shape(resource_type=self.kind, resource_id=label, tag_key=key, tag_value=value)
            for label, tags in held.items()
            if bears(tags, pairs_of(wanted))
            for key, value in tags.items()
        ]
        return paging.part(
            f"tags of {self.kind}",
            shown,
            key=lambda each: (each.resource_id, each.tag_key),
            token=token,
            limit=limit,
            width=2,
        )

    def _rows(self, ctx: Context) -> list[Any]:
        """Find all resources before the first of them is changed, each once."""
        found = [self.resource.the(ctx, label) for label in self.labels or ()]
        return list({self.resource.ref(row): row for row in found}.values())


def named_by(
    labels: str,
    types: Mapping[str, Resource[Any]],
    *,
    called: str = "names",
    check: Callable[[Context, Arguments], None] = lambda _ctx, _arguments: None,
    errors: tuple[type[ApiError], ...] = (),
    **parameters: object,
) -> tuple[Target[Named], Target[Named]]:
    """Return how calls name resources: those that must exist; and those to list, by default all.

    Args:
        labels: The parameter that holds ids or names.
        types: The values of `resource_type`, and which resources each means.
        called: What the parameter holds, for the reference page.
        check: Refuses parameters, before any resource is looked up.
        errors: What `check` raises.
        **parameters: Python name to annotated type of further parameters, such as the region.
    """

    def arn(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
        """Name each resource of the call; a call that names none is about all of the type."""
        resource = types[arguments["resource_type"]]
        asked = dict.fromkeys(arguments.get(labels) or ["*"])
        return tuple(resource.arn_named(ctx, label) for label in asked)

    def find(ctx: Context, arguments: Arguments) -> Named:
        check(ctx, arguments)
        kind = arguments["resource_type"]
        return Named(kind=kind, resource=types[kind], labels=arguments[labels])

    def conditions(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
        """Return the condition keys that the tags of one resource of a call bring."""
        brought = (resource.tag_conditions(ctx, arn) for resource in types.values())
        return {key: values for each in brought for key, values in each.items()}

    kind = Annotated[str, OneOf(tuple(types)), Doc("The type of the resources.")]
    several = Annotated[list[str], Items(1, 50), Doc(f"1 to 50 {called}; each must be allowed.")]
    known = {**parameters, "resource_type": kind}
    missing = tuple(error for each in types.values() for error in each.errors)
    some = Target(
        parameters={**known, labels: several},
        arn=arn,
        find=find,
        errors=(*errors, *missing),
        conditions=conditions,
    )
    return some, replace(some, parameters={**known, labels: several | None}, errors=errors)
