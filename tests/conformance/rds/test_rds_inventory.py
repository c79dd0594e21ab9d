"""What the inventory knows of instances, and of the accounts and databases in them."""

from dataclasses import dataclass

import msgspec
import pytest
from alibabacloud_rds20140815 import models as m
from alibabacloud_rds20140815.client import Client
from tests.conformance.databases import Database
from tests.conformance.harness import Server
from tests.conformance.rds.calls import PASSWORD

from juyong.base.ids import AccountId
from juyong.services.identity.facade import NewAccount
from juyong.services.rds.facade import remove_instance
from juyong.store.inventory import LinkRow, ResourceRow

INSTANCE, ACCOUNT, DATABASE = (
    f"ACS::RDS::{kind}" for kind in ("DBInstance", "Account", "Database")
)


@dataclass
class Inventory:
    """The account's RDS resources by type, of which a test has one of each, and their links."""

    server: Server
    account_id: AccountId

    def known(self) -> dict[str, ResourceRow]:
        rows = self.server.running.store.call(
            lambda tx: tx.find(ResourceRow, account_id=self.account_id)
        )
        return {row.resource_type: row for row in rows if "::RDS::" in row.resource_type}

    def links(self) -> set[tuple[str, str, str]]:
        rows = self.server.running.store.call(
            lambda tx: tx.find(LinkRow, account_id=self.account_id)
        )
        return {
            (row.resource_type, row.kind, row.to_id)
            for row in rows
            if "::RDS::" in row.resource_type
        }


@pytest.fixture
def inventory(server: Server, account: NewAccount) -> Inventory:
    return Inventory(server, account.account_id)


def test_what_an_instance_holds_is_known_and_linked_until_it_is_forgotten(
    inventory: Inventory, database: Database, instance: str, rds: Client, name: str
) -> None:
    charset = "UTF8" if database.target().engine == "PostgreSQL" else "utf8mb4"
    of = {"dbinstance_id": instance, "account_name": name}
    rds.create_account(m.CreateAccountRequest(**of, account_password=PASSWORD))
    rds.modify_account_description(
        m.ModifyAccountDescriptionRequest(**of, account_description="for-others")
    )
    rds.create_database(
        m.CreateDatabaseRequest(dbinstance_id=instance, dbname=name, character_set_name=charset)
    )
    found = inventory.known()
    assert set(found) == {INSTANCE, ACCOUNT, DATABASE}
    region = f"acs:rds:cn-hangzhou:{inventory.account_id}"
    assert found[INSTANCE].arn == f"{region}:dbinstance/{instance}"
    assert found[ACCOUNT].arn == f"{region}:account/{instance}/{name}"
    assert msgspec.json.decode(found[ACCOUNT].state) == {
        "DBInstanceId": instance,
        "AccountName": name,
        "AccountType": "Normal",
        "AccountDescription": "for-others",
    }
    assert inventory.links() == {(ACCOUNT, "in", instance), (DATABASE, "in", instance)}

    rds.delete_database(m.DeleteDatabaseRequest(dbinstance_id=instance, dbname=name))
    assert set(inventory.known()) == {INSTANCE, ACCOUNT}
    inventory.server.running.store.call(
        lambda tx: remove_instance(tx, inventory.account_id, instance)
    )
    assert inventory.known() == {}
    assert inventory.links() == set()
