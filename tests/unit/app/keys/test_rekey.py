"""Another root key for the same master key."""

import fcntl
import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from juyong.app.home import Home, open_home
from juyong.app.keys import KeyTrouble, PassphraseNeeded, Unlocking, WrongRootKey, open_keys
from juyong.app.keys.opening import open_master, read_seal
from juyong.app.keys.passphrase import UnusablePassphrase, fit_for_new
from juyong.app.keys.rekey import Rekeyed, rekey
from juyong.app.keys.root_file import next_file
from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.app.state import backup, check, restore, state_at
from juyong.base.clock import Instant
from juyong.base.secret import Secret
from juyong.blobs.blob import Spool, keep
from juyong.blobs.blocks import BLOCK
from juyong.blobs.content import whole
from juyong.blobs.disk import LocalDisk
from juyong.blobs.tables import BlobRow
from juyong.services.identity.credentials.tables import AccessKeyRow
from juyong.services.identity.facade import AccountRow, create_account

pytestmark = pytest.mark.usefixtures("quick_passphrases")
FIRST, SECOND = Secret("the first passphrase"), Secret("the second passphrase")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = open_home(tmp_path / "home")
    open_keys(made)
    return made


def unasked() -> Secret:
    raise AssertionError("no passphrase was needed")


def with_file(home: Home) -> Rekeyed:
    return rekey(home, Unlocking(), None, unasked)


def by(passphrase: Secret) -> Unlocking:
    return Unlocking(passphrase=lambda: passphrase)


def test_new_root_key_gives_the_same_keys(home: Home) -> None:
    keys, root, seal = dict(open_keys(home)), home.key.read_bytes(), home.seal.read_bytes()
    done = with_file(home)
    assert dict(done.keys) == dict(open_keys(home)) == keys
    assert home.key.read_bytes() != root
    assert home.seal.read_bytes() != seal
    assert done.method == "file"
    assert done.key_id == read_seal(home).key_id
    assert sorted(path.name for path in home.path.iterdir()) == ["root.key", "seal.json"]
    assert {path.stat().st_mode & 0o777 for path in home.path.iterdir()} == {0o600}


def test_root_key_before_opens_nothing_afterwards(home: Home) -> None:
    before = home.key.read_bytes()
    with_file(home)
    home.key.write_bytes(before)
    with pytest.raises(WrongRootKey):
        open_keys(home)


def test_home_of_the_first_version_can_be_rekeyed(tmp_path: Path) -> None:
    home = open_home(tmp_path / "old")
    home.key.write_text("ab" * 32 + "\n")
    home.key.chmod(0o600)
    home.database.touch()
    keys = dict(open_keys(home))
    with_file(home)
    assert dict(open_keys(home)) == keys
    assert home.key.read_text().startswith("v1 ")
    home.seal.unlink()
    with pytest.raises(KeyTrouble, match="missing"):
        open_keys(home)


def test_methods_change_there_and_back(home: Home) -> None:
    keys = dict(open_keys(home))
    assert rekey(home, Unlocking(), "passphrase", lambda: FIRST).method == "passphrase"
    assert [path.name for path in home.path.iterdir()] == ["seal.json"]
    assert dict(open_keys(home, by(FIRST))) == keys
    assert rekey(home, by(FIRST), None, lambda: SECOND).method == "passphrase"
    assert dict(open_keys(home, by(SECOND))) == keys
    with pytest.raises(WrongRootKey):
        open_keys(home, by(FIRST))
    assert rekey(home, by(SECOND), "file", unasked).method == "file"
    assert dict(open_keys(home)) == keys


def test_same_passphrase_gives_another_root_key(home: Home) -> None:
    rekey(home, Unlocking(), "passphrase", lambda: FIRST)
    before = read_seal(home)
    rekey(home, by(FIRST), None, lambda: FIRST)
    after = read_seal(home)
    assert before.key_id != after.key_id
    assert before.how.salt != after.how.salt


def test_passphrase_is_needed_and_asked_for_only_then(home: Home) -> None:
    open_keys(home, Unlocking(passphrase=unasked))
    rekey(home, Unlocking(), "passphrase", lambda: FIRST)
    with pytest.raises(PassphraseNeeded, match="passphrase_file"):
        open_keys(home)


def test_seal_bound_to_its_parameters(home: Home) -> None:
    rekey(home, Unlocking(), "passphrase", lambda: FIRST)
    text = home.seal.read_text()
    for changed in (
        text.replace('"passes":2', '"passes":3'),
        text.replace('"lanes":1', '"lanes":4'),
        text.replace(read_seal(home).key_id, "0" * 16),
    ):
        assert changed != text
        home.seal.write_text(changed)
        with pytest.raises(WrongRootKey):
            open_keys(home, by(FIRST))


