"""A store behind TLS: only whom the authority that the operator named vouches for is believed."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.stores import Store
from tests.tls_front import Authority, authority_in, tls_front
from tests.unit.blobs.test_blobs import read, row_of, stored

from juyong.app.blobs import disk_of
from juyong.app.home import open_home
from juyong.app.settings import Settings
from juyong.blobs.blocks import BLOCK
from juyong.blobs.bucket.disk import BucketDisk
from juyong.blobs.bucket.line import Line
from juyong.blobs.content import whole
from juyong.store.errors import Unavailable

LONG = os.urandom(6 * BLOCK + 7)
Served = Callable[..., BucketDisk]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return authority_in(tmp_path, "right")


@pytest.fixture
def served(store: Store, authority: Authority, tmp_path: Path) -> Iterator[Served]:
    """Serve a store under a certificate, and return the place of blobs of a home."""
    with ExitStack() as fronts:

        def serve(trusted: Path | None, host: str = "127.0.0.1", days: int = 1) -> BucketDisk:
            context = authority.leaf(tmp_path, host, days=days)
            port = fronts.enter_context(tls_front(store.port, context))
            named = store.settings(tmp_path / "keys", f"{uuid.uuid4().hex}/")
            named["blob_endpoint"] = f"https://127.0.0.1:{port}"
            named["blob_ca_file"] = str(trusted or "")
            found = disk_of(open_home(tmp_path / "home"), Settings(**named))  # type: ignore[arg-type]
            assert isinstance(found, BucketDisk)
            found._line = Line(pause=lambda _: None)
            return found

        yield serve


def test_a_store_whom_the_named_authority_vouches_for(served: Served, authority: Authority) -> None:
    disk = served(authority.file)
    for body in (LONG, LONG[: BLOCK + 1]):
        blob = stored(disk, body)
        assert read(whole(disk, row_of(blob))) == body
        disk.remove(blob.blob_id)
    assert list(disk.published()) == []


def test_a_store_whom_another_authority_vouches_for(served: Served, tmp_path: Path) -> None:
    _refused(served(authority_in(tmp_path, "wrong").file))


def test_a_store_whom_no_authority_of_the_system_vouches_for(served: Served) -> None:
    _refused(served(None))


@pytest.mark.parametrize("host", ["store.example", "127.0.0.2"])
def test_a_store_under_the_name_of_another(served: Served, authority: Authority, host: str) -> None:
    _refused(served(authority.file, host))


def test_a_store_whose_certificate_is_out_of_date(served: Served, authority: Authority) -> None:
    _refused(served(authority.file, days=-1))


@pytest.mark.parametrize(
    "variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE", "SSL_CERT_FILE"]
)
def test_the_environment_vouches_for_nobody(
    served: Served,
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
) -> None:
    monkeypatch.setenv(variable, str(authority.file))
    _refused(served(authority_in(tmp_path, "wrong").file))


def _refused(disk: BucketDisk) -> None:
    with pytest.raises(Unavailable, match=r"certificate|SSL validation"):
        disk.free()
    with pytest.raises(Unavailable):
        stored(disk, LONG)
