"""Each kind of place for blobs."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stores import Store, juyong_store, moto_store
from tests.unit.blobs.shelves import Folder, Shelf, Shop

from juyong.app.home import open_home
from juyong.blobs.disk import LocalDisk


@pytest.fixture(scope="session")
def s3_store() -> Iterator[Store]:
    with moto_store() as store:
        yield store


@pytest.fixture(scope="session")
def oss_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with juyong_store(tmp_path_factory.mktemp("second") / "home") as store:
        yield store


@pytest.fixture(params=["s3", "oss"])
def store(request: pytest.FixtureRequest) -> Store:
    """A store of each kind."""
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


@pytest.fixture(params=["folder", "s3", "oss"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    """An empty place for blobs of each kind."""
    home = open_home(tmp_path / "home")
    if request.param == "folder":
        return Folder(home.blobs, LocalDisk(home.blobs))
    store: Store = request.getfixturevalue(f"{request.param}_store")
    return shop_in(store, tmp_path)


def shop_in(store: Store, tmp_path: Path) -> Shop:
    """Return an empty part of a store, of the home below a folder."""
    prefix = f"{uuid.uuid4().hex}/"
    home = open_home(tmp_path / "home")
    return Shop(store.bucket(prefix), store.disk(home, tmp_path / "keys", prefix))
