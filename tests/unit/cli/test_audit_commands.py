"""`juyong audit`: what an operator and an auditor see, and the statuses that scripts go by."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.commands import Done, juyong
from tests.docs.walkthrough import ROOT
from tests.sequencing import sequence
from tests.unit.app.state.conftest import NOW, write_event
from tests.witnesses import Direct

from juyong.api.bench import Bench
from juyong.api.context import Kept
from juyong.app.anchor import HomeAnchor
from juyong.app.home import Home
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.app.state import reset, state_of
from juyong.audit.tables import EventRow
from juyong.base.clock import DAY_SECONDS, Instant, iso
from juyong.engines.ledger import Frontier, Key, Note, open_checkpoint, parse_path, read_entries
from juyong.services.actiontrail.jobs import expire_events, sum_up
from juyong.services.identity.facade import NewAccount, create_account
from juyong.worker.witnessing import Witnessing, WitnessRefuses

EVENTS = 300
CHECKER = ROOT / "docs" / "check_proof.py"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    opened = open_platform(tmp_path / "home", settings=Settings(durable=False), clock=lambda: NOW)
    yield opened
    opened.close()


@pytest.fixture
def account(running: Running) -> NewAccount:
    return running.store.call(lambda tx: create_account(tx, "a", NOW))


@pytest.fixture
def home(running: Running, account: NewAccount) -> Path:
    write(running, account, EVENTS)
    assert sequence(running) == []
    return running.home.path


def write(running: Running, account: NewAccount, count: int) -> None:
    key = running.keys["audit"]
    running.store.call(
        lambda tx: [write_event(tx, account, key, f"Call{n}", NOW) for n in range(count)]
    )


def event(running: Running, place: int) -> EventRow:
    return running.store.call(lambda tx: tx.find(EventRow, order=("seq",)))[place]


def change(home: Path, sql: str, *params: object) -> None:
    with closing(sqlite3.connect(home / "juyong.db")) as raw:
        assert raw.execute(sql, params).rowcount > 0
        raw.commit()


def as_json(done: Done) -> dict[str, object]:
    found: dict[str, object] = json.loads(done.out)
    return found


def test_a_record_is_sound_and_says_what_it_had_to_believe(home: Path) -> None:
    done = juyong("audit", "verify", "--home", home, "--json")
    assert (done.status, done.err) == (0, "")
    told = as_json(done)
    assert (told["sound"], told["leaves"], told["events"], told["unsigned"]) == (
        *(True, EVENTS, EVENTS),
        0,
    )
    believed = ["the key, from the home", "the newest checkpoint, from the home"]
    assert told["believed"] == believed
    key = juyong("audit", "key", "--home", home).out.strip()
    kept = home.parent / "kept"
    shutil.copy(home / "audit-checkpoint", kept)
    done = juyong("audit", "verify", "--home", home, "--key", key, "--checkpoint", kept)
    assert done.status == 0
    assert done.out.splitlines() == [
        f"sound: {EVENTS} leaves of {key.split('+')[0]}, {EVENTS} events compared"
    ]


def test_a_copy_of_the_data_alone_is_enough(home: Path, running: Running) -> None:
    """No key of the home, no settings, no server."""
    copy = home.parent / "copy"
    copy.mkdir()
    key = HomeAnchor(running.home).key()
    assert key is not None
    with closing(sqlite3.connect(home / "juyong.db")) as raw:
        raw.execute("VACUUM INTO ?", (str(copy / "juyong.db"),))
    done = juyong("audit", "verify", "--home", copy, "--key", key)
    assert done.status == 0
    assert "believed: the newest checkpoint, from the database itself" in done.out
    (copy / "key").write_text(key)
    assert juyong("audit", "verify", "--home", copy, "--key", copy / "key").status == 0
    assert juyong("audit", "verify", "--home", copy).status == 2


def test_what_was_changed_is_named_with_status_1(home: Path, running: Running) -> None:
    changed = event(running, 7)
    change(home, "UPDATE actiontrail_event SET body = body || ' ' WHERE seq = ?", changed.seq)
    done = juyong("audit", "verify", "--home", home)
    assert done.status == 1
    assert done.out.startswith("NOT SOUND: changed: ")
    assert f"the first event that fails: {changed.event_id}\n" in done.out
    told = as_json(juyong("audit", "verify", "--home", home, "--json"))
    trouble = told["trouble"]
    assert isinstance(trouble, dict)
    assert (told["sound"], trouble["event_id"], trouble["index"]) == (False, changed.event_id, 7)
    done = juyong("audit", "verify", "--home", home, "--to", "2001-01-01")
    assert done.status == 0
    assert " 0 events compared" in done.out
    for at in ("2027-01-15", "2027-01-15T08:00:00Z"):
        assert juyong("audit", "verify", "--home", home, "--from", at, "--to", at).status == 1


def test_text_that_is_no_unicode_is_a_changed_event(home: Path, running: Running) -> None:
    changed = event(running, 9)
    sql = "UPDATE actiontrail_event SET body = CAST(x'ff00fe' AS TEXT) WHERE seq = ?"
    change(home, sql, changed.seq)
    done = juyong("audit", "verify", "--home", home)
    assert (done.status, changed.event_id in done.out) == (1, True)


def test_a_log_that_was_cut_off_shows_beside_a_checkpoint_kept_elsewhere(
    home: Path, running: Running, account: NewAccount
) -> None:
    kept = home.parent / "kept.db"
    with closing(sqlite3.connect(home / "juyong.db")) as raw:
        raw.execute("VACUUM INTO ?", (str(kept),))
    write(running, account, 5)
    sequence(running)
    running.store.close()
    for name in ("juyong.db-wal", "juyong.db-shm"):
        (home / name).unlink(missing_ok=True)
    shutil.copy(kept, home / "juyong.db")
    done = juyong("audit", "verify", "--home", home)
    assert done.status == 1
    assert done.out.startswith("NOT SOUND: rolled back: ")
    HomeAnchor(running.home).forget()
    assert juyong("audit", "verify", "--home", home).status == 0, "nothing else tells"


def test_a_reset_cannot_be_told_from_a_loss_by_the_old_checkpoint_alone(
    home: Path, running: Running
) -> None:
    kept = home.parent / "kept"
    shutil.copy(home / "audit-checkpoint", kept)
    reset(state_of(running))
    done = juyong("audit", "verify", "--home", home)
    assert done.status == 0
    assert ": reset\n" in done.out
    done = juyong("audit", "verify", "--home", home, "--checkpoint", kept)
    assert done.status == 2
    assert done.out.startswith("cannot tell: the log of the checkpoint ended, and this one ")


def test_the_unsigned_tail_is_told(home: Path, running: Running, account: NewAccount) -> None:
    write(running, account, 2)
    done = juyong("audit", "verify", "--home", home)
    assert done.status == 0
    assert "not signed yet: 2 events, since 2027-01-15T08:00:00Z\n" in done.out


def test_without_a_log_it_cannot_tell(running: Running, tmp_path: Path) -> None:
    key = Key(name="x", public=b"k" * 32).text
    done = juyong("audit", "verify", "--home", running.home.path, "--key", key)
    assert (done.status, done.out.splitlines()[0]) == (2, "cannot tell: there is no log yet")
    for words in (("verify",), ("export", "--out", tmp_path / "o"), ("key",), ("prove", "x")):
        done = juyong("audit", *words, "--home", running.home.path)
        assert done.status == (2 if words == ("verify",) else 1)
        assert "has no log yet" in done.err
    nowhere = tmp_path / "nowhere"
    done = juyong("audit", "verify", "--home", nowhere, "--key", key)
    assert done.status == 2
    assert not nowhere.exists()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--key", "x+y"), "no verifier key"),
        (("--checkpoint", "nowhere"), "No such file"),
        (("--checkpoint", "/etc/hostname"), "no checkpoint that the key signed"),
        (("--from", "soon"), "`soon`: a time is"),
        (("--to", "2026-13-01"), "a time is"),
    ],
)
def test_bad_input_has_status_3(home: Path, words: tuple[str, ...], text: str) -> None:
    done = juyong("audit", "verify", "--home", home, *words)
    assert done.status == 3
    assert text in done.err


def test_a_checkpoint_under_another_key_is_bad_input(home: Path) -> None:
    key = Key(name="juyong/other", public=b"\x01" * 32).text
    kept = home / "audit-checkpoint"
    done = juyong("audit", "verify", "--home", home, "--checkpoint", kept, "--key", key)
    assert done.status == 3
    assert juyong("audit", "verify", "--home", home, "--key", key).status == 2


def test_a_damaged_or_older_database_is_no_verdict(home: Path, running: Running) -> None:
    change(home, "UPDATE alembic_version SET version_num = '0001'")
    done = juyong("audit", "verify", "--home", home)
    assert (done.status, "revision 0001" in done.err) == (2, True)
    running.store.close()
    (home / "juyong.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 9000)
    done = juyong("audit", "verify", "--home", home)
    assert (done.status, done.out) == (2, "")


@pytest.mark.parametrize("place", [0, EVENTS - 1])
def test_a_proof_of_one_event_is_checked_by_a_script_of_its_own(
    home: Path, running: Running, place: int
) -> None:
    row = event(running, place)
    out = home.parent / "one.tlog-proof"
    done = juyong("audit", "prove", row.event_id, "--home", home, "--out", out, "--json")
    assert done.status == 0
    told = as_json(done)
    assert (told["index"], told["leaves"]) == (place, EVENTS)
    key, recorded = str(told["key"]), Path(str(told["event"]))
    assert out.stat().st_mode & 0o777 == recorded.stat().st_mode & 0o777 == 0o600
    parts = recorded.read_text().split("\x1f")
    assert parts == [row.account_id, row.event_id, row.body, row.evidence, row.mac]
    assert _checks(out, key, recorded)
    recorded.write_text("\x1f".join([*parts[:2], row.body.replace("Call", "Cool"), *parts[3:]]))
    assert not _checks(out, key, recorded)
    assert not _checks(out, Key(name=key.split("+", maxsplit=1)[0], public=b"\x01" * 32).text, None)


def _checks(proof: Path, key: str, recorded: Path | None) -> bool:
    words = [proof, key.partition("+")[0], key, *([recorded] if recorded else [])]
    done = subprocess.run([sys.executable, CHECKER, *words], capture_output=True, check=False)
    if recorded is not None and done.returncode == 0:
        assert sha256(recorded.read_bytes()).hexdigest() in done.stdout.decode()
    return done.returncode == 0


def test_what_cannot_be_proven_says_why(
    home: Path, running: Running, account: NewAccount, tmp_path: Path
) -> None:
    def refused(event_id: str, *more: str) -> str:
        out = tmp_path / "p"
        done = juyong("audit", "prove", event_id, "--home", home, "--out", out, *more)
        assert (done.status, done.out, out.exists()) == (1, "", False)
        return done.err

    first, second = event(running, 0), event(running, 1)
    assert "there is no event `none`" in refused("none")
    assert "in these accounts" in refused(first.event_id, "--account", "1")
    write(running, account, 1)
    assert "no leaf yet" in refused(event(running, EVENTS).event_id)
    change(home, "UPDATE actiontrail_event SET body = '{}' WHERE seq = ?", second.seq)
    assert "not what it was" in refused(second.event_id)
    change(home, "UPDATE audit_tile SET hashes = zeroblob(length(hashes))")
    assert "does not" in refused(first.event_id)


def test_an_event_that_two_accounts_have_is_proven_of_one(home: Path, running: Running) -> None:
    from msgspec.structs import replace

    row = event(running, 0)
    running.store.call(lambda tx: tx.insert(replace(row, account_id="7")))
    sequence(running)
    out = home.parent / "p"
    done = juyong("audit", "prove", row.event_id, "--home", home, "--out", out)
    assert done.status == 1
    assert f"{row.account_id}, 7" in done.err
    done = juyong("audit", "prove", row.event_id, "--home", home, "--out", out, "--account", "7")
    assert done.status == 0
    assert f"event {EVENTS} of {EVENTS + 1}" in done.out


def test_the_export_is_a_log_that_others_read(home: Path, running: Running) -> None:
    out = home.parent / "log"
    done = juyong("audit", "export", "--out", out, "--home", home)
    assert done.status == 0
    files = sorted(str(each.relative_to(out)) for each in out.rglob("*") if each.is_file())
    assert files == [
        "checkpoint",
        *("tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"),
        *("tile/entries/000", "tile/entries/001.p/44"),
        "verifier-key",
    ]
    key = Key.parse((out / "verifier-key").read_text().strip())
    head = open_checkpoint((out / "checkpoint").read_bytes(), key.name, [key]).checkpoint

    def read(level: int, index: int, width: int) -> bytes:
        (file,) = (
            each
            for each in files
            if each.startswith(f"tile/{level}/") and parse_path(each).index == index
        )
        return (out / file).read_bytes()[: 32 * width]

    assert Frontier.from_tiles(head.size, read).root() == head.root
    rows = running.store.call(lambda tx: tx.find(EventRow, order=("seq",)))
    entries = read_entries((out / "tile/entries/000").read_bytes(), 256)
    assert all(row.event_id.encode() in leaf for row, leaf in zip(rows, entries, strict=False))
    public = b"".join(each.read_bytes() for each in out.rglob("*") if each.is_file())
    for private in (rows[0].account_id, rows[0].access_key_id, "administrator", "192.0.2.1"):
        assert private.encode() not in public
    again = juyong("audit", "export", "--out", out, "--home", home)
    assert (again.status, "is there already" in again.err) == (3, True)


def test_the_files_of_the_home_are_private(home: Path) -> None:
    for name in ("audit-checkpoint", "audit-checkpoints", "audit-key"):
        assert (Home(home).path / name).stat().st_mode & 0o777 == 0o600


def test_events_that_expired_are_counted_and_proven_by_their_leaves(
    running: Running, home: Path, tmp_path: Path
) -> None:
    event_id = event(running, 10).event_id
    kept = tmp_path / "kept.tlog-proof"
    assert juyong("audit", "prove", event_id, "--home", home, "--out", kept).status == 0
    platform = replace(running.pipeline.platform, kept=Kept(audit_events_days=30))
    bench = Bench(
        call=running.store.call,
        clock=lambda: Instant(NOW + 30 * DAY_SECONDS + 1),
        platform=platform,
    )
    expire_events(bench)
    assert event(running, 0), "events that are not summed up yet stay"
    sum_up(bench)
    expire_events(replace_platform(bench, kept=Kept()))
    assert event(running, 0), "without the setting events are kept for ever"
    expire_events(bench)
    assert running.store.call(lambda tx: tx.count(EventRow)) == 0
    assert sequence(running) == []
    done = juyong("audit", "verify", "--home", home)
    assert done.status == 0, done.out
    stated = iso(Instant(NOW + 30 * DAY_SECONDS + 1))
    assert (
        f"known by their hash alone: {EVENTS} events before leaf {EVENTS}, kept for 30 days,"
        f" expired by {stated}"
    ) in done.out
    told = as_json(juyong("audit", "verify", "--home", home, "--json"))
    assert (told["events"], told["known_by_hash"]) == (0, EVENTS)
    assert told["expiry"] == {"kept_days": 30, "before_leaf": EVENTS, "stated_at": stated}
    out = tmp_path / "later.tlog-proof"
    done = juyong("audit", "prove", event_id, "--home", home, "--out", out)
    assert (done.status, "the event expired" in done.out) == (0, True)
    assert not out.with_name(f"{out.name}.event").exists()
    key = juyong("audit", "key", "--home", home).out.strip()
    words = [out, key.split("+")[0], key, f"{kept}.event"]
    checked = subprocess.run(
        [sys.executable, CHECKER, *words], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, "who kept the record proves it still"
    assert juyong("audit", "prove", "\udcff", "--home", home).status == 1


def replace_platform(bench: Bench, **changes: object) -> Bench:
    platform = replace(bench.platform, **changes)
    return Bench(call=bench.call, clock=bench.clock, platform=platform)


# --- with a witness ---


@pytest.fixture
def witnessed(home: Path, running: Running) -> Direct:
    """A witness that cosigned the log of the home."""
    witness = Direct(home.parent / "w")
    witness.knows(HomeAnchor(running.home).key())
    cosign(running, witness)
    return witness


def cosign(running: Running, witness: Direct) -> None:
    Witnessing(
        store=running.store,
        keys=running.keys,
        keeper=HomeAnchor(running.home),
        witness=witness,
        figures=running.figures,
    ).round()


def verified(home: Path, witness: Direct, *more: str | Path) -> Done:
    words = ("audit", "verify", "--home", home, "--witness-key", witness.key.text)
    return juyong(*words, *more)


def test_a_cosigned_checkpoint_of_the_home_is_known_from_elsewhere(
    home: Path, running: Running, account: NewAccount, witnessed: Direct
) -> None:
    key = juyong("audit", "key", "--home", home).out.strip()
    done = verified(home, witnessed, "--key", key)
    assert (done.status, done.err) == (0, "")
    assert done.out.splitlines() == [
        f"sound: {EVENTS} leaves of {key.split('+')[0]}, {EVENTS} events compared",
        f"cosigned: {EVENTS} leaves, by {witnessed.key.name} at 2027-01-15T08:00:00Z",
        "believed: that the witness cosigned nothing newer, from the home",
    ]
    write(running, account, 4)
    sequence(running)
    told = verified(home, witnessed).out.splitlines()
    assert told[2] == f"known from the home alone: the 4 leaves behind the first {EVENTS}"
    assert told[3:] == [
        "believed: the key, from the home",
        "believed: that the witness cosigned nothing newer, from the home",
    ]
    found = as_json(verified(home, witnessed, "--json"))
    names = ("covered", "cosigned_by", "cosigned_at", "leaves")
    assert tuple(found[each] for each in names) == (
        *(EVENTS, witnessed.key.name, "2027-01-15T08:00:00Z"),
        EVENTS + 4,
    )


def test_with_all_from_elsewhere_nothing_is_believed(
    home: Path, running: Running, account: NewAccount, witnessed: Direct
) -> None:
    key = juyong("audit", "key", "--home", home).out.strip()
    kept, newest = home.parent / "kept", witnessed.witness.newest(key.split("+")[0])
    assert newest is not None
    kept.write_bytes(newest)
    write(running, account, 1)
    sequence(running)
    file = home.parent / "witness-verifier-key"
    file.write_text(f"{witnessed.key.text}\n")
    words = ("audit", "verify", "--home", home, "--key", key, "--checkpoint", kept)
    done = juyong(*words, "--witness-key", file)
    assert done.status == 0
    assert "believed" not in done.out
    assert f"the 1 leaves behind the first {EVENTS}" in done.out
    done = juyong(*words)
    assert (done.status, "cosigned" in done.out) == (0, False)
    assert f"the 1 leaves behind the first {EVENTS}" in done.out
    kept.write_bytes((home / "audit-checkpoint").read_bytes())
    done = juyong(*words, "--witness-key", file)
    assert done.status == 3
    assert f"the key signed and `{witnessed.key.name}` cosigned" in done.err


@pytest.mark.parametrize("left", ["gone", "uncosigned", "forged", "another's", "junk"])
def test_a_home_whose_checkpoint_carries_no_cosignature_fails(
    home: Path, witnessed: Direct, left: str
) -> None:
    """Also where somebody took it away: that is how a log would be cut off unseen."""
    file = home / "audit-cosigned"
    note = Note.parse(file.read_bytes())
    *own, cosignature = note.signatures
    forged = cosignature._replace(value=cosignature.value[:-1] + b"x")
    other = Direct(home.parent / "other")
    match left:
        case "gone":
            file.unlink()
        case "uncosigned":
            file.write_bytes(note._replace(signatures=tuple(own)).encode())
        case "forged":
            file.write_bytes(note._replace(signatures=(*own, forged)).encode())
        case "junk":
            file.write_bytes(b"\xff")
    done = verified(home, other if left == "another's" else witnessed)
    assert (done.status, done.out) == (2, "")
    assert "the home has no checkpoint that `" in done.err
    assert juyong("audit", "verify", "--home", home).status == 0, "without a witness all is well"


def test_a_fork_behind_a_witness_is_named(
    home: Path, running: Running, witnessed: Direct, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody with home, database and key writes history anew, and all files of the home."""
    origin = str(HomeAnchor(running.home).key()).split("+", maxsplit=1)[0]
    change(home, "UPDATE actiontrail_event SET body = body || ' ' WHERE seq < 50")
    for table in ("audit_bundle", "audit_tile", "audit_log"):
        change(home, f"DELETE FROM {table}")  # noqa: S608
    monkeypatch.setattr("juyong.audit.ledger.sequencing._new_origin", lambda: origin)
    HomeAnchor(running.home).forget()
    assert sequence(running) == []
    assert juyong("audit", "verify", "--home", home).status == 0, "the home alone tells nothing"
    done = verified(home, witnessed)
    assert done.status == 1
    assert done.out.startswith(f"NOT SOUND: fork: the first {EVENTS} leaves have another root")
    with pytest.raises(WitnessRefuses, match="another history"):
        cosign(running, witnessed)
    told = juyong("check", "--home", home)
    assert (told.status, "audit-log-replaced" in told.out) == (1, True)


