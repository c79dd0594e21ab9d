"""KMS: an account's client, and keys made in one line."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server
from tests.conformance.kms.secret_calls import Secrets
from tests.platforms import changed

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.outside import Outside, Results
from juyong.base.clock import Instant
from juyong.base.ids import RequestId
from juyong.hsm.discover import discover
from juyong.hsm.open import open_token
from juyong.hsm.port import Hsm
from juyong.hsm.settings import HsmSettings
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.keys.tables import (
    ImportPairRow,
    KeyRow,
    KeyVersionRow,
    TokenObjectRow,
)
from juyong.store.transaction import Transaction


@pytest.fixture
def kms(admin: Clients) -> KmsClient:
    """The KMS client of the account's administrator."""
    return admin.kms


@pytest.fixture
def new_key(kms: KmsClient) -> Callable[..., Any]:
    """Make a key and return its metadata: new_key(key_spec=…)."""

    def make(**request: Any) -> Any:
        answer: Any = kms.create_key(models.CreateKeyRequest(**request))
        return answer.body.key_metadata

    return make


@pytest.fixture
def describe(kms: KmsClient) -> Callable[[str], Any]:
    """Return a key as DescribeKey shows it."""

    def show(key_id: str) -> Any:
        answer: Any = kms.describe_key(models.DescribeKeyRequest(key_id=key_id))
        return answer.body.key_metadata

    return show


@pytest.fixture
def age(server: Server) -> Callable[[str, int], None]:
    """Put everything about a key further into the past, as if so many seconds had gone by."""

    def by(row: Any, seconds: int) -> Any:
        names = [n for n in row.__struct_fields__ if n.endswith("_at")]
        return {n: getattr(row, n) - seconds for n in names if getattr(row, n) is not None}

    def make(key_id: str, seconds: int) -> None:
        def apply(tx: Transaction) -> None:
            for row_type in (KeyRow, KeyVersionRow, ImportPairRow):
                for row in tx.find(row_type, key_id=key_id):
                    tx.update(row, **by(row, seconds))

        server.running.store.call(apply)

    return make


@dataclass
class Inside:
    """Runs code as an operation of the account would run."""

    server: Server
    account: NewAccount

    def __call__(self, work: Callable[[Context], Any]) -> Any:
        results = Results()
        while True:
            try:
                return self.server.running.store.call(lambda tx: work(self.context(tx, results)))
            except Outside as wanted:
                results.keep(wanted.key, wanted.done())

    def context(self, tx: Transaction, results: Results) -> Context:
        account_id = self.account.account_id
        return Context(
            tx=tx,
            caller=Service(account_id=account_id, name="kms.aliyuncs.com"),
            account_id=account_id,
            now=self.server.clock(),
            request_id=RequestId("R"),
            region="cn-hangzhou",
            source_ip="127.0.0.1",
            secure=False,
            host="localhost",
            platform=self.server.running.pipeline.platform,
            results=results,
        )


@pytest.fixture
def inside(server: Server, account: NewAccount) -> Inside:
    return Inside(server, account)


@dataclass
class Time:
    """A clock that tests turn."""

    now: int

    def __call__(self) -> Instant:
        return Instant(self.now)


@pytest.fixture
def bench(server: Server) -> Bench:
    """What jobs are given; its clock is a Time that starts after what the test does first."""
    running = server.running
    start = Time(server.clock() + 10)
    return Bench(call=running.store.call, clock=start, platform=running.pipeline.platform)


@contextmanager
def module(server: Server, hsm: Callable[[], Hsm]) -> Iterator[None]:
    """Give the platform a hardware module for a block."""
    with changed(server, hsm=hsm):
        yield


@pytest.fixture(scope="session")
def token_settings(tmp_path_factory: pytest.TempPathFactory) -> HsmSettings:
    """A SoftHSM token of the session's own."""
    settings = discover(tmp_path_factory.mktemp("token"))
    if settings is None:
        pytest.skip("SoftHSM2 is not installed")
    return settings


@pytest.fixture
def token(token_settings: HsmSettings) -> Iterator[Hsm]:
    """That token, opened for one test: a process uses one configuration of SoftHSM at a time."""
    opened = open_token(token_settings)
    yield opened
    opened.close()


@pytest.fixture
def hsm(server: Server, token: Hsm) -> Iterator[Hsm]:
    """The server with a hardware module."""
    with module(server, lambda: token):
        yield token
    # What is still to be destroyed in this token would wait for a module that no test has now.
    server.running.store.call(lambda tx: [tx.delete(row) for row in tx.find(TokenObjectRow)])


@pytest.fixture
def secrets(kms: KmsClient) -> Secrets:
    """What the account's administrator does with secrets."""
    return Secrets(kms)
