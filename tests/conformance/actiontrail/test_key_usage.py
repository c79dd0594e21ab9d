"""What an AccessKey was last used for, through the official SDK."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_actiontrail20200706 import models as m
from alibabacloud_actiontrail20200706.client import Client
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.harness import Server, refused

from juyong.services.actiontrail.usage import UNPROVEN
from juyong.services.identity.facade import NewAccount

KEY = "LTAI5tPlantedPlantedPlant"
Plant = Callable[..., None]


def test_last_use_of_a_key_shows_its_whole_event(
    trail: Client, ram: RamClient, account: NewAccount
) -> None:
    made = ram.create_user(ram_models.CreateUserRequest(user_name="alice")).body
    asked = m.GetAccessKeyLastUsedInfoRequest(access_key=account.access_key_id)
    used = trail.get_access_key_last_used_info(asked).body
    assert (used.access_key_id, used.account_id) == (account.access_key_id, account.account_id)
    assert (used.account_type, used.user_name) == ("ram-user", "administrator")
    assert (used.service_name, used.service_name_en) == ("Ram", "Resource Access Management")
    assert used.service_name_cn == "访问控制"
    assert used.source == "ManagementEvent"
    detail = json.loads(used.detail)
    assert detail["eventId"] == made.request_id
    assert used.used_timestamp % 1000 == 0


def test_key_never_used_and_key_of_another_account_look_alike(
    trail: Client, server: Server, ram: RamClient, account: NewAccount
) -> None:
    ram.list_users(ram_models.ListUsersRequest())
    stranger = server.new_account()
    other = Client(server.config(stranger.access_key_id, stranger.secret.reveal()))
    for client, key in ((trail, "LTAI5tNever"), (other, account.access_key_id)):
        body = client.get_access_key_last_used_info(
            m.GetAccessKeyLastUsedInfoRequest(access_key=key)
        ).body
        assert (body.access_key_id, body.service_name, body.used_timestamp) == (key, None, None)
        products = m.GetAccessKeyLastUsedProductsRequest(access_key=key)
        assert client.get_access_key_last_used_products(products).body.products == []
        events = m.GetAccessKeyLastUsedEventsRequest(access_key=key, service_name="Ram")
        assert client.get_access_key_last_used_events(events).body.events == []


def test_refusals_that_prove_no_secret_are_no_use(
    trail: Client, server: Server, plant: Plant
) -> None:
    now = server.clock()
    plant("CreateUser", at=now - 100, key=KEY, code="NoPermission")
    for code in UNPROVEN:
        plant("DeleteUser", at=now - 50, key=KEY, code=code)
    used = trail.get_access_key_last_used_info(
        m.GetAccessKeyLastUsedInfoRequest(access_key=KEY)
    ).body
    assert json.loads(used.detail)["eventName"] == "CreateUser"
    assert len(UNPROVEN) == 6


def test_products_are_listed_with_the_newest_use_first(
    trail: Client, server: Server, plant: Plant
) -> None:
    now = server.clock()
    for age, service in ((300, "Ram"), (200, "Kms"), (100, "Ram"), (50, "Ecs")):
        plant("Call", at=now - age, key=KEY, service=service)
    products = trail.get_access_key_last_used_products(
        m.GetAccessKeyLastUsedProductsRequest(access_key=KEY)
    ).body.products
    assert [(p.service_name, p.used_timestamp) for p in products] == [
        ("Ecs", (now - 50) * 1000),
        ("Ram", (now - 100) * 1000),
        ("Kms", (now - 200) * 1000),
    ]


@pytest.mark.parametrize(
    ("what", "field"),
    [("events", "event_name"), ("ips", "ip"), ("resources", "resource_name")],
)
def test_things_page_without_repeats_while_the_key_is_used(
    trail: Client, server: Server, plant: Plant, what: str, field: str
) -> None:
    now = server.clock()

    def use(number: int, age: int) -> None:
        plant(
            f"Call{number}",
            at=now - age,
            key=KEY,
            address=f"192.0.2.{number}",
            resources=(("ACS::RAM::User", f"u{number}"),),
        )

    for number in range(5):
        use(number, 500 - number)
    use(0, 10)
    call: Any = getattr(trail, f"get_access_key_last_used_{what}")
    request: Any = getattr(m, f"GetAccessKeyLastUsed{what.title()}Request")
    seen: list[str] = []
    token = None
    while True:
        body = call(
            request(access_key=KEY, service_name="Ram", page_size="2", next_token=token)
        ).body
        seen += [getattr(item, field) for item in getattr(body, what)]
        token = body.next_token
        if token is None:
            break
        use(3, 1)
    stems = {"event_name": "Call", "ip": "192.0.2.", "resource_name": "u"}
    assert seen == [f"{stems[field]}{n}" for n in (0, 4, 3, 2, 1)]
    with refused("InvalidQueryParameter", 400):
        call(request(access_key=KEY, service_name="Kms", next_token="nonsense"))


def test_every_resource_of_one_event_is_listed(trail: Client, server: Server, plant: Plant) -> None:
    both = (("ACS::RAM::User", "u"), ("ACS::RAM::Policy", "p"))
    plant("AttachPolicyToUser", at=server.clock(), key=KEY, resources=both)
    asked = m.GetAccessKeyLastUsedResourcesRequest(access_key=KEY, service_name="Ram")
    found = trail.get_access_key_last_used_resources(asked).body.resources
    assert {(r.resource_type, r.resource_name) for r in found} == set(both)


def test_page_of_uses_is_1_to_100_and_20_by_default(
    trail: Client, server: Server, plant: Plant
) -> None:
    now = server.clock()
    for number in range(101):
        plant(f"Call{number:03}", at=now, key=KEY)
    for size, got in ((None, 20), ("0", 20), ("1", 1), ("100", 100)):
        asked = m.GetAccessKeyLastUsedEventsRequest(
            access_key=KEY, service_name="Ram", page_size=size
        )
        assert len(trail.get_access_key_last_used_events(asked).body.events) == got
    for wrong in ("-1", "101"):
        with refused("InvalidQueryParameter", 400):
            trail.get_access_key_last_used_events(
                m.GetAccessKeyLastUsedEventsRequest(
                    access_key=KEY, service_name="Ram", page_size=wrong
                )
            )
    with refused("MissingParameter", 400):
        trail.get_access_key_last_used_events(m.GetAccessKeyLastUsedEventsRequest(access_key=KEY))
