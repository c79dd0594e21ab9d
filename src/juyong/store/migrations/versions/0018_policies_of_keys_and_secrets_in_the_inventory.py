"""The inventory knows the policies that keys and secrets of instances carry."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_KINDS = (("kms_key", "key_id", "ACS::KMS::Key"), ("kms_secret", "name", "ACS::KMS::Secret"))
_REF = ("account_id", "resource_type", "region", "resource_id")
_resources = sa.table(
    "store_resource",
    *map(sa.column, (*_REF, "name", "arn", "state", "tags", "links", "at", "request_id")),
)
_history = sa.table(
    "store_resource_event",
    *map(sa.column, (*_REF, "name", "arn", "change", "snapshot", "tags", "links")),
    *map(sa.column, ("request_id", "at", "whole")),
)


def upgrade() -> None:
    """Apply the revision: each resource with a policy takes one more state, of its last change."""
    connection = op.get_bind()
    for table, column, kind in _KINDS:
        rows = sa.table(table, *map(sa.column, ("account_id", "region", column, "policy")))
        carrying = (
            sa.select(_resources, rows.c.policy)
            .join(
                rows,
                sa.and_(
                    rows.c.account_id == _resources.c.account_id,
                    rows.c.region == _resources.c.region,
                    rows.c[column] == _resources.c.resource_id,
                ),
            )
            .where(rows.c.policy.is_not(None), _resources.c.resource_type == kind)
        )
        for each in connection.execute(carrying).mappings().all():
            _tell(connection, dict(each))


def _tell(connection: sa.Connection, held: dict[str, Any]) -> None:
    policy = json.dumps(held.pop("policy"), ensure_ascii=False)
    state = f'{held.pop("state")[:-1]},"Policy":{policy}}}'
    same = sa.and_(*(_resources.c[name] == held[name] for name in _REF))
    connection.execute(sa.update(_resources).where(same).values(state=state))
    event = {**held, "change": "updated", "snapshot": state, "whole": True}
    connection.execute(sa.insert(_history).values(**event))
