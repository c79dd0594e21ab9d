"""A rule on the second version of ActionTrail goes on in the one namespace of both."""

import sqlalchemy as sa
from alembic import command
from tests.unit.store.conftest import sealer

from juyong.api.registry import load_tables
from juyong.services.cms.tables import RuleRow
from juyong.store import schema
from juyong.store.database import StoreSettings, engine_of, open_database

RULE = (
    "INSERT INTO cms_rule (account_id, rule_id, rule_name, namespace, metric_name, resources,"
    " contact_groups, escalations, effective, ineffective, silence_seconds, period, interval,"
    " subject, no_data, send_ok, labels, enabled, created_at, updated_at, version) VALUES "
)
REST = "'m', '[]', 'g', '[]', '', '', 60, 60, 60, '', 'OK', true, '[]', true, 1, 1, 0"


def test_rules_follow_their_namespace(url: str) -> None:
    load_tables()
    engine = engine_of(url)
    with engine.begin() as connection:
        config = schema.alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0031")
        for name in ("acs_actiontrail_2017", "acs_kms"):
            connection.execute(sa.text(f"{RULE}('1', '{name}', 'r', '{name}', {REST})"))
    engine.dispose()
    store = open_database(StoreSettings(url=url), sealer(), load_tables)
    try:
        rows = store.call(lambda tx: tx.find(RuleRow, order=("rule_id",)))
        assert [(row.namespace, row.group_id) for row in rows] == [
            ("acs_actiontrail", ""),
            ("acs_kms", ""),
        ]
    finally:
        store.close()
