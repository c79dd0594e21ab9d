"""Fixtures: a server on each database, an account a test, SDK clients of each kind."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_ims20190815.client import Client as ImsClient
from alibabacloud_kms20160120.client import Client as KmsClient
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sts20150401.client import Client as StsClient
from tests.conformance.explained import unexplained
from tests.conformance.harness import Server, serving
from tests.platforms import settings_on
from tests.postgres import DATABASES

from juyong.api.shape import MASK
from juyong.services.identity.facade import NewAccount
from juyong.store.inventory import ResourceEventRow


@contextmanager
def served(database: str, home: Path) -> Iterator[Server]:
    """Serve a home on a kind of database."""
    with settings_on(database) as settings, serving(home, settings) as running:
        yield running


@pytest.fixture(scope="session", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with served(request.param, tmp_path_factory.mktemp(f"home-{request.param}")) as running:
        yield running
        assert unexplained(running) == [], "a recorded decision is not found again"
        assert masked_states(running) == set(), "a state of the inventory has a field for a secret"
    running.recorder.close()


def masked_states(server: Server) -> set[str]:
    """Return the types whose states hold a field of type Secret, as far as the tests made any."""
    events = server.running.store.call(lambda tx: tx.find(ResourceEventRow))
    return {each.resource_type for each in events if f'"{MASK}"' in each.snapshot}


@pytest.fixture
def account(server: Server) -> NewAccount:
    """A fresh account with its administrator's AccessKey."""
    return server.new_account()


@dataclass
class Clients:
    """SDK clients of one credential."""

    ram: RamClient
    ims: ImsClient
    sts: StsClient
    kms: KmsClient


def clients(server: Server, access_key_id: str, secret: str, token: str | None = None) -> Clients:
    config = server.config(access_key_id, secret, token)
    return Clients(RamClient(config), ImsClient(config), StsClient(config), KmsClient(config))


@pytest.fixture
def as_key(server: Server) -> Callable[..., Clients]:
    """Make clients of any credential: (access_key_id, secret, token=None)."""

    def make(access_key_id: str, secret: str, token: str | None = None) -> Clients:
        return clients(server, access_key_id, secret, token)

    return make


@pytest.fixture
def admin(server: Server, account: NewAccount) -> Clients:
    """Clients of the account's administrator."""
    return clients(server, account.access_key_id, account.secret.reveal())


@pytest.fixture
def ram(admin: Clients) -> RamClient:
    return admin.ram


@pytest.fixture
def ims(admin: Clients) -> ImsClient:
    return admin.ims


@pytest.fixture
def sts(admin: Clients) -> StsClient:
    return admin.sts


@pytest.fixture
def new_user(ram: RamClient, as_key: Callable[..., Clients]) -> Callable[[str], Clients]:
    """Create a RAM user without any permission and return its clients."""

    def make(name: str) -> Clients:
        ram.create_user(ram_models.CreateUserRequest(user_name=name))
        made: Any = ram.create_access_key(ram_models.CreateAccessKeyRequest(user_name=name))
        key = made.body.access_key
        return as_key(key.access_key_id, key.access_key_secret)

    return make
