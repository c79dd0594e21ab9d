"""Fixtures: callers of both SDKs of SLS, a project and a logstore for each test."""

import uuid
from collections.abc import Callable

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client as RamClient
from aliyun.log import LogClient
from tests.conformance.harness import Server
from tests.conformance.sls_calls import Caller

from juyong.services.identity.facade import NewAccount


@pytest.fixture
def owner(server: Server, account: NewAccount) -> Caller:
    """The administrator of the test's account."""
    return Caller(server, account.access_key_id, account.secret.reveal())


@pytest.fixture
def log(owner: Caller) -> LogClient:
    """The administrator, as the log SDK calls."""
    return owner.log


@pytest.fixture
def stranger(server: Server) -> Caller:
    """The administrator of another account."""
    other = server.new_account()
    return Caller(server, other.access_key_id, other.secret.reveal())


@pytest.fixture
def project_name() -> str:
    """A name that no project has yet."""
    return f"test-{uuid.uuid4().hex[:20]}"


@pytest.fixture
def project(log: LogClient, project_name: str) -> str:
    """A fresh project."""
    log.create_project(project_name, "of a test")
    return project_name


@pytest.fixture
def logstore(log: LogClient, project: str) -> str:
    """A fresh logstore of two shards in the project."""
    log.create_logstore(project, "store", ttl=30, shard_count=2)
    return "store"


@pytest.fixture
def as_user(server: Server, ram: RamClient) -> Callable[..., Caller]:
    """Make a RAM user with one policy document, or with none."""

    def make(document: str | None = None) -> Caller:
        name = f"u-{uuid.uuid4().hex[:12]}"
        ram.create_user(m.CreateUserRequest(user_name=name))
        if document is not None:
            ram.create_policy(m.CreatePolicyRequest(policy_name=name, policy_document=document))
            ram.attach_policy_to_user(
                m.AttachPolicyToUserRequest(policy_type="Custom", policy_name=name, user_name=name)
            )
        made = ram.create_access_key(m.CreateAccessKeyRequest(user_name=name)).body.access_key
        return Caller(server, made.access_key_id, made.access_key_secret)

    return make
