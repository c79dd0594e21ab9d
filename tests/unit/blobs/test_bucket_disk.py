"""Blobs in a bucket: whose they are, what is beside them, and answers that go astray."""

import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from tests.postgres import free_port
from tests.stores import Store
from tests.unit.blobs.conftest import shop_in
from tests.unit.blobs.shelves import Folder, Shop
from tests.unit.blobs.test_blobs import read, row_of, stored

from juyong.app.home import open_home
from juyong.base.secret import Secret
from juyong.blobs.blob import SMALL, Spool, drop, refuse_without_room
from juyong.blobs.blocks import BLOCK
from juyong.blobs.bucket.disk import BucketDisk
from juyong.blobs.bucket.line import Line
from juyong.blobs.bucket.port import Bucket, Busy, NoAnswer, Page, Refusal, Seen
from juyong.blobs.content import whole
from juyong.blobs.disk import LocalDisk
from juyong.store.errors import Unavailable

LONG = os.urandom(6 * BLOCK + 7)
"""More than one part."""


@pytest.fixture
def shop(store: Store, tmp_path: Path) -> Shop:
    return shop_in(store, tmp_path)


@pytest.fixture
def folder(shop: Shop, tmp_path: Path) -> Folder:
    """The folder of the home whose blobs are in the bucket."""
    home = open_home(tmp_path / "home")
    return Folder(home.blobs, LocalDisk(home.blobs))


def disk_on(bucket: Bucket, folder: Folder) -> BucketDisk:
    """Return another process' place of the same blobs, over a bucket that may misbehave."""
    return BucketDisk(bucket, folder.disk, Line(pause=lambda _: None))


def half(disk: object) -> str:
    """Leave an upload as a process does that is killed."""
    spool = Spool(disk)  # type: ignore[arg-type]
    for at in range(5):
        spool.add(LONG[at * BLOCK : (at + 1) * BLOCK])
    return spool.blob_id


def test_blobs_of_before_are_read_from_the_home(shop: Shop, folder: Folder) -> None:
    before, after = stored(folder.disk, LONG), stored(shop.disk, LONG)
    for blob in (before, after):
        assert read(whole(shop.disk, row_of(blob))) == LONG
        assert shop.disk.length(blob.blob_id) == len(LONG) + 7 * 16
    assert [blob_id for blob_id, _ in shop.disk.published()] == [before.blob_id, after.blob_id]
    assert folder.files().keys() == {before.blob_id}
    shop.disk.remove(before.blob_id)
    shop.disk.remove(after.blob_id)
    assert (folder.files(), shop.files()) == ({}, {})


@pytest.mark.parametrize("size", [SMALL + 1, 5 * BLOCK, len(LONG)])
def test_a_file_of_the_home_is_brought_into_the_bucket(
    shop: Shop, folder: Folder, size: int
) -> None:
    blob = stored(folder.disk, LONG[:size])
    sealed = folder.files()
    assert list(shop.disk.elsewhere()) == [(blob.blob_id, len(sealed[blob.blob_id]))]
    shop.disk.bring(blob.blob_id)
    assert (folder.files(), shop.files()) == ({}, sealed)
    assert read(whole(shop.disk, row_of(blob))) == LONG[:size]
    assert list(shop.disk.elsewhere()) == []
    assert list(shop.disk.unpublished()) == []
    with pytest.raises(FileNotFoundError):
        shop.disk.bring(blob.blob_id)
    with pytest.raises(FileNotFoundError):
        folder.disk.bring(blob.blob_id)


def test_a_file_that_was_brought_by_half_is_brought_once_more(shop: Shop, folder: Folder) -> None:
    blob = stored(folder.disk, LONG)
    sealed = folder.files()

    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(folder.disk.__class__, "remove", kill)
        with pytest.raises(Killed):
            shop.disk.bring(blob.blob_id)
    assert folder.files() == shop.files() == sealed
    assert read(whole(shop.disk, row_of(blob))) == LONG
    shop.disk.bring(blob.blob_id)
    assert (folder.files(), shop.files()) == ({}, sealed)


@dataclass
class Failing:
    """A store that goes away after some parts, or says that it has less than it was sent."""

    real: Bucket
    away: bool

    def __getattr__(self, name: str) -> Callable[..., object]:
        found: Callable[..., object] = getattr(self.real, name)
        return found

    def part(self, name: str, upload: str, number: int, data: bytes) -> str:
        if self.away:
            raise NoAnswer("gone")
        return self.real.part(name, upload, number, data)

    def length(self, name: str) -> int:
        return self.real.length(name) - 1


