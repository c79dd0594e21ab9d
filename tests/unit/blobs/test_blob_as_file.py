"""A body as a file: the bytes of any place, whatever blobs and blocks they are in."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from juyong.blobs.blob import unkept, written
from juyong.blobs.blocks import BLOCK, DamagedBlob
from juyong.blobs.content import Content
from juyong.blobs.disk import LocalDisk
from juyong.blobs.reading import opened

FIRST, SECOND = os.urandom(BLOCK + 77), os.urandom(2 * BLOCK)
BODY = FIRST + SECOND


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    disk = LocalDisk(tmp_path_factory.mktemp("blobs"))
    parts = [part for body in (FIRST, SECOND) for part in unkept(disk, written(disk, [body])).parts]
    return Content(disk=disk, parts=parts)


@given(place=st.integers(0, len(BODY) + 9), length=st.integers(0, 2 * BLOCK))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_reads_return_the_bytes_of_their_place(content: Content, place: int, length: int) -> None:
    with opened(content) as file:
        assert file.seek(place) == place
        assert file.read(length) == BODY[place : place + length]
        assert file.tell() == place + len(BODY[place : place + length])
        file.seek(-min(place, len(BODY)), io.SEEK_END)
        assert file.read(5) == BODY[len(BODY) - min(place, len(BODY)) :][:5]
        file.seek(0)
        assert file.read() == BODY


def test_a_place_before_the_beginning_is_refused(content: Content) -> None:
    with opened(content) as file, pytest.raises(ValueError, match="before the beginning"):
        file.seek(-len(BODY) - 1, io.SEEK_END)


@given(st.lists(st.integers(0, 3 * BLOCK // 2), max_size=4))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_body_is_written_from_parts_of_any_length(tmp_path: Path, sizes: list[int]) -> None:
    disk = LocalDisk(tmp_path)
    parts = [bytes([n + 1]) * size for n, size in enumerate(sizes)]
    blob = written(disk, parts)
    assert b"".join(unkept(disk, blob).blocks()) == b"".join(parts)
    assert blob.size == sum(sizes)


def test_parts_that_end_early_leave_no_file(tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield FIRST
        raise DamagedBlob("as read")

    with pytest.raises(DamagedBlob):
        written(LocalDisk(tmp_path), parts())
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
