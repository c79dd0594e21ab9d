"""A front that answers as RAM would, and the environment that leads a client to it."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from juyong.cli.clientenv.environment import client_environment
from juyong.front.authority import LocalAuthority
from juyong.front.loop import loop_factory
from juyong.front.server import Front

ANSWER = json.dumps({"RequestId": "R", "IsTruncated": False, "Users": {"User": []}}).encode()


@dataclass
class Platform:
    """A running front; `seen` holds scheme and host of each request it answered."""

    home: Path
    port: int = 0
    seen: list[tuple[str, str]] = field(default_factory=list)

    async def app(self, scope, receive, send):
        host = next(value.decode() for name, value in scope["headers"] if name == b"host")
        while (await receive()).get("more_body"):
            pass
        self.seen.append((scope["scheme"], host))
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(ANSWER)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": ANSWER})

    def environment(self, inherited: Mapping[str, str] | None = None, **changes) -> dict[str, str]:
        given = {
            "port": self.port,
            "access_key_id": "LTAI5tSample",
            "access_key_secret": "sample secret",
            "security_token": None,
            "region": "cn-hangzhou",
            "account_id": "1234567890123456",
            "inherited": inherited or {},
        }
        return client_environment(self.home, **given | changes)


@pytest.fixture(scope="session")
def running_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    # White space in the path: several of the variables are split on it.
    platform = Platform(tmp_path_factory.mktemp("a home"))
    authority = LocalAuthority.open(platform.home / "authority")
    loop = loop_factory()()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    front = Front(platform.app, authority, port=0, tls_port=None)
    try:
        asyncio.run_coroutine_threadsafe(front.start(), loop).result(10)
        platform.port = front.port
        yield platform
        asyncio.run_coroutine_threadsafe(front.stop(1), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def platform(running_platform: Platform) -> Platform:
    running_platform.seen.clear()
    return running_platform
