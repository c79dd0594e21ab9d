"""Calls inside this process: the whole pipeline, without a socket and without an SDK.

    with platform(home) as local:
        local.call("Ram", "CreateUser", UserName="ann")

A call costs a fraction of a millisecond, so that tests of rules need no server.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.unit.gateway.calls import v1_call

from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant
from juyong.services import registry
from juyong.services.ram.facade import NewAccount, create_account

START = 1_790_000_000


class Refused(Exception):
    """A call was refused; `code`, `status` and the members of the error body."""

    def __init__(self, status: int, members: dict[str, Any]) -> None:
        super().__init__(f"{status} {members.get('Code')}: {members.get('Message')}")
        self.code, self.status, self.members = str(members.get("Code")), status, members


@dataclass
class Local:
    """One platform, and the administrator of one account of it."""

    running: Running
    runner: asyncio.Runner
    clock: "Clock"
    account: NewAccount
    names: int = 0

    def call(
        self, product: str, action: str, *, key: tuple[str, str] | None = None, **params: str
    ) -> dict[str, Any]:
        """Make one call, as the administrator or with another AccessKey (id, secret).

        Raises:
            Refused: the platform refused it.
        """
        called = next(p for p in registry.packages().values() if p.code == product)
        access_key_id, secret = key or (self.account.access_key_id, self.account.secret.reveal())
        given = {"host": f"{called.code.lower()}.aliyuncs.com", "Version": called.version}
        raw = v1_call(access_key_id, secret, self.clock(), **given, **params, Action=action)
        answer = self.runner.run(self.running.pipeline.serve(raw))
        members: dict[str, Any] = json.loads(answer.body)
        if answer.status != 200:
            raise Refused(answer.status, members)
        return members

    def user(self, name: str) -> tuple[str, str]:
        """Create a RAM user without any permission; returns its AccessKey."""
        self.call("Ram", "CreateUser", UserName=name)
        made = self.call("Ram", "CreateAccessKey", UserName=name)["AccessKey"]
        return made["AccessKeyId"], made["AccessKeySecret"]


@dataclass
class Clock:
    """The platform's time, in seconds; a test moves it."""

    now: int = field(default=START)

    def __call__(self) -> Instant:
        return Instant(self.now)


@contextmanager
def platform(home: Path, settings: Settings | None = None) -> Iterator[Local]:
    """Open a platform for calls from this process."""
    clock = Clock()
    running = open_platform(home, settings=settings or Settings(hsm_module="none"), clock=clock)
    try:
        made = running.store.call(lambda tx: create_account(tx, "local", clock()))
        with asyncio.Runner() as runner:
            yield Local(running, runner, clock, made)
    finally:
        running.close()
