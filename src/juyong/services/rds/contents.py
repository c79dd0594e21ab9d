"""Accounts and databases of instances: the changes by calls, and the descriptions.

Accounts and databases exist on their own servers; the platform's tables hold only their
descriptions. So the inventory knows those that calls have touched.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.resource import Links, Resource
from juyong.api.shape import Of, Shape
from juyong.base.clock import system_clock
from juyong.base.ids import AccountId, new_request_id
from juyong.services.rds.errors import NoSuchAccount, NoSuchDatabase
from juyong.services.rds.resources import DB_INSTANCE
from juyong.services.rds.tables import AccountNoteRow, DatabaseNoteRow, InstanceRow
from juyong.store.inventory import Cause, Change, Ref, ResourceRow, write
from juyong.store.tags import drop_tags
from juyong.store.transaction import Transaction

NORMAL = "Normal"
Note = AccountNoteRow | DatabaseNoteRow


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The key of an account or a database."""

    account_id: AccountId
    region: str
    instance_id: str
    name: str

    @property
    def content_id(self) -> str:
        """Tell it from those of other instances."""
        return f"{self.instance_id}/{self.name}"


class AccountState(Shape, frozen=True, kw_only=True):
    """The inventory's state of an account."""

    db_instance_id: Annotated[str, Of("instance_id")]
    account_name: Annotated[str, Of("name")]
    account_type: str = NORMAL
    account_description: str


class DatabaseState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a database."""

    db_instance_id: Annotated[str, Of("instance_id")]
    db_name: Annotated[str, Of("name")]
    db_description: str


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts, or databases.

    row: The table of their descriptions. name: Its column with their names.
    """

    resource: Resource[Content]
    row: type[Note]
    name: str

    def note(self, ctx: Context, change: Change, instance: InstanceRow, name: str) -> None:
        """Note a call's change of an account or database, before its description is forgotten."""
        self.resource.note(ctx.tx, ctx.journal, change, self._one(instance, name))

    def describe(self, ctx: Context, instance: InstanceRow, name: str, text: str | None) -> None:
        """Store a description, or forget it."""
        row = ctx.tx.get(self.row, instance.account_id, instance.instance_id, name)
        if row is not None and text is not None:
            ctx.tx.update(row, description=text)
        elif row is not None:
            ctx.tx.delete(row)
        elif text is not None:
            named = {**_place(instance), self.name: name}
            ctx.tx.insert(self.row(**named, description=text))

    def descriptions(self, ctx: Context, instance: InstanceRow) -> dict[str, str]:
        """Return name to description."""
        return {getattr(row, self.name): row.description for row in self._rows(ctx.tx, instance)}

    def forget(self, tx: Transaction, instance: InstanceRow, cause: Cause) -> None:
        """Forget all descriptions of an instance that is about to be forgotten itself."""
        place: dict[str, Any] = {"account_id": instance.account_id, "region": instance.region}
        known = tx.find(ResourceRow, resource_type=self.resource.kind, **place)
        ids = [row.resource_id.partition("/") for row in known]
        gone = [self._one(instance, name) for one, _, name in ids if one == instance.instance_id]
        write(tx, [self.resource.noted("deleted", one) for one in gone], cause)
        for row in self._rows(tx, instance):
            tx.delete(row)

    def _rows(self, tx: Transaction, instance: InstanceRow) -> list[Note]:
        return tx.find(self.row, **_place(instance))

    def _one(self, instance: InstanceRow, name: str) -> Content:
        return Content(
            account_id=instance.account_id,
            region=instance.region,
            instance_id=instance.instance_id,
            name=name,
        )


def _place(instance: InstanceRow) -> dict[str, Any]:
    return {"account_id": instance.account_id, "instance_id": instance.instance_id}


def _instance(tx: Transaction, one: Content) -> Iterator[Ref]:
    row = tx.get(InstanceRow, one.account_id, one.instance_id)
    if row is not None:
        yield DB_INSTANCE.ref(row)


def _kind(
    name: str, row: type[Note], called: str, missing: type[ApiError], shape: type[Shape]
) -> Kind:
    def state(tx: Transaction, one: Content) -> Shape:
        found = tx.get(row, one.account_id, one.instance_id, one.name)
        text = found.description if found else ""
        return shape.of(one, **{f"{called}_description": text})

    resource = Resource(
        kind=f"ACS::RDS::{name}",
        row=Content,
        id="content_id",
        name="name",
        arn=f"rds:{name.lower()}/",
        label="content_id",
        regional=True,
        find=lambda _ctx, _name: None,
        missing=missing,
        state=state,
        links=(Links("in", _instance),),
    )
    return Kind(resource=resource, row=row, name=f"{called}_name")


ACCOUNTS = _kind("Account", AccountNoteRow, "account", NoSuchAccount, AccountState)
DATABASES = _kind("Database", DatabaseNoteRow, "db", NoSuchDatabase, DatabaseState)


def remove_instance(tx: Transaction, account_id: AccountId, instance_id: str) -> bool:
    """Forget a registration; the database stays as it is. False if there is none."""
    row = tx.get(InstanceRow, account_id, instance_id)
    if row is None:
        return False
    cause = Cause(new_request_id(), system_clock())
    for kind in (ACCOUNTS, DATABASES):
        kind.forget(tx, row, cause)
    write(tx, [DB_INSTANCE.noted("deleted", row)], cause)
    drop_tags(tx, DB_INSTANCE.ref(row))
    tx.delete(row)
    return True
