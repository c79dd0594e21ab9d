"""The tests of objects once more, with every body in a bucket of moto's S3."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.conformance.harness import Server, serving
from tests.conformance.oss.test_object_copies import *  # noqa: F403
from tests.conformance.oss.test_object_deletes import *  # noqa: F403
from tests.conformance.oss.test_object_reads import *  # noqa: F403
from tests.conformance.oss.test_object_sdk_v2 import *  # noqa: F403
from tests.conformance.oss.test_object_writes import *  # noqa: F403
from tests.conformance.oss.test_oss_encryption import *  # noqa: F403
from tests.conformance.oss.test_oss_multipart import *  # noqa: F403
from tests.conformance.oss.test_oss_versions import *  # noqa: F403
from tests.conformance.oss.test_post_object import *  # noqa: F403
from tests.platforms import settings_on
from tests.stores import Store, moto_store

from juyong.blobs import blob


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with moto_store() as found:
        yield found


@pytest.fixture(scope="module")
def server(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A platform that keeps no body in a row."""
    folder = tmp_path_factory.mktemp("far")
    with pytest.MonkeyPatch.context() as patched, settings_on("sqlite") as settings:
        patched.setattr(blob, "SMALL", -1)
        named = store.settings(folder / "keys", "objects")
        with serving(folder / "home", replace(settings, **named)) as running:
            yield running
    running.recorder.close()


def test_the_bucket_has_what_the_tests_stored(server: Server, bucket: object, store: Store) -> None:
    bucket.put_object("key", b"some words")  # type: ignore[attr-defined]
    assert len(store.bucket("objects/").objects("").seen) > 1
    home = server.running.home.blobs
    assert not [path for path in home.rglob("*") if len(path.name) == 32], "bodies on the disk"
