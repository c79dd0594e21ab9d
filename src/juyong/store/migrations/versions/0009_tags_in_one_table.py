"""The tags of all products are in one table."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_GLOBAL = "global"
_COLUMNS = ("account_id", "resource_type", "region", "resource_id", "tag_key", "tag_value")
_tags = sa.table("store_tag", *map(sa.column, _COLUMNS))


def upgrade() -> None:
    """Apply the revision."""
    _move_rds()
    _move("ecs_key_pair_tag", "key_pair_name", "ACS::ECS::KeyPair", sa.column("region"))


def _move_rds() -> None:
    """The region of an instance's tag is that of the instance."""
    tag = sa.table("rds_tag", *map(sa.column, ("account_id", "instance_id")))
    instance = sa.table("rds_instance", *map(sa.column, ("account_id", "instance_id", "region")))
    region = (
        sa.select(instance.c.region)
        .where(
            instance.c.account_id == tag.c.account_id, instance.c.instance_id == tag.c.instance_id
        )
        .scalar_subquery()
    )
    _move("rds_tag", "instance_id", "ACS::RDS::DBInstance", region)


def _move(
    table: str,
    resource_id: str,
    kind: str,
    region: sa.ColumnElement[object],
    where: sa.ColumnElement[bool] | None = None,
    *,
    last: bool = True,
) -> None:
    """Move the tags of one type of resource, and drop the table behind the last of its types."""
    columns = map(sa.column, ("account_id", resource_id, "tag_key", "tag_value"))
    account_id, its_id, key, value = columns
    rows = sa.select(account_id, sa.literal(kind), region, its_id, key, value)
    if where is not None:
        rows = rows.where(where)
    op.execute(sa.insert(_tags).from_select(_COLUMNS, rows.select_from(sa.table(table))))
    if last:
        op.drop_table(table)
