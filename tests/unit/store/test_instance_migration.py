"""Each account of the version before has a row for its key instance, unless it gave it up."""

import pytest
import sqlalchemy as sa
from alembic import command
from tests.unit.store.conftest import sealer

from juyong.api.registry import load_tables
from juyong.services.kms.tables import InstanceRow
from juyong.services.resourcecenter.jobs import BASELINE
from juyong.store import schema
from juyong.store.database import StoreSettings, engine_of, open_database
from juyong.store.inventory_reads import NOT_YET, extent
from juyong.store.queue import QueueRow

ACCOUNT = "INSERT INTO ram_account (account_id, account_name, created_at, version) VALUES "
INSTANCE = (
    "INSERT INTO kms_instance (account_id, deletion_protected, protection_note, released_at,"
    " version) VALUES "
)


def _upgraded_from(url: str, *statements: str) -> list[InstanceRow]:
    """Upgrade a database that some statements filled, and return its instances."""
    load_tables()
    engine = engine_of(url)
    with engine.begin() as connection:
        config = schema.alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0010")
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()
    store = open_database(StoreSettings(url=url), sealer(), load_tables)
    try:
        items = store.call(lambda tx: tx.find(QueueRow, kind=BASELINE))
        assert len(items) == bool(statements)
        known_from = store.call(extent).known_from
        assert known_from == (NOT_YET if statements else 0)
        return store.call(lambda tx: tx.find(InstanceRow, order=("account_id",)))
    finally:
        store.close()


ACCOUNTS = f"{ACCOUNT}('1', 'a', 10, 0), ('2', 'b', 20, 0), ('3', 'c', 30, 0)"
CHANGED = f"{INSTANCE}('2', true, 'why', NULL, 4), ('3', false, '', 99, 1)"


EXTENT = (
    "INSERT INTO store_inventory (name, known_from, kept_after, version)"
    " VALUES ('inventory', 5, 7, 0)"
)


@pytest.mark.parametrize("extent_row", ["DELETE FROM store_inventory", EXTENT])
def test_accounts_get_an_instance_and_a_released_one_stays_away(url: str, extent_row: str) -> None:
    assert _upgraded_from(url, ACCOUNTS, CHANGED, extent_row) == [
        InstanceRow(account_id="1", created_at=10),
        InstanceRow(
            account_id="2",
            deletion_protected=True,
            protection_note="why",
            created_at=20,
            version=4,
        ),
    ]


def test_a_database_without_accounts_gets_nothing(url: str) -> None:
    assert _upgraded_from(url) == []