def test_a_log_cut_off_behind_a_witness_is_named(
    home: Path, running: Running, account: NewAccount, witnessed: Direct
) -> None:
    tables = ("actiontrail_event", "audit_bundle", "audit_tile", "audit_log")
    with closing(sqlite3.connect(home / "juyong.db")) as raw:
        for table in tables:
            raw.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")  # noqa: S608
        raw.commit()
    write(running, account, 5)
    sequence(running)
    cosign(running, witnessed)
    with closing(sqlite3.connect(home / "juyong.db")) as raw:
        for table in tables:
            raw.execute(f"DELETE FROM {table}")  # noqa: S608
            raw.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")  # noqa: S608
            raw.execute(f"DROP TABLE kept_{table}")
        raw.commit()
    HomeAnchor(running.home).forget()
    done = verified(home, witnessed)
    assert done.status == 1
    assert done.out.startswith(f"NOT SOUND: rolled back: the log has {EVENTS} leaves and had ")


def test_after_a_reset_a_cosigned_checkpoint_of_before_cannot_tell(
    home: Path, running: Running, account: NewAccount, witnessed: Direct
) -> None:
    """It need not be the very last one of the log before."""
    write(running, account, 3)
    sequence(running)
    reset(state_of(running))
    done = verified(home, witnessed)
    assert done.status == 2
    assert done.out.startswith("cannot tell: the log of the checkpoint ended, and this one ")
    assert as_json(verified(home, witnessed, "--json"))["covered"] is None
    assert juyong("check", "--home", home).status == 0
    witnessed.knows(HomeAnchor(running.home).key())
    cosign(running, witnessed)
    assert verified(home, witnessed).status == 0


@pytest.mark.parametrize(
    ("key", "text"),
    [("x", "the witness's key: `x` is neither a verifier key"), (None, "this is the key of a log")],
)
def test_a_key_that_is_no_witness_is_bad_input(home: Path, key: str | None, text: str) -> None:
    given = key or juyong("audit", "key", "--home", home).out.strip()
    done = juyong("audit", "verify", "--home", home, "--witness-key", given)
    assert (done.status, done.out) == (3, "")
    assert text in done.err
    swapped = juyong("audit", "verify", "--home", home, "--key", Direct(home.parent / "w").key.text)
    assert "this is the key of a witness" in swapped.err
