"""Stores that keep blobs for a platform under test: moto's S3, and a second juyong.

Each runs as a process of its own on a loopback port.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec
import pytest
from tests.crash.server import ServerProcess
from tests.oss_client import OssClient
from tests.postgres import free_port
from tests.waiting import wait_until

from juyong.app.blobs import disk_of
from juyong.app.home import Home
from juyong.app.settings import Settings
from juyong.base.secret import Secret
from juyong.blobs.bucket.disk import BucketDisk
from juyong.blobs.bucket.port import Bucket, Place

BUCKET = "blobs"
KINDS = ("s3", "oss")
_START_SECONDS = 60
_MOTO = str(Path(__file__).with_name("moto_server.py"))


@dataclass
class Moto:
    """moto's S3 server, which forgets all when it ends."""

    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        command = [sys.executable, _MOTO, "-H", "127.0.0.1", "-p", str(self.port)]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
        wait_until(self._listens, _START_SECONDS)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def _listens(self) -> bool:
        import socket

        assert self.process is not None
        assert self.process.poll() is None, "moto ended"
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.port)) == 0


@dataclass(frozen=True)
class Store:
    """A store with an empty bucket, and who may ask it."""

    kind: str
    place: Place
    server: "Moto | ServerProcess"

    @property
    def port(self) -> int:
        """Return the loopback port at which it listens."""
        return self.server.port

    def bucket(self, prefix: str = "") -> Bucket:
        """Return the bucket, or the part of it whose names begin so."""
        place = msgspec.structs.replace(self.place, prefix=prefix)
        if self.kind == "s3":
            from juyong.blobs.bucket.s3 import S3Bucket

            return S3Bucket(place)
        from juyong.blobs.bucket.oss import OssBucket

        return OssBucket(place)

    def settings(self, keys: Path, prefix: str) -> dict[str, str]:
        """Return the settings that name it, with a file of its AccessKey."""
        keys.write_text(f"{self.place.access_key_id}\n{self.place.secret.reveal()}\n")
        keys.chmod(0o600)
        return {
            "blob_store": f"{self.kind}://{self.place.bucket}/{prefix}",
            "blob_endpoint": self.place.endpoint,
            "blob_key_file": str(keys),
        }

    def disk(self, home: Home, keys: Path, prefix: str) -> BucketDisk:
        """Return the place of blobs that a platform would have."""
        found = disk_of(home, Settings(**self.settings(keys, prefix)))  # type: ignore[arg-type]
        assert isinstance(found, BucketDisk)
        return found


@contextmanager
def moto_store() -> Iterator[Store]:
    """Run moto's S3; meanwhile all clients share what botocore reads of its services' models."""
    import botocore.session

    server = Moto()
    server.start()
    place = _place(server.port, "test", "testtest")
    with ExitStack() as stack:
        stack.callback(server.kill)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        # PERF: a client reads megabytes of JSON otherwise, and most tests make two.
        patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        client = botocore.session.Session().create_client(
            "s3",
            region_name="us-east-1",
            endpoint_url=place.endpoint,
            aws_access_key_id=place.access_key_id,
            aws_secret_access_key=place.secret.reveal(),
        )
        client.create_bucket(Bucket=BUCKET)
        client.close()
        yield Store("s3", place, server)


@contextmanager
def juyong_store(home: Path) -> Iterator[Store]:
    """Run a second juyong."""
    with ServerProcess(home) as server:
        with closing(OssClient(server.port, server.credentials)) as client:
            client.done("PUT", BUCKET)
        key = server.credentials
        yield Store("oss", _place(server.port, key.access_key_id, key.secret), server)


def _place(port: int, key_id: str, secret: str) -> Place:
    return Place(
        bucket=BUCKET,
        prefix="",
        endpoint=f"http://127.0.0.1:{port}",
        region="us-east-1",
        access_key_id=key_id,
        secret=Secret(secret),
    )
