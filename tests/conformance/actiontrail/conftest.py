"""An ActionTrail client, and a way to make events at chosen times."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import oss2
import pytest
from alibabacloud_actiontrail20200706 import models as m
from alibabacloud_actiontrail20200706.client import Client
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.actiontrail.trailing import Trailing
from tests.conformance.harness import Server
from tests.conformance.oss_calls import Caller as OssCaller
from tests.conformance.sls_calls import Caller as SlsCaller

from juyong.api.context import Journal
from juyong.audit.macs import PURPOSE, prepared
from juyong.audit.recorder import Act, Origin, UserIdentity, record
from juyong.base.clock import Instant
from juyong.base.ids import new_request_id
from juyong.gateway.throttle import Throttle
from juyong.services.identity.facade import NewAccount


class Unlimited(Throttle):
    """Lets tests call faster than the published rate."""

    def allows(self, *_args: object) -> bool:  # type: ignore[override]
        return True


@pytest.fixture(autouse=True)
def unlimited(server: Server) -> Any:
    pipeline = server.running.pipeline
    kept, pipeline.throttle = pipeline.throttle, Unlimited()
    yield
    pipeline.throttle = kept


@pytest.fixture
def trail(server: Server, account: NewAccount) -> Client:
    """ActionTrail as the account's administrator."""
    return Client(server.config(account.access_key_id, account.secret.reveal()))


Lookup = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def lookup(trail: Client) -> Lookup:
    """Read every page of a look-up: lookup(ServiceName="Ram", direction=…)."""

    def read(**asked: Any) -> list[dict[str, Any]]:
        conditions = [
            m.LookupEventsRequestLookupAttribute(key=k, value=asked.pop(k))
            for k in list(asked)
            if k[0].isupper()
        ]
        found: list[dict[str, Any]] = []
        token = None
        while True:
            body = trail.lookup_events(
                m.LookupEventsRequest(
                    lookup_attribute=conditions or None, next_token=token, **asked
                )
            ).body
            found += body.events
            token = body.next_token
            if token is None:
                return found

    return read


@pytest.fixture
def new_key(ram: RamClient) -> Callable[[str], tuple[str, str]]:
    """Create a RAM user without any permission and return its AccessKey."""

    def make(name: str) -> tuple[str, str]:
        ram.create_user(ram_models.CreateUserRequest(user_name=name))
        made: Any = ram.create_access_key(ram_models.CreateAccessKeyRequest(user_name=name))
        key = made.body.access_key
        return key.access_key_id, key.access_key_secret

    return make


@pytest.fixture
def plant(server: Server, account: NewAccount) -> Callable[..., None]:
    """Write an event of the account as the gateway would have at another time."""

    def write(
        name: str,
        *,
        at: int,
        key: str = "",
        service: str = "Ram",
        address: str = "192.0.2.1",
        resources: tuple[tuple[str, str], ...] = (),
        code: str = "",
    ) -> None:
        act = Act(
            origin=Origin(
                who=UserIdentity(
                    type="ram-user",
                    account_id=account.account_id,
                    principal_id="2",
                    user_name="planted",
                    access_key_id=key,
                ),
                name=name,
                event_type="ApiCall",
                service=service,
                region="cn-hangzhou",
                is_global=True,
                source="ram.aliyuncs.com",
                address=address,
            ),
            request_id=new_request_id(),
            at=Instant(at),
            error_code=code,
        )
        secret = server.running.pipeline.platform.keys[PURPOSE]
        journal = Journal(references=list(resources))
        server.running.store.call(lambda tx: record(tx, act, journal, key=prepared(secret)))

    return write


@pytest.fixture
def trailing(
    server: Server, account: NewAccount, trail: Client, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Trailing]:
    """An account with a bucket and a project, and a name for a trail; the test's own clock."""
    before, dated = server.clock.offset, oss2.utils.http_date
    monkeypatch.setattr(oss2.utils, "http_date", lambda: dated(server.clock()))
    name = f"t-{uuid.uuid4().hex[:20]}"
    secret = account.secret.reveal()
    bucket = OssCaller(server.port, oss2.Auth(account.access_key_id, secret)).bucket(name)
    bucket.create_bucket()
    log = SlsCaller(server, account.access_key_id, secret).log
    log.create_project(name, "of a test")
    yield Trailing(server, account, trail, bucket, log, name, name)
    server.clock.offset = before
