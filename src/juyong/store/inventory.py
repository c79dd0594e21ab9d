"""The inventory: the resources that exist, their links, and their history.

Three tables are written in the transaction that changes a resource, and by `api/resource.py` alone:
the current state of each resource, the history of the states, and the current links. A history
event holds the whole picture (state, tags, links), so that the newest events of all resources, put
together, are the current state, and those up to an instant are the state at that instant.

Positions in the history rise in the order of commits, on SQLite and PostgreSQL: a reader that has
read up to a position has missed nothing before it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from juyong.base.clock import Instant
from juyong.base.ids import AccountId, RequestId
from juyong.store.table import UNASSIGNED, Serial, table
from juyong.store.transaction import Transaction

Change = Literal["created", "updated", "deleted", "baseline"]
"""A kind of change. `baseline`: the resource existed before the inventory began."""
GLOBAL = "global"
"""The region of a resource that belongs to none."""


class Ref(NamedTuple):
    """Which resource: its account, region (or GLOBAL), type such as ACS::KMS::Key, and id."""

    account_id: AccountId
    region: str
    resource_type: str
    resource_id: str


class Link(NamedTuple):
    """The end of a link: a resource that another one is attached to.

    kind: `attached-to`, `member-of`, `in`, `encrypted-by` or `trusts`.
    """

    kind: str
    target: Ref


class Picture(msgspec.Struct, frozen=True):
    """A resource at one moment: its state (JSON), its tags, and its links."""

    state: str
    tags: Mapping[str, str]
    links: tuple[Link, ...]


class Noted(msgspec.Struct, frozen=True, eq=False):
    """A change of a resource, whose picture is taken when the change is written.

    take: Returns the picture. linked: The type has links. created_at: When the resource was made,
    where its row says so.
    """

    change: Change
    ref: Ref
    name: str
    arn: str
    take: Callable[[Transaction], Picture]
    linked: bool = False
    created_at: Instant | None = None


class Cause(msgspec.Struct, frozen=True):
    """The call, or the work of a service, that changes resources."""

    request_id: RequestId
    at: Instant


@table(
    "store_resource",
    key=("account_id", "resource_type", "region", "resource_id"),
    once=("since",),
)
class ResourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """The current state of a resource.

    since: When the resource was made, or when the inventory first saw the resource.
    """

    account_id: AccountId
    resource_type: str
    region: str
    resource_id: str
    name: str
    arn: str
    state: str
    tags: str
    links: str
    since: Instant
    at: Instant
    request_id: RequestId

    @property
    def ref(self) -> Ref:
        """Which resource it is."""
        return Ref(self.account_id, self.region, self.resource_type, self.resource_id)


@table(
    "store_resource_event",
    key=("seq",),
    index=(("account_id", "resource_type", "resource_id"),),
    in_commit_order=True,
)
class ResourceEventRow(msgspec.Struct, frozen=True, kw_only=True):
    """One state a resource took, in the order of commits; never updated.

    whole: The event holds tags and links too. Events that are older than the inventory hold none;
        their states have several shapes, and only the history shows them.
    """

    seq: Serial = UNASSIGNED
    account_id: AccountId
    region: str
    resource_type: str
    resource_id: str
    name: str
    change: str
    snapshot: str
    request_id: RequestId
    at: Instant
    arn: str = ""
    tags: str = "{}"
    links: str = "[]"
    whole: bool = True

    @property
    def ref(self) -> Ref:
        """Which resource it is."""
        return Ref(self.account_id, self.region, self.resource_type, self.resource_id)


@table(
    "store_link",
    key=(
        *("account_id", "resource_type", "region", "resource_id"),
        *("kind", "to_account_id", "to_type", "to_region", "to_id"),
    ),
    index=(("to_account_id", "to_type", "to_id"),),
)
class LinkRow(msgspec.Struct, frozen=True, kw_only=True):
    """A current link of a resource to another, which may lie in another account."""

    account_id: AccountId
    resource_type: str
    region: str
    resource_id: str
    kind: str
    to_account_id: AccountId
    to_type: str
    to_region: str
    to_id: str

    @property
    def source(self) -> Ref:
        """The resource that has the link."""
        return Ref(self.account_id, self.region, self.resource_type, self.resource_id)

    @property
    def link(self) -> Link:
        """The link."""
        target = Ref(self.to_account_id, self.to_region, self.to_type, self.to_id)
        return Link(self.kind, target)


def merged(before: Noted, now: Noted) -> Noted | None:
    """Return the one change that two changes of a resource in one call make; None: no change."""
    if now.change == "deleted":
        return None if before.change == "created" else now
    if before.change == "updated":
        return replace(now, change="updated")
    return replace(now, change="created" if before.change == "created" else "updated")


def write(tx: Transaction, noted: Iterable[Noted], cause: Cause) -> None:
    """Write changes of resources: current states, history and links."""
    for each in noted:
        picture = each.take(tx)
        tags, links = tags_text(picture.tags), _links(picture.links)
        account_id, region, resource_type, resource_id = each.ref
        tx.insert_later(
            ResourceEventRow(
                account_id=account_id,
                region=region,
                resource_type=resource_type,
                resource_id=resource_id,
                name=each.name,
                change=each.change,
                snapshot=picture.state,
                request_id=cause.request_id,
                at=cause.at,
                arn=each.arn,
                tags=tags,
                links=links,
            )
        )
        row = ResourceRow(
            account_id=account_id,
            region=region,
            resource_type=resource_type,
            resource_id=resource_id,
            name=each.name,
            arn=each.arn,
            state=picture.state,
            tags=tags,
            links=links,
            since=cause.at if each.created_at is None else each.created_at,
            at=cause.at,
            request_id=cause.request_id,
        )
        if each.change == "deleted":
            tx.drop_later(row)
        else:
            tx.put_later(row)
        if each.linked and (picture.links or each.change != "created"):
            _relink(tx, each, picture.links)


def _relink(tx: Transaction, noted: Noted, links: Iterable[Link]) -> None:
    wanted = () if noted.change == "deleted" else links
    fresh = {link_row(noted.ref, link) for link in wanted}
    held: set[LinkRow] = set()
    if noted.change != "created":
        held.update(tx.find(LinkRow, **noted.ref._asdict()))
    for gone in held - fresh:
        tx.delete(gone)
    for new in sorted(fresh - held, key=lambda row: row.link):
        tx.insert(new)


def link_row(source: Ref, link: Link) -> LinkRow:
    """Return the row of a link."""
    target = link.target
    return LinkRow(
        **source._asdict(),
        kind=link.kind,
        to_account_id=target.account_id,
        to_type=target.resource_type,
        to_region=target.region,
        to_id=target.resource_id,
    )


def links_of(text: str) -> tuple[Link, ...]:
    """Read the links that a row holds as text."""
    return _decoder.decode(text)


def tags_held(row: ResourceRow | ResourceEventRow) -> dict[str, str]:
    """Read the tags that a row holds as text."""
    return _tags.decode(row.tags)


_decoder = msgspec.json.Decoder(tuple[Link, ...])
_tags = msgspec.json.Decoder(dict[str, str])
_NO_TAGS, _NO_LINKS = "{}", "[]"


def tags_text(tags: Mapping[str, str]) -> str:
    """Write tags as rows hold them."""
    return msgspec.json.encode(dict(sorted(tags.items()))).decode() if tags else _NO_TAGS


def _links(links: Iterable[Link]) -> str:
    return msgspec.json.encode(sorted(links)).decode() if links else _NO_LINKS
