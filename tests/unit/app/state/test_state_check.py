"""Every way of tampering with the database that the check must see."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.sequencing import sequence_state

from juyong.app.state import HomeAnchor, State, check, restore_snapshot, snapshot
from juyong.base.clock import Instant
from juyong.base.socket_names import short_name
from juyong.netplane.door import DISKS, NAME, door_of
from juyong.store.sqlite import SqliteConnection

NOW = Instant(1_800_000_000)
Tamper = Callable[..., int]


@pytest.fixture
def logged(state: State) -> State:
    """The state with all its events in the log."""
    assert check(state, now=NOW) == []
    assert HomeAnchor(state.home).remembered() is not None
    return state


def codes(state: State) -> set[str]:
    return {finding.code for finding in check(state, now=Instant(NOW + 1001))}


def test_untouched_state_is_sound(state: State, logged: State) -> None:
    assert check(state, now=NOW) == []
    assert check(logged, now=Instant(NOW + 5000)) == []


def test_disk_that_no_server_seals_is_a_notice(logged: State) -> None:
    folder = door_of(logged.home.path)
    (folder / DISKS / "d-1.a0").mkdir(parents=True)
    (found,) = check(logged, now=NOW)
    assert (found.code, found.where, found.severity) == ("disk-not-sealed", "disk d-1", "notice")
    (folder / DISKS / ".copies-a0" / "s-1").mkdir(parents=True)
    one, two = check(logged, now=NOW)
    assert (one.where, two.where, two.severity) == ("disk d-1", "snapshot s-1", "notice")
    with socket.socket(socket.AF_UNIX) as door, short_name(folder / NAME) as name:
        door.bind(name)
        door.listen()
        assert check(logged, now=NOW) == []


CASES: dict[str, tuple[str, set[str]]] = {
    "a byte of a sealed secret": (
        "UPDATE ram_access_key SET secret = (SELECT seed FROM ram_mfa_device)",
        {"sealed-value-changed"},
    ),
    "secrets of two keys swapped": (
        (
            "UPDATE ram_access_key SET secret = (SELECT b.secret FROM ram_access_key b"
            " WHERE b.access_key_id <> ram_access_key.access_key_id)"
        ),
        {"sealed-value-changed"},
    ),
    "an event's body": (
        "UPDATE actiontrail_event SET body = replace(body, 'Call7\"', 'Call8\"')",
        {"audit-event-changed"},
    ),
    "an event's evidence": (
        "UPDATE actiontrail_event SET evidence = '' WHERE event_name = 'Call7'",
        {"audit-event-changed"},
    ),
    "a mac that is none": (
        "UPDATE actiontrail_event SET mac = '☃' WHERE event_name = 'Call3'",
        {"audit-event-changed"},
    ),
    "a checkpoint that is none": (
        "UPDATE audit_log SET checkpoint = '☃'",
        {"audit-log-damaged"},
    ),
    "an event given to another account": (
        (
            "UPDATE actiontrail_event SET account_id = (SELECT account_id FROM ram_account"
            " WHERE account_name = 'default') WHERE event_name = 'Call3'"
        ),
        {"audit-event-changed"},
    ),
    "two events' bodies and macs swapped": (
        (
            "UPDATE actiontrail_event SET body = (SELECT b.body FROM actiontrail_event b WHERE"
            " b.event_name = 'Call4'), mac = (SELECT b.mac FROM actiontrail_event b WHERE"
            " b.event_name = 'Call4'), event_id = (SELECT b.event_id FROM actiontrail_event b"
            " WHERE b.event_name = 'Call4') WHERE event_name = 'Call5'"
        ),
        {"audit-column-changed", "audit-event-changed", "audit-event-copied"},
    ),
    "a column that searches use": (
        "UPDATE actiontrail_event SET user_name = 'nobody' WHERE event_name = 'Call3'",
        {"audit-column-changed"},
    ),
    "the time of an event": (
        "UPDATE actiontrail_event SET at = at - 1 WHERE event_name = 'Call3'",
        {"audit-column-changed", "audit-event-changed"},
    ),
    "an event deleted": (
        "DELETE FROM actiontrail_event WHERE event_name = 'Call9'",
        {"audit-events-missing"},
    ),
    "all events deleted": ("DELETE FROM actiontrail_event", {"audit-events-missing"}),
    "two events exchanged": (
        "UPDATE actiontrail_event SET seq = 100000 WHERE event_name = 'Call9'",
        {"audit-events-moved"},
    ),
    "events in another order": (
        "UPDATE actiontrail_event SET seq = -seq",
        {"audit-events-moved"},
    ),
    "the log cut off": ("DELETE FROM audit_log", {"audit-log-replaced"}),
    "a tile": ("DELETE FROM audit_tile", {"audit-log-damaged"}),
    "a bundle": ("DELETE FROM audit_bundle", {"audit-log-damaged"}),
    "a member that does not exist": (
        "DELETE FROM ram_user WHERE user_name LIKE 'zo%'",
        {
            "attachment-without-user",
            "membership-without-user",
            "mfa-device-without-owner",
            "passkey-without-owner",
            "tag-without-resource",
        },
    ),
    "a group that does not exist": (
        "DELETE FROM ram_group",
        {"attachment-without-group", "membership-without-group"},
    ),
    "a role that does not exist": ("DELETE FROM ram_role", {"attachment-without-role"}),
    "an attachment to something else": (
        "UPDATE ram_attachment SET entity_type = 'robot' WHERE entity_type = 'role'",
        {"attachment-of-unknown-kind"},
    ),
    "a policy that does not exist": (
        "DELETE FROM ram_policy",
        {"attachment-without-policy", "policy-version-without-policy"},
    ),
    "a system policy that does not exist": (
        "UPDATE ram_attachment SET policy_name = 'NoSuch' WHERE policy_type = 'System'",
        {"account-without-administrator", "attachment-without-policy"},
    ),
    "a default version that does not exist": (
        "UPDATE ram_policy SET default_version = 2",
        {"policy-without-default-version"},
    ),
    "a policy document": (
        "UPDATE ram_policy_version SET document = '{}'",
        {"document-unreadable"},
    ),
    "a trust document": (
        "UPDATE ram_role SET trust_document = 'nonsense'",
        {"document-unreadable"},
    ),
    "a key's owner": (
        "UPDATE ram_access_key SET owner_id = 'nobody'",
        {"access-key-without-owner"},
    ),
    "an account that does not exist": (
        "UPDATE store_tag SET account_id = '1'",
        {"row-without-account", "tag-without-resource"},
    ),
    "tag keys that differ in case alone": (
        (
            "INSERT INTO store_tag"
            " (account_id, resource_type, region, resource_id, tag_key, tag_value)"
            " SELECT account_id, resource_type, region, resource_id, upper(tag_key), 'x'"
            " FROM store_tag"
        ),
        {"tag-keys-clash"},
    ),
    "an administrator's policy": (
        "DELETE FROM ram_attachment WHERE policy_type = 'System'",
        {"account-without-administrator"},
    ),
}


def test_every_tampering_is_found_and_gone_after_restore(logged: State, tamper: Tamper) -> None:
    snapshot(logged, "whole", now=NOW)
    wrong = {}
    for name, (sql, expected) in CASES.items():
        assert tamper(sql) >= 1, name
        # The inventory, compared with the rows, tells of most of these too.
        found = {code for code in codes(logged) if not code.startswith("inventory-")}
        if found != expected:
            wrong[name] = found
        restore_snapshot(logged, "whole")
        with logged.opened() as store:
            sequence_state(logged, store)
    assert wrong == {}
    assert codes(logged) == set()
    assert len(CASES) == 30


def test_a_log_cut_off_with_its_events_is_missed_by_the_home(logged: State, tamper: Tamper) -> None:
    """What is left is a perfect log: only the checkpoint kept outside the database tells."""
    for table in ("actiontrail_event", "audit_log", "audit_bundle", "audit_tile"):
        tamper(f"DELETE FROM {table}")  # noqa: S608  # names of tables
    assert codes(logged) == {"audit-log-replaced"}
    HomeAnchor(logged.home).forget()
    assert codes(logged) == set()


def test_missing_administrator_is_a_notice_and_no_damage(logged: State, tamper: Tamper) -> None:
    tamper("DELETE FROM ram_attachment WHERE policy_type = 'System'")
    found = check(logged, now=Instant(NOW + 1001))
    found = [finding for finding in found if not finding.code.startswith("inventory-")]
    assert {finding.severity for finding in found} == {"notice"}
    assert len(found) == 2


def test_event_deleted_before_it_is_in_the_log_is_missed(state: State, tamper: Tamper) -> None:
    """The limit that the seconds until then draw, stated so that nobody relies on more."""
    tamper("DELETE FROM actiontrail_event WHERE event_name = 'Call9'")
    assert codes(state) == set()


def test_schema_of_another_revision_is_reported_alone(logged: State, tamper: Tamper) -> None:
    tamper("UPDATE alembic_version SET version_num = '9999'")
    assert codes(logged) == {"schema-not-at-head"}


def test_a_database_without_tables_is_told_with_what_it_may_be(
    logged: State, tamper: Tamper
) -> None:
    tamper("DELETE FROM alembic_version")
    (found,) = check(logged)
    assert (found.code, found.severity) == ("schema-not-at-head", "damage")
    assert found.what.startswith("it has no tables: the first start was cut short")


def test_missing_column_is_reported(logged: State, tamper: Tamper) -> None:
    tamper("ALTER TABLE ram_group DROP COLUMN comments")
    assert codes(logged) == {"schema-differs"}


def test_damaged_pages_are_reported(logged: State) -> None:
    if not logged.url.startswith("sqlite"):
        pytest.skip("PostgreSQL guards its own pages")
    path = Path(logged.url.removeprefix("sqlite:///"))
    connection = SqliteConnection(path, durable=True)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.raw.close()
    content = bytearray(path.read_bytes())
    middle = 4096 * 6
    content[middle : middle + 4096 * 4] = b"\xff" * (4096 * 4)
    path.write_bytes(content)
    assert codes(logged) == {"database-damaged"}


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (
            "store_tag",
            {
                "resource_type": "ACS::RDS::DBInstance",
                "region": "cn-hangzhou",
                "resource_id": "rm-1",
            },
        ),
        (
            "store_tag",
            {"resource_type": "ACS::KMS::Instance", "region": "global", "resource_id": "kst-1"},
        ),
    ],
)
def test_clashing_tag_keys_of_every_product_are_a_notice(
    state: State, tamper: Tamper, table: str, columns: dict[str, str | int]
) -> None:
    names = ", ".join((*columns, "tag_key", "tag_value"))
    values = ", ".join(f":{name}" for name in (*columns, "tag_key", "tag_value"))
    for key in ("Env", "env", "team"):
        tamper(
            f"INSERT INTO {table} (account_id, {names}) SELECT account_id, {values}"  # noqa: S608
            " FROM ram_account WHERE account_name = 'default'",
            **columns,
            tag_key=key,
            tag_value="x",
        )
    found = [each for each in check(state, now=NOW) if each.code == "tag-keys-clash"]
    assert [each.severity for each in found] == ["notice"]
    assert found[0].where.startswith(table)
    assert str(columns["resource_id"]) in found[0].where


def test_a_second_check_makes_no_sql_anew(logged: State, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    compiled = sa.ClauseElement.compile

    def compile_it(statement: sa.ClauseElement, *form: Any, **more: Any) -> Any:
        made.append(statement)
        return compiled(statement, *form, **more)

    monkeypatch.setattr(sa.ClauseElement, "compile", compile_it)
    assert codes(logged) == set()
    assert made == []
