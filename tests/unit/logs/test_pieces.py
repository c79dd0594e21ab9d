"""A process writes files of columns as this one does, and a process that is gone is replaced."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import parquet
from tests.unit.logs.groups import INDEX, group

from juyong.engines.logsearch.errors import EngineFailed, IndexInvalid
from juyong.logs.pieces import Group, Order, Piece, PieceProcess, write_pieces


@pytest.fixture
def process() -> Iterator[PieceProcess]:
    made = PieceProcess()
    yield made
    made.close()


def order(folder: Path, index: str = INDEX) -> Order:
    folder.mkdir(exist_ok=True)
    groups = (Group(1, 7, group("a", "b")), Group(2, 0, group("c")))
    return Order(index=index, folder=str(folder), groups=groups)


def rows(pieces: tuple[Piece, ...]) -> list[dict[str, object]]:
    return [row for each in pieces for row in parquet.read_table(each.path).to_pylist()]


def test_a_process_writes_what_this_one_writes(process: PieceProcess, tmp_path: Path) -> None:
    there = process.write(order(tmp_path / "there"))
    here = write_pieces(order(tmp_path / "here"))
    assert rows(there) == rows(here)
    assert [row["_seq"] for row in rows(there)] == [2, 7 << 16 | 1, 8 << 16 | 1]
    assert [each.rows for each in there] == [3]


def test_what_can_not_be_written_is_said_and_a_process_that_ended_is_replaced(
    process: PieceProcess, tmp_path: Path
) -> None:
    with pytest.raises(IndexInvalid):
        process.write(order(tmp_path, index="{}"))
    good = order(tmp_path)
    (tmp_path / "file").touch()
    nowhere = Order(index=INDEX, folder=str(tmp_path / "file"), groups=good.groups)
    with pytest.raises(EngineFailed, match="could be written"):
        process.write(nowhere)
    (child,) = process._processes._idle
    os.kill(child.pid, 9)
    child.wait()
    assert len(rows(process.write(good))) == 3
    process.close()
    with pytest.raises(EngineFailed, match="closed"):
        process.write(good)