def test_refused_rekey_changes_nothing(home: Home) -> None:
    rekey(home, Unlocking(), "passphrase", lambda: FIRST)
    before = {path: path.read_bytes() for path in home.path.iterdir()}

    def too_short() -> Secret:
        return fit_for_new(Secret("short"))

    for unlocking, new in ((by(SECOND), lambda: FIRST), (by(FIRST), too_short)):
        with pytest.raises((WrongRootKey, UnusablePassphrase)):
            rekey(home, unlocking, "passphrase", new)
    assert {path: path.read_bytes() for path in home.path.iterdir()} == before


def test_two_rekeys_at_once_are_one_too_many(home: Home) -> None:
    folder = os.open(home.path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        with pytest.raises(KeyTrouble, match="another rekey"):
            with_file(home)
    finally:
        os.close(folder)
    with_file(home)


def test_empty_home_gets_its_first_keys_without_a_root_key_on_disk(tmp_path: Path) -> None:
    home = open_home(tmp_path / "new")
    keys = dict(rekey(home, Unlocking(), "passphrase", lambda: FIRST).keys)
    assert [path.name for path in home.path.iterdir()] == ["seal.json"]
    assert dict(open_keys(home, by(FIRST))) == keys


def test_opening_while_the_root_key_changes_reads_the_seal_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = dict(open_keys(home))
    stale = read_seal(home)
    with_file(home)
    answers = iter([stale])
    monkeypatch.setattr(
        "juyong.app.keys.opening.read_seal", lambda at: next(answers, None) or read_seal(at)
    )
    assert dict(open_keys(home)) == keys


def test_leftover_of_a_killed_rekey_is_no_root_key(home: Home) -> None:
    keys = dict(open_keys(home))
    next_file(home).write_text("v1 " + "00" * 32)
    next_file(home).chmod(0o600)
    assert dict(open_keys(home)) == keys
    with_file(home)
    assert not next_file(home).exists()


def test_backup_made_before_a_rekey_is_restored_after_it(tmp_path: Path) -> None:
    running = open_platform(tmp_path / "home", settings=Settings())
    home = running.home
    secrets = {row.access_key_id: row.secret for row in running.store.call(_access_keys)}
    archive = tmp_path / "a.jyb"
    backup(state_at(home, Settings()), archive)
    running.store.call(lambda tx: create_account(tx, "later", running.pipeline.clock()))
    with_file(home)
    rekey(home, Unlocking(), "passphrase", lambda: FIRST)
    state = state_at(home, Settings(), lambda: FIRST)
    restore(state, archive)
    assert {row.access_key_id: row.secret for row in running.store.call(_access_keys)} == secrets
    assert running.store.call(lambda tx: tx.count(AccountRow)) == 1
    assert check(state) == []
    other = open_home(tmp_path / "other")
    shutil.copy(home.seal, other.seal)
    moved = state_at(other, Settings(), lambda: FIRST)
    restore(moved, archive)
    assert {row.access_key_id: row.secret for row in moved.transact(_access_keys)} == secrets
    running.close()


def _access_keys(tx):
    return tx.find(AccessKeyRow)


def test_master_key_never_changes(home: Home) -> None:
    _, before = open_master(home, Unlocking())
    for _ in range(3):
        with_file(home)
    assert open_master(home, Unlocking())[1] == before


def test_bodies_open_after_a_rekey_and_their_files_stay_as_they_are(home: Home) -> None:
    """The keys of blobs are sealed columns, and a rekey changes what opens these, not the files."""
    body = os.urandom(2 * BLOCK)
    disk = LocalDisk(home.blobs)
    with closing(open_platform(home.path, settings=Settings()).store) as store:
        spool = Spool(disk)
        spool.add(body[:BLOCK])
        blob = spool.finish(body[BLOCK:])
        row = store.call(
            lambda tx: keep(tx, blob, tx.find(AccountRow)[0].account_id, Instant(1_800_000_000))
        )
    before = disk.read(row.blob_id, 0, 3 * BLOCK)
    with_file(home)
    assert check(state_at(home, Settings())) == []
    with closing(open_platform(home.path, settings=Settings()).store) as store:
        again = store.call(lambda tx: tx.get(BlobRow, row.blob_id))
    assert again is not None
    assert b"".join(whole(disk, again).blocks()) == body
    assert disk.read(row.blob_id, 0, 3 * BLOCK) == before
