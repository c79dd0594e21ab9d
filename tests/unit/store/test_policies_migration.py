"""Homes of the version before have policies of keys and secrets that the inventory does not know."""

from pathlib import Path

import sqlalchemy as sa
from tests.unit.app.test_why import KMS, explained, instance_key, key_policy
from tests.unit.audit.calling import Story
from tests.unit.gateway.platforms import platform
from tests.unit.store.older import without_later_tables

from juyong.app.state import check, state_of
from juyong.store.inventory import ResourceEventRow, ResourceRow

BEFORE = "0017"
KINDS = ("ACS::KMS::Key", "ACS::KMS::Secret")


def without_policy(state: str) -> str:
    return state[: state.index(',"Policy":')] + "}" if ',"Policy":' in state else state


def as_before(story: Story) -> None:
    """Make the inventory what the version before made."""
    engine = state_of(story.running).engine()
    with engine.begin() as connection:
        for table, column in (("store_resource", "state"), ("store_resource_event", "snapshot")):
            held = sa.table(table, sa.column("resource_type"), sa.column(column))
            states = sa.select(held.c[column]).where(held.c.resource_type.in_(KINDS))
            for (state,) in connection.execute(states).all():
                same = sa.update(held).where(held.c[column] == state)
                connection.execute(same.values({column: without_policy(state)}))
    engine.dispose()


def unmigrated(story: Story) -> None:
    engine = state_of(story.running).engine()
    with engine.begin() as connection:
        version = sa.table("alembic_version", sa.column("version_num"))
        connection.execute(sa.update(version).values(version_num=BEFORE))
        # Revisions behind the one that is tried add them.
        connection.exec_driver_sql("ALTER TABLE audit_log DROP COLUMN expiry")
        for statement in without_later_tables():
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_the_inventory_learns_the_policies_of_keys_and_secrets(tmp_path: Path) -> None:
    with platform(tmp_path / "home") as running:
        story = Story(running)
        key, plain = instance_key(story), instance_key(story)
        instance = story.done("DescribeKey", KMS, KeyId=key).body["KeyMetadata"]["DKMSInstanceId"]
        policy = key_policy(story, "u")
        for name, own in (("s", {"Policy": policy}), ("t", {})):
            named = {"SecretName": name, "VersionId": "1", "SecretData": "x", **own}
            where = {"DKMSInstanceId": instance, "EncryptionKeyId": key}
            story.done("CreateSecret", KMS, **named, **where)
        story.done("SetKeyPolicy", KMS, KeyId=key, Policy=policy)
        user = story.member("u")
        asked = story.call(user, "DescribeKey", KMS, KeyId=key).request_id
        as_before(story)
        assert {each.code for each in check(state_of(running))} == {"inventory-differs"}
        assert explained(story, asked)["same"] is None
        account = story.account_id
        unmigrated(story)
        before = running.store.call(lambda tx: tx.count(ResourceEventRow, account_id=account))
    with platform(tmp_path / "home") as running:
        assert check(state_of(running)) == []
        rows = running.store.call(lambda tx: tx.find(ResourceRow, account_id=account))
        held = {row.name for row in rows if '"Policy":' in row.state}
        assert {key, "s"} <= held
        assert not held & {plain, "t"}
        events = running.store.call(lambda tx: tx.find(ResourceEventRow, account_id=account))
        assert len(events) == before + 2
        del story
        again = Story.__new__(Story)
        again.running = running
        assert explained(again, asked)["same"] is True
