"""Platforms on one home, called as a client would, without a network."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.unit.gateway.calls import v1_call

from juyong.api.request import Raw
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant
from juyong.gateway.throttle import Throttle
from juyong.services.identity.facade import NewAccount, create_account

NOW = 1_790_000_000
VERSIONS = {
    "ram.aliyuncs.com": "2015-05-01",
    "ims.aliyuncs.com": "2019-08-15",
    "kms.aliyuncs.com": "2016-01-20",
    "actiontrail.aliyuncs.com": "2020-07-06",
}
_HOLDER = """
import sqlite3, sys
raw = sqlite3.connect(sys.argv[1], isolation_level=None)
raw.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
raw.execute("ROLLBACK")
"""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    code: str
    body: dict[str, Any]

    @property
    def request_id(self) -> str:
        return str(self.body["RequestId"])


@dataclass(frozen=True, slots=True)
class Caller:
    """One account's administrator."""

    account: NewAccount

    def request(self, action: str, host: str = "ram.aliyuncs.com", **params: str) -> Raw:
        return v1_call(
            self.account.access_key_id,
            self.account.secret.reveal(),
            NOW,
            host=host,
            **{"Action": action, "Version": VERSIONS[host], **params},
        )


@contextmanager
def platform(home: Path) -> Iterator[Running]:
    opened = open_platform(home, settings=Settings(), clock=lambda: Instant(NOW))
    try:
        yield opened
    finally:
        opened.close()


def caller_of(running: Running, name: str = "a") -> Caller:
    return Caller(running.store.call(lambda tx: create_account(tx, name, Instant(NOW))))


async def serve(running: Running, raw: Raw) -> Reply:
    answer = await running.pipeline.serve(raw)
    return Reply(answer.status, answer.code, json.loads(answer.body))


async def events(running: Running, caller: Caller, **conditions: str) -> list[str]:
    """Return the request ids of all events, oldest first, as LookupEvents pages through them."""
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        raw = caller.request(
            "LookupEvents",
            "actiontrail.aliyuncs.com",
            MaxResults="50",
            Direction="FORWARD",
            **conditions,
            **token,
        )
        reply = await serve(running, raw)
        if reply.code == "Throttling.User":
            running.pipeline.throttle = Throttle()
            continue
        assert reply.status == 200, reply
        found += [event["requestId"] for event in reply.body["Events"]]
        if "NextToken" not in reply.body:
            return found
        token = {"NextToken": reply.body["NextToken"]}


@contextmanager
def locked_by_another_process(database: Path) -> Iterator[None]:
    """Have another process hold the database's write lock."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield
        finally:
            process.stdin.write("\n")
            process.stdin.flush()


def rows(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as raw:
        return raw.execute(sql).fetchall()
