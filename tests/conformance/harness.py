"""A real server on loopback, driven by the official SDKs; each test gets accounts of its own."""

import asyncio
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_tea_openapi import models as openapi
from tests.platforms import Clock, Recorder, quotas

from juyong.api.product import Product
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.front.late_authority import LateAuthority
from juyong.front.loop import loop_factory
from juyong.front.server import Front
from juyong.services.identity.facade import NewAccount, create_account

__all__ = ["Server", "in_region", "quotas", "refused", "serving", "stored_bytes", "with_host"]


@dataclass
class Server:
    """A platform listening on loopback."""

    running: Running
    port: int
    clock: Clock
    recorder: Recorder
    _accounts: int = field(default=0)

    def new_account(self, name: str = "") -> NewAccount:
        """Create an account; its administrator may do everything."""
        self._accounts += 1
        title = name or f"test-{self._accounts}-{time.time_ns()}"
        return self.running.store.call(lambda tx: create_account(tx, title, self.clock()))

    def config(self, access_key_id: str, secret: str, token: str | None = None) -> openapi.Config:
        """Return an SDK configuration: the client calls its own default host, through the proxy."""
        return openapi.Config(
            access_key_id=access_key_id,
            access_key_secret=secret,
            security_token=token,
            http_proxy=f"http://127.0.0.1:{self.port}",
            protocol="http",
            region_id="cn-hangzhou",
        )


def with_host(config: openapi.Config, product: Product) -> openapi.Config:
    """Return the configuration of a generic client, which has no hosts of its own."""
    placed = copy(config)
    placed.endpoint = product.host_in(config.region_id)
    return placed


def in_region(client: Any, product: Product, region: str) -> Any:
    """Return the client of the same caller in another region."""
    moved = copy(client)
    moved._endpoint = product.host_in(region)
    return moved


@contextmanager
def serving(home: Path, settings: Settings) -> Iterator[Server]:
    """Serve a home until the block ends."""
    clock = Clock()
    running = open_platform(home, settings=settings, clock=clock)
    recorder = Recorder()
    running.pipeline.metrics = recorder
    loop = loop_factory()()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    front = Front(running.application, LateAuthority(home / "authority"), port=0, tls_port=None)
    asyncio.run_coroutine_threadsafe(front.start(), loop).result()
    try:
        yield Server(running, front.port, clock, recorder)
    finally:
        asyncio.run_coroutine_threadsafe(front.stop(1), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        running.close()


def stored_bytes(folder: Path) -> bytes:
    """Return what all files below a folder hold, read by another process.

    A process that opens and closes a database's file by itself loses the locks that SQLite holds on
    it for its connections; the next process to come then takes the file for unused, and damages it.
    """
    files = [str(path) for path in folder.rglob("*") if path.is_file()]
    assert files
    return subprocess.run(["cat", "--", *files], capture_output=True, check=True).stdout


@contextmanager
def refused(code: str, status: int) -> Iterator[Any]:
    """Expect an SDK call to be refused with a code and an HTTP status."""
    from darabonba.exceptions import DaraException

    with pytest.raises(DaraException) as caught:
        yield caught
    error: Any = caught.value
    assert (error.code, error.status_code) == (code, status), f"{error.code}: {error.message}"