@pytest.mark.parametrize("away", [True, False])
def test_a_file_stays_in_the_home_until_the_bucket_has_it(
    shop: Shop, folder: Folder, *, away: bool
) -> None:
    blob = stored(folder.disk, LONG)
    sealed = folder.files()
    with pytest.raises(Unavailable):
        disk_on(Failing(shop.bucket, away), folder).bring(blob.blob_id)
    assert folder.files() == sealed
    assert read(whole(shop.disk, row_of(blob))) == LONG


def test_what_is_mended_takes_the_place_of_a_file_of_the_home(shop: Shop, folder: Folder) -> None:
    blob = stored(folder.disk, LONG)
    sealed = folder.files()[blob.blob_id]
    folder.replace(blob.blob_id, bytes(len(sealed)))
    handle = shop.disk.create(blob.blob_id)
    handle.write(sealed)
    handle.sync()
    handle.close()
    shop.disk.publish(blob.blob_id)
    assert read(whole(shop.disk, row_of(blob))) == LONG
    assert folder.files() == {}


def test_two_homes_do_not_share_a_place(store: Store, shop: Shop, tmp_path: Path) -> None:
    """Each would remove the blobs of the other as files that no row knows."""
    blob = stored(shop.disk, LONG)
    other = disk_on(shop.bucket, Folder(tmp_path, LocalDisk(tmp_path / "other")))
    asks: dict[str, Callable[[], object]] = {
        "put": lambda: stored(other, bytes(BLOCK)),
        "send": lambda: stored(other, LONG),
        "remove": lambda: other.remove(blob.blob_id),
        "abandon": lambda: other.abandon(blob.blob_id),
        "published": lambda: list(other.published()),
        "unpublished": lambda: list(other.unpublished()),
        "free": other.free,
    }
    for name, ask in asks.items():
        with pytest.raises(Refusal, match="blobs of another home"):
            ask()
        assert shop.files().keys() == {blob.blob_id}, name


def test_a_home_that_lost_its_place_removes_nothing_more(shop: Shop) -> None:
    """Two homes that came at the same moment: the one that wrote first finds the other's mark."""
    stored(shop.disk, LONG)
    shop.bucket.put("owner", b"0" * 32)
    for listed in (shop.disk.published, shop.disk.unpublished):
        with pytest.raises(Refusal):
            list(listed())


def test_what_is_no_blob_is_not_listed(shop: Shop) -> None:
    blob = stored(shop.disk, LONG)
    for name in ("readme.txt", "0" * 31, "0" * 33, "A" * 32, f"more/{'0' * 32}"):
        shop.bucket.put(name, b"x")
        shop.bucket.begin(f"{name}.begun")
    assert [blob_id for blob_id, _ in shop.disk.published()] == [blob.blob_id]
    assert list(shop.disk.unpublished()) == []


def test_lists_go_on_over_pages(shop: Shop) -> None:
    ids = sorted(uuid.uuid4().hex for _ in range(130))
    for blob_id in ids:
        shop.bucket.put(blob_id, b"x")
    assert [blob_id for blob_id, _ in shop.disk.published()] == ids


class Turning:
    """A bucket whose lists have pages of one, and that can be made to repeat itself."""

    def __init__(self, *, stuck: bool = False) -> None:
        self.asked = 0
        self.stuck = stuck
        self.mark = b""

    def get(self, *_: object) -> bytes:
        if not self.mark:
            raise FileNotFoundError
        return self.mark

    def put(self, _name: str, data: bytes) -> None:
        self.mark = data

    def objects(self, after: str) -> Page:
        self.asked += 1
        number = int(after[-1]) + 1 if after and not self.stuck else 0
        return Page([Seen(f"{number:032x}", 1.0)], number < 3)

    def uploads(self, _prefix: str, after: Seen | None) -> Page:
        self.asked += 1
        number = int(after.upload) + 1 if after and not self.stuck else 0
        return Page([Seen("a" * 32, 2.0, str(number))], number < 3)


def test_each_page_is_asked_for_behind_the_one_before(tmp_path: Path) -> None:
    for stuck in (False, True):
        bucket = Turning(stuck=stuck)
        disk = BucketDisk(bucket, LocalDisk(tmp_path / "blobs"))  # type: ignore[arg-type]
        found = [blob_id[-1] for blob_id, _ in disk.published()]
        assert found == (["0", "0"] if stuck else ["0", "1", "2", "3"]), "a list has no end"
        assert len(list(disk.unpublished())) == (2 if stuck else 4)
        assert bucket.asked == (4 if stuck else 8)


