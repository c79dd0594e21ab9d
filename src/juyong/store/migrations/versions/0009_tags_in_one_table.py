"""The tags of all products are in one table."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_COLUMNS = ("account_id", "resource_type", "region", "resource_id", "tag_key", "tag_value")
_tags = sa.table("store_tag", *map(sa.column, _COLUMNS))
Value = sa.ColumnElement[str]


def upgrade() -> None:
    """Apply the revision."""
    rds = _old("rds_tag", "instance_id")
    _move(rds, "ACS::RDS::DBInstance", _region_of(rds), rds.c.instance_id)
    pairs = _old("ecs_key_pair_tag", "region", "key_pair_name")
    _move(pairs, "ACS::ECS::KeyPair", pairs.c.region, pairs.c.key_pair_name)
    ram = _old("ram_tag", "resource_type", "resource_id")
    for sort in ("user", "role", "policy"):
        kind, of_sort = f"ACS::RAM::{sort.title()}", ram.c.resource_type == sort
        _move(ram, kind, sa.literal("global"), ram.c.resource_id, of_sort)
    kms = _old("kms_tag", "resource_type", "region", "resource_id")
    for sort in ("key", "secret", "instance"):
        # Every region shows an instance, so that its tags had no region.
        region = sa.literal("global") if sort == "instance" else kms.c.region
        of_sort = kms.c.resource_type == sort
        _move(kms, f"ACS::KMS::{sort.title()}", region, kms.c.resource_id, of_sort)
    for table in (rds, pairs, ram, kms):
        op.drop_table(table.name)


def _old(name: str, *columns: str) -> sa.TableClause:
    names = ("account_id", *columns, "tag_key", "tag_value")
    return sa.table(name, *(sa.column(each, sa.Text()) for each in names))


def _region_of(tag: sa.TableClause) -> Value:
    """The region of an instance's tag is that of the instance."""
    names = ("account_id", "instance_id", "region")
    instance = sa.table("rds_instance", *(sa.column(each, sa.Text()) for each in names))
    same = (instance.c.account_id == tag.c.account_id, instance.c.instance_id == tag.c.instance_id)
    return sa.select(instance.c.region).where(*same).correlate(tag).scalar_subquery()


def _move(
    old: sa.TableClause, kind: str, region: Value, its_id: Value, *only: sa.ColumnElement[bool]
) -> None:
    """Copy the tags of one type of resource."""
    rows = sa.select(
        old.c.account_id, sa.literal(kind), region, its_id, old.c.tag_key, old.c.tag_value
    )
    op.execute(sa.insert(_tags).from_select(_COLUMNS, rows.where(*only)))
