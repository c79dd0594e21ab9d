"""Reset keeps the exported credentials alive; snapshots are archives with names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.app.state.conftest import populate

from juyong.app.bootstrap import read_credentials
from juyong.app.state import (
    BadSnapshotName,
    HomeAnchor,
    NoSnapshot,
    SnapshotExists,
    State,
    check,
    forget_snapshot,
    reset,
    restore_snapshot,
    snapshot,
    snapshots,
)
from juyong.audit.ledger.stored import log_of
from juyong.base.clock import Instant
from juyong.services.identity.credentials.tables import AccessKeyRow
from juyong.services.identity.facade import AccountRow, Principals, create_account
from juyong.services.identity.users.tables import UserRow
from juyong.store.nonces import use_nonce

NOW = Instant(1_800_000_000)
Content = Callable[[State], dict[str, list[tuple[Any, ...]]]]


def test_reset_leaves_the_first_account_and_its_key_only(state: State, content: Content) -> None:
    credentials = read_credentials(state.home)
    user_id = state.transact(
        lambda tx: tx.get(AccessKeyRow, credentials.access_key_id).owner_id  # type: ignore[union-attr]
    )
    check(state, now=NOW)
    check(state, now=Instant(NOW + 1000))
    reset(state, now=Instant(NOW + 5))
    rows = {name: len(found) for name, found in content(state).items() if found}
    assert rows == {
        **dict.fromkeys(("audit_bundle", "audit_log", "audit_tile"), 1),
        "kms_instance": 1,
        "ram_access_key": 1,
        "ram_account": 1,
        "ram_attachment": 1,
        "ram_user": 1,
        "store_link": 2,
        "store_resource": 4,
        "store_resource_event": 4,
        "store_nonce": 1,
    }
    key = state.transact(lambda tx: tx.get(AccessKeyRow, credentials.access_key_id))
    assert key is not None
    assert key.secret.reveal() == credentials.access_key_secret
    assert (key.owner_id, key.active) == (user_id, True)
    account = state.transact(lambda tx: tx.get(AccountRow, credentials.account_id))
    assert account is not None
    assert (account.account_name, account.created_at) == ("default", NOW)
    row = state.transact(log_of)
    assert row is not None
    assert (row.size, HomeAnchor(state.home).remembered()) == (1, row.checkpoint.encode())
    assert check(state, now=Instant(NOW + 2000)) == []


def test_reset_repairs_an_administrator_that_was_changed_or_deleted(
    state: State, tamper: Callable[..., int]
) -> None:
    credentials = read_credentials(state.home)
    for sql in (
        "UPDATE ram_user SET user_name = 'renamed' WHERE user_name = 'administrator'",
        "UPDATE ram_access_key SET active = (1 = 0)",
        "UPDATE ram_access_key SET secret = (SELECT seed FROM ram_mfa_device)",
        "DELETE FROM ram_access_key",
        "DELETE FROM ram_user",
        "DELETE FROM ram_account",
    ):
        tamper(sql)
        reset(state)
        principals = Principals()
        found = state.transact(
            lambda tx, p=principals: p.credential(tx, credentials.access_key_id)  # type: ignore[arg-type]
        )
        assert found is not None
        assert found.active
        assert check(state) == []
        state.transact(lambda tx: populate(tx, state.keys["audit"]))


def test_reset_makes_running_servers_forget_what_they_cached(state: State) -> None:
    principals = Principals()
    other = state.transact(lambda tx: create_account(tx, "other", NOW))
    assert state.transact(lambda tx: principals.credential(tx, other.access_key_id)) is not None
    reset(state)
    assert state.transact(lambda tx: principals.credential(tx, other.access_key_id)) is None


def test_nonce_stays_used_over_a_reset(state: State) -> None:
    until = Instant(NOW + 900)
    state.transact(lambda tx: use_nonce(tx, "LTAI", "once", until))
    reset(state)
    assert not state.transact(lambda tx: use_nonce(tx, "LTAI", "once", until))


def test_snapshots_are_kept_listed_restored_and_forgotten(state: State, content: Content) -> None:
    before = content(state)
    kept = snapshot(state, "before-test.1", now=NOW)
    assert kept.size_bytes > 0
    with pytest.raises(SnapshotExists):
        snapshot(state, "before-test.1")
    reset(state)
    empty = content(state)
    snapshot(state, "empty")
    restore_snapshot(state, "before-test.1")
    assert content(state) == before
    assert {s.name for s in snapshots(state.home)} == {"before-test.1", "empty"}
    snapshot(state, "empty", replace=True)
    restore_snapshot(state, "empty")
    assert content(state) == before != empty
    forget_snapshot(state.home, "empty")
    with pytest.raises(NoSnapshot, match=r"there are: before-test\.1$"):
        restore_snapshot(state, "empty")
    with pytest.raises(NoSnapshot):
        forget_snapshot(state.home, "empty")


@pytest.mark.parametrize("name", ["", ".", "../x", "a/b", ".hidden", "x" * 65, "a b", "a\n"])
def test_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    from juyong.app.home import Home

    with pytest.raises(BadSnapshotName):
        forget_snapshot(Home(tmp_path), name)


def test_changed_user_is_back_after_restore(state: State) -> None:
    snapshot(state, "s")
    user = state.transact(lambda tx: tx.find(UserRow, user_name="zoë ☃"))[0]
    state.transact(lambda tx: tx.update(user, user_name="other"))
    restore_snapshot(state, "s")
    assert state.transact(lambda tx: tx.get(UserRow, user.user_id)) == user