def test_uploads_of_another_process_are_found_and_dropped(shop: Shop, folder: Folder) -> None:
    left = half(disk_on(shop.bucket, folder))
    own = half(shop.disk)
    assert [blob_id for blob_id, _ in shop.disk.unpublished()] == [left], "an upload under way"
    shop.disk.abandon(left)
    assert list(shop.disk.unpublished()) == []
    shop.disk.remove(own)
    assert list(disk_on(shop.bucket, folder).unpublished()) == []
    assert shop.files() == {}


class Astray:
    """A bucket that does what it is asked, and whose answer to one method is lost once."""

    def __init__(self, real: Bucket, method: str, failure: Exception) -> None:
        self._real, self._method, self._failure = real, method, [failure]

    def __getattr__(self, name: str) -> Callable[..., object]:
        method: Callable[..., object] = getattr(self._real, name)

        def asked(*given: object) -> object:
            found = method(*given)
            if name == self._method and self._failure:
                raise self._failure.pop()
            return found

        return asked


@pytest.mark.parametrize(
    "method", ["get", "put", "begin", "part", "complete", "length", "delete", "abort"]
)
def test_a_call_whose_answer_is_lost_is_made_again(shop: Shop, folder: Folder, method: str) -> None:
    for failure in (NoAnswer("lost"), Busy("500")):
        disk = disk_on(Astray(shop.bucket, method, failure), folder)  # type: ignore[arg-type]
        long, short = stored(disk, LONG), stored(disk, LONG[:BLOCK])
        assert read(whole(disk, row_of(long))) == LONG
        assert disk.length(short.blob_id) == BLOCK + 16
        disk.remove(half(disk))
        disk.remove(long.blob_id)
        disk.remove(short.blob_id)
        assert shop.files() == {}


def test_an_upload_that_is_gone_is_no_blob(shop: Shop, folder: Folder) -> None:
    """Somebody dropped it: nothing may say that the body is there."""
    disk = disk_on(shop.bucket, folder)
    spool = Spool(disk)
    for at in range(6):
        spool.add(LONG[at * BLOCK : (at + 1) * BLOCK])
    disk_on(shop.bucket, folder).abandon(spool.blob_id)
    with pytest.raises(Unavailable):
        spool.finish(LONG[6 * BLOCK :])
    spool.discard()
    assert shop.files() == {}


def test_a_store_that_is_away_is_said_before_a_body_is_read(store: Store, tmp_path: Path) -> None:
    disk = disk_on(elsewhere(store), Folder(tmp_path, LocalDisk(tmp_path / "blobs")))
    asks: Sequence[Callable[[], object]] = (
        lambda: refuse_without_room(disk, SMALL + 1),
        lambda: stored(disk, bytes(SMALL + 1)),
        lambda: disk.read("a" * 32, 0, 9),
        lambda: disk.length("a" * 32),
        lambda: list(disk.published()),
        lambda: disk.remove("a" * 32),
    )
    for ask in asks:
        with pytest.raises(NoAnswer):
            ask()
    refuse_without_room(disk, SMALL)
    assert stored(disk, bytes(SMALL)).content is not None, "a small body needs no store"
    drop(disk, "a" * 32)


def elsewhere(store: Store, **changes: object) -> Bucket:
    place = {"endpoint": f"http://127.0.0.1:{free_port()}", **changes}
    return type(store)(
        store.kind, msgspec.structs.replace(store.place, **place), store.server
    ).bucket()


@pytest.mark.parametrize("wrong", ["secret", "bucket"])
def test_a_store_that_refuses_is_said_without_the_secret(
    store: Store, tmp_path: Path, wrong: str
) -> None:
    if (store.kind, wrong) == ("s3", "secret"):
        pytest.skip("moto checks no signature")
    secret = Secret("not-the-secret")
    change = {"secret": secret} if wrong == "secret" else {"bucket": "no-such-bucket"}
    bucket = elsewhere(store, endpoint=store.place.endpoint, **change)
    disk = disk_on(bucket, Folder(tmp_path, LocalDisk(tmp_path / "blobs")))
    for ask in (disk.free, lambda: stored(disk, LONG), lambda: disk.read("a" * 32, 0, 9)):
        with pytest.raises(Refusal) as refused:
            ask()
        assert "not-the-secret" not in str(refused.value)
        assert str(refused.value).startswith("the store of the blobs answered 40")
