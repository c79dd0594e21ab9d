"""Events of products without a region have the region that their account chose."""

from typing import Any

import pytest
from alibabacloud_actiontrail20200706 import models as m
from alibabacloud_actiontrail20200706.client import Client
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sts20150401.client import Client as StsClient
from tests.conformance.actiontrail.conftest import Lookup
from tests.conformance.actiontrail.trailing import WINDOW, Trailing
from tests.conformance.documents import allow
from tests.conformance.harness import Server, refused
from tests.conformance.sts.roles import grant

from juyong.audit import global_events
from juyong.services.identity.facade import NewAccount


def choose(trail: Client, region: str) -> None:
    request = m.UpdateGlobalEventsStorageRegionRequest(storage_region=region)
    trail.update_global_events_storage_region(request)


def chosen(trail: Client) -> Any:
    return trail.get_global_events_storage_region().body.storage_region


def user(ram: RamClient, name: str) -> str:
    made = ram.create_user(ram_models.CreateUserRequest(user_name=name))
    return str(made.body.request_id)


def test_the_region_counts_from_the_choice_on(
    server: Server, account: NewAccount, trail: Client, ram: RamClient, lookup: Lookup
) -> None:
    assert chosen(trail) == "cn-hangzhou"
    before = user(ram, "a")
    choose(trail, "ap-southeast-1")
    choose(trail, "ap-southeast-1")
    assert chosen(trail) == "ap-southeast-1"
    after = user(ram, "b")
    sts = StsClient(server.config(account.access_key_id, account.secret.reveal()))
    asked = sts.get_caller_identity().body.request_id
    choose(trail, "cn-hangzhou")
    again = user(ram, "c")
    regions = {each["eventId"]: (each["acsRegion"], each["isGlobal"]) for each in lookup()}
    assert [regions[each] for each in (before, after, asked, again)] == [
        *(("cn-hangzhou", True), ("ap-southeast-1", True)),
        *(("ap-southeast-1", True), ("cn-hangzhou", True)),
    ]
    updates = lookup(EventName="UpdateGlobalEventsStorageRegion")
    assert {(each["acsRegion"], each["isGlobal"]) for each in updates} == {("cn-hangzhou", False)}


def test_a_trail_delivers_the_events_with_those_of_its_home(
    trailing: Trailing, ram: RamClient
) -> None:
    choose(trailing.trail, "ap-southeast-1")
    trailing.create(trail_region="cn-hangzhou")
    trailing.start()
    wanted = user(ram, "a")
    trailing.deliver(WINDOW)
    (key,) = trailing.keys("AliyunLogs/")
    assert "/cn-hangzhou/" in key
    found = {each["eventId"]: each["acsRegion"] for each in trailing.events()}
    assert found[wanted] == "ap-southeast-1"


def test_one_account_chooses_for_itself(server: Server, trail: Client, lookup: Lookup) -> None:
    choose(trail, "ap-southeast-1")
    other = server.new_account()
    config = server.config(other.access_key_id, other.secret.reveal())
    assert chosen(Client(config)) == "cn-hangzhou"
    user(RamClient(config), "a")
    events = Client(config).lookup_events(m.LookupEventsRequest()).body.events
    assert {each["acsRegion"] for each in events} == {"cn-hangzhou"}
    assert lookup(EventName="CreateUser") == []


@pytest.mark.parametrize("region", ["cn-beijing", "moon-1", "All", "cn-hangzhou,ap-southeast-1"])
def test_other_regions_are_refused(trail: Client, region: str) -> None:
    with refused("InvalidQueryParameter", 400):
        choose(trail, region)
    assert chosen(trail) == "cn-hangzhou"


def test_both_need_a_permission(server: Server, ram: RamClient, new_key: Any) -> None:
    stranger = Client(server.config(*new_key("stranger")))
    for ask in (lambda: chosen(stranger), lambda: choose(stranger, "cn-hangzhou")):
        with refused("NoPermission", 403):
            ask()
    grant(ram, "user", "stranger", allow("actiontrail:GetGlobalEventsStorageRegion"))
    assert chosen(stranger) == "cn-hangzhou"
    with refused("NoPermission", 403):
        choose(stranger, "cn-hangzhou")


def test_a_call_reads_the_region_once(
    trail: Client, ram: RamClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    read = global_events._read

    def counted(tx: Any, account_id: Any) -> str:
        reads.append(account_id)
        return read(tx, account_id)

    choose(trail, "ap-southeast-1")
    monkeypatch.setattr(global_events, "_read", counted)
    for _ in range(3):
        ram.list_users(ram_models.ListUsersRequest())
    assert len(reads) == 1
