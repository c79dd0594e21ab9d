"""What official clients see of a server that is sealed, and of one beside it that is not.

The server under test is a second one with copies of the key files: on PostgreSQL it shares the
database with the first, on SQLite it has one of its own.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_actiontrail20200706 import models as at_models
from alibabacloud_actiontrail20200706.client import Client as ActionTrail
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi import models as openapi
from tests.conformance.harness import Server, refused
from tests.crash.server import ServerProcess
from tests.waiting import wait_until

from juyong.app.bootstrap import read_credentials
from juyong.app.control.client import ask_servers
from juyong.app.control.messages import Reply, Request, SealRequest, UnsealRequest
from juyong.app.control.sockets import sockets_of
from juyong.app.home import Home, open_home


@pytest.fixture
def second(server: Server, tmp_path: Path) -> Iterator[ServerProcess]:
    """A server of another home with the same keys."""
    home = open_home(tmp_path / "second")
    first, database = server.running.home, server.running.settings.database
    shared = () if database == "sqlite" else (first.credentials,)
    for path in (first.key, first.seal, *shared):
        shutil.copy(path, home.path)
    with ServerProcess(home.path, {"JUYONG_DATABASE": database}) as running:
        _until_it_can_be_told(home)
        yield running


def _until_it_can_be_told(home: Home) -> None:
    """An open server answers calls before it listens to its operator."""
    wait_until(lambda: any(home.control.glob("*")))


def config_of(second: ServerProcess, key_id: str = "") -> openapi.Config:
    credentials = read_credentials(Home(second.home))
    return openapi.Config(
        access_key_id=key_id or credentials.access_key_id,
        access_key_secret=credentials.access_key_secret,
        http_proxy=f"http://127.0.0.1:{second.port}",
        protocol="http",
        region_id="cn-hangzhou",
    )


def told(second: ServerProcess, request: Request) -> Reply:
    home = Home(second.home)
    # The server listens for calls a moment before it listens for its operator.
    wait_until(lambda: bool(sockets_of(home)))
    (reply,) = ask_servers(home, request).values()
    return reply


def events(config: openapi.Config, name: str) -> list[Any]:
    wanted = at_models.LookupEventsRequestLookupAttribute(key="EventName", value=name)
    request = at_models.LookupEventsRequest(lookup_attribute=[wanted])
    return ActionTrail(config).lookup_events(request).body.events


def test_sealed_server_refuses_every_client_alike_until_it_is_unsealed(
    server: Server, second: ServerProcess, sts: StsClient
) -> None:
    config, stranger = config_of(second), config_of(second, "LTAI5tNobodyAtAll")
    account_id = StsClient(config).get_caller_identity().body.account_id
    before = len(events(config, "Seal"))
    assert told(second, SealRequest()) == Reply(state="sealed")
    calls = (
        lambda: StsClient(config).get_caller_identity(),
        lambda: StsClient(stranger).get_caller_identity(),
        lambda: RamClient(config).list_users(ram_models.ListUsersRequest()),
        lambda: RamClient(config).create_user(ram_models.CreateUserRequest(user_name="late")),
    )
    for call in calls:
        with refused("ServiceUnavailable", 503):
            call()
    assert sts.get_caller_identity().body.account_id, "another server is not concerned"
    assert told(second, UnsealRequest()) == Reply(state="open")
    assert StsClient(config).get_caller_identity().body.account_id == account_id
    with refused("InvalidAccessKeyId.NotFound", 404):
        StsClient(stranger).get_caller_identity()
    with refused("EntityNotExist.User", 404):
        RamClient(config).get_user(ram_models.GetUserRequest(user_name="late"))
    assert len(events(config, "Seal")) == before + 1


def test_events_of_the_operator_are_found_by_clients(second: ServerProcess) -> None:
    told(second, SealRequest())
    told(second, UnsealRequest())
    config = config_of(second)
    for name in ("Seal", "Unseal"):
        event = events(config, name)[0]
        assert event["serviceName"] == "Juyong"
        assert event["eventType"] == "AliyunServiceEvent"
        assert event["userIdentity"]["type"] == "system"
        assert event["userIdentity"]["userName"] == "operator"


def test_servers_of_one_database_keep_each_others_secrets(
    server: Server, second: ServerProcess
) -> None:
    if server.running.settings.database == "sqlite":
        pytest.skip("two homes share PostgreSQL only")
    account = server.new_account()
    config = config_of(second, account.access_key_id)
    config.access_key_secret = account.secret.reveal()
    assert StsClient(config).get_caller_identity().body.account_id == account.account_id
