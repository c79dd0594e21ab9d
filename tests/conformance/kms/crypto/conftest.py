"""The account's keys at hand, a module for hardware keys, and no published rates in the way."""

from collections.abc import Iterator

import pytest
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server
from tests.conformance.kms.crypto.calls import Kms
from tests.conformance.kms.crypto.modules import MemoryModule, attached

from juyong.gateway.throttle import Throttle


class Unlimited(Throttle):
    """Lets tests call faster than the published rates."""

    def allows(self, *_args: object) -> bool:  # type: ignore[override]
        return True


@pytest.fixture(autouse=True)
def unlimited(server: Server) -> Iterator[None]:
    pipeline = server.running.pipeline
    kept, pipeline.throttle = pipeline.throttle, Unlimited()
    yield
    pipeline.throttle = kept


@pytest.fixture
def keys(admin: Clients) -> Kms:
    """What the account's administrator does with keys."""
    return Kms(admin.kms)


@pytest.fixture
def memory(server: Server) -> Iterator[MemoryModule]:
    """The server with a hardware module that keeps keys in memory."""
    module = MemoryModule()
    with attached(server, module):
        yield module
