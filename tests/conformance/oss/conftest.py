"""Fixtures: callers of oss2, and a bucket for each test."""

import uuid
from collections.abc import Callable, Iterator

import alibabacloud_oss_v2 as v2
import oss2
import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.harness import Server
from tests.conformance.oss_calls import SESSION, Caller

from juyong.api.bench import Bench
from juyong.blobs.arrived import Cipher
from juyong.services.identity.facade import NewAccount
from juyong.services.oss.jobs import apply_rules
from juyong.services.oss.objects import encryption

_DAY = 24 * 3600


@pytest.fixture(autouse=True)
def _sockets() -> Iterator[None]:
    yield
    SESSION.let_go()


@pytest.fixture
def owner(server: Server, account: NewAccount) -> Caller:
    """The administrator of the test's account."""
    return Caller(server.port, oss2.Auth(account.access_key_id, account.secret.reveal()))


@pytest.fixture
def oss(owner: Caller) -> oss2.Service:
    """The service, as the administrator calls it."""
    return owner.service


@pytest.fixture
def anonymous(server: Server) -> Caller:
    """A caller without credentials."""
    return Caller(server.port, oss2.AnonymousAuth())


@pytest.fixture
def stranger(server: Server) -> Caller:
    """The administrator of another account."""
    other = server.new_account()
    return Caller(server.port, oss2.Auth(other.access_key_id, other.secret.reveal()))


@pytest.fixture
def bucket_name() -> str:
    """A name that no bucket has yet."""
    return f"test-{uuid.uuid4().hex[:20]}"


@pytest.fixture
def bucket(owner: Caller, bucket_name: str) -> oss2.Bucket:
    """A fresh private bucket, as the administrator calls it."""
    made = owner.bucket(bucket_name)
    made.create_bucket()
    return made


@pytest.fixture
def client(server: Server, account: NewAccount) -> v2.Client:
    """The administrator of the test's account, as the second SDK calls."""
    config = v2.config.load_default()
    config.credentials_provider = v2.credentials.StaticCredentialsProvider(
        account.access_key_id, account.secret.reveal()
    )
    config.region = "cn-hangzhou"
    config.endpoint = f"http://127.0.0.1:{server.port}"
    config.use_path_style = True
    return v2.Client(config)


@pytest.fixture
def named(client: v2.Client, bucket_name: str) -> dict[str, str]:
    """A fresh bucket, as the second SDK names it."""
    client.put_bucket(v2.PutBucketRequest(bucket=bucket_name))
    return {"bucket": bucket_name}


@pytest.fixture
def as_user(server: Server, ram: RamClient) -> Callable[[str | None], Caller]:
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
        return Caller(server.port, oss2.Auth(made.access_key_id, made.access_key_secret))

    return make


@pytest.fixture
def without_sm4(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build of OpenSSL that has no SM4-GCM."""
    monkeypatch.setattr(encryption, "is_offered", lambda cipher: cipher is Cipher.AES_256_GCM)


@pytest.fixture
def later(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[float], None]]:
    """Let days go by, for server and client, and the job of lifecycle rules run."""
    before, dated = server.clock.offset, oss2.utils.http_date
    monkeypatch.setattr(oss2.utils, "http_date", lambda: dated(server.clock()))

    def go(days: float) -> None:
        server.clock.offset += round(days * _DAY)
        running = server.running
        apply_rules(
            Bench(call=running.store.call, clock=server.clock, platform=running.pipeline.platform)
        )

    yield go
    server.clock.offset = before
