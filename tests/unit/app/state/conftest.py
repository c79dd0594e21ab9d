"""A populated state on each database."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.postgres import DATABASES, postgres_server

from juyong.api.context import Journal
from juyong.api.registry import load_tables, resources
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.app.state import State, state_of
from juyong.audit.macs import prepared
from juyong.audit.recorder import Act, Origin, UserIdentity, record
from juyong.base.clock import Instant
from juyong.base.ids import GroupId, RequestId, RoleId, new_request_id, new_user_id
from juyong.base.secret import Secret
from juyong.services.identity.credentials.tables import MfaDeviceRow, PasskeyRow
from juyong.services.identity.facade import NewAccount, create_account
from juyong.services.identity.policies.tables import (
    AttachmentRow,
    PolicyRow,
    PolicyVersionRow,
)
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.users.tables import GroupRow, MembershipRow, UserRow
from juyong.store import schema
from juyong.store.core import metadata
from juyong.store.database import engine_of
from juyong.store.epoch import EpochRow
from juyong.store.inventory import Cause, write
from juyong.store.nonces import use_nonce
from juyong.store.table import spec_of
from juyong.store.tags import TagRow
from juyong.store.transaction import Transaction

NOW = Instant(1_800_000_000)
POLICY = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"ram:*","Resource":"*"}]}'
TRUST = (
    '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    '"Principal":{"Service":["ecs.aliyuncs.com"]}}]}'
)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A server with one database that has the tables, for others to be copied from."""
    with postgres_server() as url:
        load_tables()
        engine = engine_of(url)
        schema.ensure(engine)
        engine.dispose()
        yield url


@pytest.fixture(params=DATABASES)
def settings(request: pytest.FixtureRequest) -> Settings:
    if request.param == "sqlite":
        return Settings()
    import psycopg

    url = request.getfixturevalue("postgres")
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(url.replace("/postgres", "/template1"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE postgres")
    return Settings(database=url.replace("/postgres", f"/{name}"), connections=2)


@pytest.fixture
def running(tmp_path: Path, settings: Settings) -> Iterator[Running]:
    home = tmp_path / "home"
    opened = open_platform(home, settings=settings, clock=lambda: NOW)
    yield opened
    opened.store.close()


@pytest.fixture
def state(running: Running) -> State:
    """A state with two accounts, every kind of row RAM keeps, and thirty events."""
    found = state_of(running)
    found.transact(lambda tx: populate(tx, found.keys["audit"]))
    return found


def populate(tx: Transaction, key: bytes) -> None:
    made = create_account(tx, "second", NOW)
    account_id, user_id = made.account_id, new_user_id()
    stamp: dict[str, Any] = {"created_at": NOW, "updated_at": NOW}
    tx.insert(UserRow(user_id=user_id, account_id=account_id, user_name="zoë ☃", **stamp))
    tx.insert(GroupRow(group_id=GroupId("g-1"), account_id=account_id, group_name="g", **stamp))
    tx.insert(
        MembershipRow(
            account_id=account_id, group_id=GroupId("g-1"), user_id=user_id, joined_at=NOW
        )
    )
    tx.insert(PolicyRow(account_id=account_id, policy_name="p", **stamp))
    tx.insert(
        PolicyVersionRow(
            account_id=account_id, policy_name="p", number=1, document=POLICY, created_at=NOW
        )
    )
    tx.insert(
        RoleRow(
            role_id=RoleId("3" * 18),
            account_id=account_id,
            role_name="R",
            role_key="r",
            trust_document=TRUST,
            **stamp,
        )
    )
    for kind, entity in (("user", user_id), ("group", "g-1"), ("role", "3" * 18)):
        tx.insert(
            AttachmentRow(
                account_id=account_id,
                policy_type="Custom",
                policy_name="p",
                entity_type=kind,
                entity_id=entity,
                attached_at=NOW,
            )
        )
    tx.insert(
        MfaDeviceRow(
            serial_number="acs:ram::1:mfa/m",
            account_id=account_id,
            device_name="m",
            seed=Secret("SEEDSEED"),
            owner_id=user_id,
            created_at=NOW,
        )
    )
    tx.insert(
        PasskeyRow(
            passkey_id="p",
            account_id=account_id,
            owner_id=user_id,
            passkey_name="laptop",
            credential_id="AAAA",
            public_part="AAAA",
            counter=0,
            created_at=NOW,
        )
    )
    tx.insert(
        TagRow(
            account_id=account_id,
            resource_type="ACS::RAM::User",
            region="global",
            resource_id=user_id,
            tag_key="k",
            tag_value="v",
        )
    )
    changes = [
        resource.noted("updated", row)
        for resource in resources().values()
        for row in tx.find(resource.row, account_id=account_id)
    ]
    write(tx, changes, Cause(RequestId("R"), NOW))
    use_nonce(tx, made.access_key_id, "nonce", Instant(NOW + 900))
    for number in range(30):
        write_event(tx, made, key, f"Call{number}", NOW)


def write_event(tx: Transaction, account: NewAccount, key: bytes, name: str, at: Instant) -> None:
    act = Act(
        origin=Origin(
            who=UserIdentity(
                type="ram-user",
                account_id=account.account_id,
                principal_id="2",
                user_name="administrator",
                access_key_id=account.access_key_id,
            ),
            name=name,
            event_type="ApiCall",
            service="Ram",
            region="cn-hangzhou",
            is_global=True,
            source="ram.aliyuncs.com",
            address="192.0.2.1",
        ),
        request_id=new_request_id(),
        at=at,
        parameters=b'{"UserName":"u","Tag":[{"Key":"k"}]}',
        response=b'{"User":{"UserName":"u"}}',
        extra={"mfaChecked": "true"},
    )
    record(tx, act, Journal(references=[("ACS::RAM::User", "u")]), key=prepared(key))


Content = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def content() -> Callable[[State], Content]:
    """Read every row of every table but the epochs."""

    def read(state: State) -> Content:
        engine = state.engine()
        epochs = spec_of(EpochRow).table.name
        with engine.connect() as connection:
            found = {
                table.name: [
                    tuple(row)
                    for row in connection.execute(
                        sa.select(table).order_by(*table.primary_key.columns)
                    )
                ]
                for table in metadata().sorted_tables
                if table.name != epochs
            }
        engine.dispose()
        return found

    return read


@pytest.fixture
def tamper(state: State) -> Callable[..., int]:
    """Change the database as somebody without the keys could: tamper("SQL", name=value)."""

    def change(sql: str, **params: Any) -> int:
        engine = state.engine()
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            done = connection.execute(sa.text(sql), params).rowcount
            connection.commit()
        engine.dispose()
        return done

    return change
