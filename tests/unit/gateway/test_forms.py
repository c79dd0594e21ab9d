"""A form's fields are read before its file, and no more of the body than that takes."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from juyong.api.errors import InternalError, ServiceUnavailable
from juyong.blobs.disk import LocalDisk
from juyong.gateway.arriving import AtHand, ClientGone, Received, spooled
from juyong.gateway.body import FileOf
from juyong.gateway.holding import Room


class TinyForm:
    """One field until `|`, then the file until `.`."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.ended = False
        self._held = b""

    def add(self, data: bytes) -> None:
        self._held += data

    def begins(self) -> bool:
        if "field" not in self.headers and b"|" in self._held:
            field, _, self._held = self._held.partition(b"|")
            self.headers["field"] = field.decode()
        return "field" in self.headers

    def take(self) -> bytes:
        file, dot, self._held = self._held.partition(b".")
        self.ended = bool(dot)
        return file

    def end(self) -> NoReturn:
        raise InternalError


class Pieces:
    """A body that counts what was taken of it; None stands for a client that leaves."""

    def __init__(self, *pieces: bytes | None) -> None:
        self._pieces: Iterator[tuple[int, bytes | None]] = iter(enumerate(pieces, 1))
        self._count = len(pieces)
        self.taken = 0

    async def receive(self) -> dict[str, object]:
        self.taken, piece = next(self._pieces)
        if piece is None:
            return {"type": "http.disconnect"}
        more = self.taken < self._count
        return {"type": "http.request", "body": piece, "more_body": more}

    def file(self) -> tuple[TinyForm, FileOf]:
        form = TinyForm()
        return form, FileOf(form, Received(self.receive, None))


def read(file: FileOf) -> list[bytes]:
    async def all_of_it() -> list[bytes]:
        await file.begin()
        return [part async for part in file.parts()]

    return asyncio.run(all_of_it())


def test_the_body_is_taken_up_to_the_file():
    body = Pieces(b"na", b"me|fi", b"le", b".", b"behind")
    form, file = body.file()

    async def begin() -> None:
        await file.begin()
        assert (form.headers, body.taken) == ({"field": "name"}, 2)
        assert [part async for part in file.parts()] == [b"fi", b"le"]

    asyncio.run(begin())
    assert body.taken == 4, "what stands behind the end is nobody's"


def test_a_body_at_hand_is_a_form_too():
    assert read(FileOf(TinyForm(), AtHand(b"name|file."))) == [b"file"]
    assert read(FileOf(TinyForm(), AtHand(b"name|."))) == []


@pytest.mark.parametrize("pieces", [(b"",), (b"name",), (b"name|",), (b"name|fi", b"le")])
def test_a_body_that_ends_before_the_form_is_refused(pieces: tuple[bytes, ...]):
    with pytest.raises(InternalError):
        read(Pieces(*pieces).file()[1])


@pytest.mark.parametrize("before", [b"na", b"name|file", b"name|" + bytes(100_000)])
def test_a_client_that_leaves_leaves_no_file(tmp_path: Path, before: bytes):
    disk = LocalDisk(tmp_path / "blobs")
    _, file = Pieces(before, None).file()

    async def store() -> None:
        await file.begin()
        await spooled(file, disk, 1_000_000)

    with pytest.raises(ClientGone):
        asyncio.run(store())
    assert not [*disk.published(), *disk.unpublished()]


def test_fields_are_counted_among_what_all_requests_hold() -> None:
    room = Room(100_000)
    pieces = Pieces(bytes(60_000), bytes(60_000), b"|file.")
    body = Received(pieces.receive, None, room)
    with pytest.raises(ServiceUnavailable):
        asyncio.run(FileOf(TinyForm(), body).begin())
    assert (pieces.taken, room.held) == (2, 0)
