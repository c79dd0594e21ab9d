"""A platform in the test's own process: its clock, what it answers, and how a test changes it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

import msgspec
from tests.answers import SEEN
from tests.postgres import postgres_server

from juyong.api.answers import Answer
from juyong.api.usage import Usage
from juyong.app.platform import Running
from juyong.app.settings import Settings
from juyong.gateway.metrics import Metrics
from juyong.gateway.stages import Routed


class Recorder(Metrics):
    """Notes the product, operation and code of every answer; the code is "" for success."""

    def __init__(self, usage: Usage | None = None) -> None:
        super().__init__(usage)
        self.seen: set[tuple[str, str, str]] = set()

    def count(self, routed: Routed | None, answer: Answer, seconds: float = 0.0) -> None:
        super().count(routed, answer, seconds)
        if routed:
            self.seen.add((routed.product.code, routed.operation.name, answer.code))

    def close(self) -> None:
        """Hand over what was answered; fails when an operation wrote that is said to read only."""
        SEEN.update(self.seen)
        assert not self.reads_redone, "operations that are said to read only, and wrote"


@dataclass
class Clock:
    """The system's clock, moved by tests that need another time."""

    offset: int = 0

    def __call__(self) -> Any:
        return int(time.time()) + self.offset


@contextmanager
def settings_on(database: str) -> Iterator[Settings]:
    """Return the settings of a platform on a kind of database; its server runs in the block."""
    common = Settings(oidc_allow_http_loopback=True, hsm_module="none")
    if database == "sqlite":
        yield common
        return
    with postgres_server() as url:
        yield replace(common, database=url)


class HasPlatform(Protocol):
    """Something that has a running platform."""

    running: Running


@contextmanager
def changed(of: HasPlatform, **fields: Any) -> Iterator[None]:
    """Serve the calls of a block with other fields of the Platform; then with those from before."""
    pipeline = of.running.pipeline
    before = pipeline.platform
    pipeline.platform = msgspec.structs.replace(before, **fields)
    try:
        yield
    finally:
        pipeline.platform = before


@contextmanager
def quotas(of: HasPlatform, values: dict[str, int]) -> Iterator[None]:
    """Serve the calls of a block with other quotas, by name; the rest stay as they are."""
    with changed(of, quotas={**of.running.pipeline.platform.quotas, **values}):
        yield
