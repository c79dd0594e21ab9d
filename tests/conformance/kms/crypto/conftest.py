"""The account's keys at hand, a module for hardware keys, and no published rates in the way."""

from collections.abc import Iterator

import pytest
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server
from tests.conformance.kms.crypto.calls import Kms
from tests.conformance.kms.crypto.modules import MemoryModule, attached


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
