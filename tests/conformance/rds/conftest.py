"""Real databases, instances registered for an account, and RDS clients."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_rds20140815.client import Client
from tests.conformance.databases import Database, mariadb_server, postgres_with_passwords
from tests.conformance.harness import Server

from juyong.base.ids import AccountId, new_instance_id
from juyong.services.identity.facade import NewAccount
from juyong.services.rds.facade import Target, add_instance


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Database]:
    with postgres_with_passwords() as running:
        yield running


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Database]:
    with mariadb_server() as running:
        yield running


@pytest.fixture(params=["postgresql", "mariadb"])
def database(request: pytest.FixtureRequest) -> Database:
    """Each engine in turn."""
    return request.getfixturevalue(request.param)


Register = Callable[..., str]


@pytest.fixture
def register(server: Server, account: NewAccount) -> Register:
    """Register a target for the account; returns the instance id."""

    def make(target: Target, *, region: str = "cn-hangzhou", **changes) -> str:
        instance_id = new_instance_id("rm")
        server.running.store.call(
            lambda tx: add_instance(
                tx,
                AccountId(account.account_id),
                instance_id,
                region=region,
                target=replace(target, **changes),
                engine_version="1.0",
                description="a registered database",
                now=server.clock(),
            )
        )
        return instance_id

    return make


@pytest.fixture
def instance(database: Database, register: Register) -> str:
    """The id of an instance on the database of the test."""
    return register(database.target())


@pytest.fixture
def rds(server: Server, account: NewAccount) -> Client:
    """RDS as the account's administrator."""
    return Client(server.config(account.access_key_id, account.secret.reveal()))


@pytest.fixture
def rds_as(server: Server, ram) -> Callable[[str], Client]:
    """RDS as a RAM user with one policy statement's document."""

    def make(document: str) -> Client:
        name = new_instance_id("user")
        ram.create_user(ram_models.CreateUserRequest(user_name=name))
        ram.create_policy(
            ram_models.CreatePolicyRequest(policy_name=name, policy_document=document)
        )
        ram.attach_policy_to_user(
            ram_models.AttachPolicyToUserRequest(
                policy_name=name, policy_type="Custom", user_name=name
            )
        )
        key = ram.create_access_key(
            ram_models.CreateAccessKeyRequest(user_name=name)
        ).body.access_key
        return Client(server.config(key.access_key_id, key.access_key_secret))

    return make


@pytest.fixture
def name() -> str:
    """A name that no other test uses, for an account or a database."""
    return new_instance_id("t").replace("-", "_")[:14]
