"""The regions that ECS lists."""

import pytest
from alibabacloud_ecs20140526 import models as m
from alibabacloud_ecs20140526.client import Client
from alibabacloud_ram20150501 import models as r
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.harness import Server, refused

from juyong.services.identity.facade import NewAccount


@pytest.fixture
def ecs(server: Server, account: NewAccount) -> Client:
    return Client(server.config(account.access_key_id, account.secret.reveal()))


def listed(ecs: Client, **asked: str) -> dict[str, m.DescribeRegionsResponseBodyRegionsRegion]:
    answer = ecs.describe_regions(m.DescribeRegionsRequest(**asked)).body
    return {each.region_id: each for each in answer.regions.region}


def test_regions_are_named_in_the_language_asked_for(ecs: Client):
    home = listed(ecs)["cn-hangzhou"]
    assert (home.local_name, home.region_endpoint) == (
        "华东1（杭州）",
        "ecs.cn-hangzhou.aliyuncs.com",
    )
    assert listed(ecs, accept_language="en-US")["cn-hangzhou"].local_name == "China (Hangzhou)"


def test_what_is_sold_in_a_region_is_not_told(ecs: Client):
    with refused("UnsupportedOperation", 400):
        listed(ecs, instance_charge_type="PostPaid")
    with refused("InvalidAcceptLanguage.Malformed", 400):
        listed(ecs, accept_language="tlh")


def test_who_has_no_permission_is_told_nothing(server: Server, ram: RamClient):
    ram.create_user(r.CreateUserRequest(user_name="nobody"))
    key = ram.create_access_key(r.CreateAccessKeyRequest(user_name="nobody")).body.access_key
    with refused("Forbidden.RAM", 403):
        listed(Client(server.config(key.access_key_id, key.access_key_secret)))
