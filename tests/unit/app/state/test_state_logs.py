"""Raw logs: archives hold their segments, restores put them back, checks open every batch."""

from pathlib import Path

import pytest
from tests.unit.app.state.conftest import NOW
from tests.unit.logs.groups import arrived, group

from juyong.app.state import FileMissing, State, backup, check, restore
from juyong.logs.batches import keep, raw_of, read
from juyong.logs.segments import Segments
from juyong.logs.stores import make_store
from juyong.logs.tables import BatchRow, StoreRow
from juyong.services.identity.facade import AccountRow
from juyong.store.transaction import Transaction


def put(state: State, segments: Segments, text: str) -> None:
    taken = arrived(segments, group(text))

    def work(tx: Transaction) -> None:
        if tx.get(StoreRow, "s") is None:
            make_store(tx, "s", tx.find(AccountRow)[0].account_id, ttl_days=1)
        keep(tx, "s", 0, taken, NOW)

    state.transact(work)


def rows(state: State) -> list[BatchRow]:
    return state.transact(lambda tx: read(tx, "s", 0, 0, count=100))


def groups(state: State) -> list[bytes]:
    return [raw_of(state.segments, row) for row in rows(state)]


def file_of(state: State) -> Path:
    (segment_id,) = {row.segment_id for row in rows(state)}
    return state.home.logs / segment_id[:2] / segment_id


@pytest.fixture
def segments(state: State) -> Segments:
    made = state.segments
    for text in ("one", "two"):
        put(state, made, text)
    return made


@pytest.mark.parametrize("meanwhile", ["nothing", "grew", "gone", "cut", "changed"])
def test_a_restore_brings_the_logs_back(
    state: State, segments: Segments, tmp_path: Path, meanwhile: str
) -> None:
    path = file_of(state)
    before = path.read_bytes()
    backup(state, tmp_path / "archive")
    if meanwhile == "grew":
        put(state, segments, "three")
    elif meanwhile == "gone":
        path.unlink()
    elif meanwhile in {"cut", "changed"}:
        path.write_bytes(before[:-1] if meanwhile == "cut" else b"x" + before[1:])
    restore(state, tmp_path / "archive")
    assert groups(state) == [group("one"), group("two")]
    assert check(state) == []
    put(state, segments, "four")
    if meanwhile in {"nothing", "grew"}:
        # The file that a server appends to is never put in the place of itself.
        assert groups(state)[-1] == group("four")


@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_an_archive_without_all_logs_is_not_made(
    state: State, segments: Segments, tmp_path: Path, damage: str
) -> None:
    path = file_of(state)
    path.write_bytes(path.read_bytes()[:-1])
    if damage == "gone":
        path.unlink()
    with pytest.raises(FileMissing):
        backup(state, tmp_path / "archive")
    assert not (tmp_path / "archive").exists()


@pytest.mark.parametrize("damage", ["none", "gone", "cut", "changed"])
def test_a_check_opens_every_batch(state: State, segments: Segments, damage: str) -> None:
    path = file_of(state)
    content = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage != "none":
        changed = bytes([content[-1] ^ 1])
        path.write_bytes(content[:-1] if damage == "cut" else content[:-1] + changed)
    found = [(each.code, each.where) for each in check(state)]
    last, first = ("logs-damaged", "logs_batch s 0 1"), ("logs-damaged", "logs_batch s 0 0")
    assert found == {"none": [], "gone": [first, last]}.get(damage, [last])
