"""The index of a logstore of the version before is with its raw logs, and says when it changed."""

import sqlalchemy as sa
from alembic import command
from tests.unit.store.conftest import sealer

from juyong.api.registry import load_tables
from juyong.logs.tables import StoreRow
from juyong.services.sls.tables import DocumentRow
from juyong.store import schema
from juyong.store.database import StoreSettings, engine_of, open_database

STORE = (
    "INSERT INTO logs_store (store_id, account_id, ttl_days, index_, indexed_since, version)"
    " VALUES ('{0}', '1', 7, {1}, 5, 0)"
).replace("index_", '"index"')
LOGSTORE = (
    "INSERT INTO sls_logstore (project_name, logstore_name, store_id, account_id, region, ttl_days,"
    " hot_days, cold_days, shard_count, next_shard, auto_split, max_shards, web_tracking,"
    " append_meta, mode, telemetry, metering, encryption, created_at, modified_at, version)"
    " VALUES ('p', '{0}', '{0}', '1', 'r', 7, 0, 0, 1, 1, false, 0, false, false, '', '', '', '',"
    " 1, 1, 0)"
)
DOCUMENT = (
    "INSERT INTO sls_document (project_name, kind, name, document, modified_at, version)"
    " VALUES ('p', '{0}', 'a', '{{}}', {1}, 0)"
)


def test_an_index_moves_to_the_raw_logs(url: str) -> None:
    load_tables()
    engine = engine_of(url)
    with engine.begin() as connection:
        config = schema.alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0021")
        for name, index in (("a", "'{}'"), ("b", "NULL")):
            connection.execute(sa.text(STORE.format(name, index)))
            connection.execute(sa.text(LOGSTORE.format(name)))
        for kind, at in (("index", 9), ("dashboard", 8)):
            connection.execute(sa.text(DOCUMENT.format(kind, at)))
    engine.dispose()
    store = open_database(StoreSettings(url=url), sealer(), load_tables)
    try:
        rows = store.call(lambda tx: tx.find(StoreRow, order=("store_id",)))
        assert [(row.store_id, row.index, row.index_changed_at) for row in rows] == [
            ("a", "{}", 9),
            ("b", None, 0),
        ]
        kinds = [row.kind for row in store.call(lambda tx: tx.find(DocumentRow))]
        assert kinds == ["dashboard"]
    finally:
        store.close()
