"""Network rules, policies and access points: made, changed, listed, and kept while in use."""

import json
from typing import Any

import pytest
from alibabacloud_kms20160120.client import Client as KmsClient
from alibabacloud_tea_openapi import models as openapi
from alibabacloud_tea_util import models as util
from tests.conformance.conftest import clients
from tests.conformance.harness import Server, in_region, quotas, refused, serving
from tests.conformance.kms.access_calls import KEYS, SECRETS, Access

from juyong.app.settings import Settings
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.tables import default_instance_id

GONE = ("Forbidden.ResourceNotFound", 404)
TAKEN = ("Rejected.ResourceExist", 409)
IN_USE = ("Rejected.ResourceInUse", 409)
INVALID = ("InvalidParameter", 400)


@pytest.fixture
def access(kms: KmsClient) -> Access:
    return Access(kms)


def test_life_of_a_network_rule(access: Access, account: NewAccount) -> None:
    made = access.rule("r", source_private_ip='["10.0.0.0/8","192.168.1.7"]', description="d")
    assert made.arn == f"acs:kms:cn-hangzhou:{account.account_id}:network/r"
    shown = access.described_rule("r")
    assert (shown.arn, shown.type, shown.description) == (made.arn, "Private", "d")
    assert json.loads(shown.source_private_ip) == ["10.0.0.0/8", "192.168.1.7"]
    access.update_rule("r", source_private_ip="10.1.0.0/16, fd00::/8")
    shown = access.described_rule("r")
    assert (shown.source_private_ip, shown.description) == ("10.1.0.0/16, fd00::/8", "d")
    access.update_rule("r", description="e")
    assert access.described_rule("r").description == "e"
    with refused(*TAKEN):
        access.rule("r")
    access.delete_rule("r")
    for act in (access.described_rule, access.update_rule, access.delete_rule):
        with refused(*GONE):
            act("r")


@pytest.mark.parametrize(
    "sources",
    [
        "[]",
        "nothing",
        "10.0.0.0/33",
        "10.0.0.1,10.0.0.1",
        "10.0.0.1,",
        '["10.0.0.1"',
        '["10.0.0.1",1]',
        json.dumps([f"10.0.0.{n}" for n in range(101)]),
    ],
)
def test_refused_sources(access: Access, sources: str) -> None:
    with refused(*INVALID):
        access.rule("r", source_private_ip=sources)
    access.rule("r")
    with refused(*INVALID):
        access.update_rule("r", source_private_ip=sources)


def test_other_refusals_of_a_rule(server: Server, access: Access) -> None:
    for request in ({"type": "Public"}, {"name": "a b"}, {"name": "n" * 65}):
        with refused(*INVALID):
            access.rule(**{"name": "r", **request})
    with quotas(server, {"kms.network-rules": 0}), refused("Rejected.LimitExceeded", 400):
        access.rule("r")


def test_life_of_a_policy(access: Access, account: NewAccount) -> None:
    access.rule("r")
    access.rule("s")
    instance = default_instance_id(account.account_id)
    resources = ["key/key-hzz1", "key/*", "secret/a/b", "secret/*"]
    made = access.policy(
        "p",
        kms_instance=instance,
        permissions=json.dumps([KEYS, SECRETS]),
        resources=json.dumps(resources),
        access_control_rules='{"NetworkRules":["r"]}',
        description="d",
    )
    arn = f"acs:kms:cn-hangzhou:{account.account_id}:policy/p"
    assert (made.arn, made.name, made.kms_instance, made.description) == (arn, "p", instance, "d")
    assert json.loads(made.permissions) == [KEYS, SECRETS]
    assert json.loads(made.resources) == resources
    shown = access.described_policy("p")
    assert (shown.permissions, shown.resources) == ([KEYS, SECRETS], resources)
    assert (shown.kms_instance, shown.description) == (instance, "d")
    assert json.loads(shown.access_control_rules) == {"NetworkRules": ["r"]}
    access.update_policy("p", access_control_rules='{"NetworkRules":["s"]}', description="e")
    shown = access.described_policy("p")
    assert json.loads(shown.access_control_rules) == {"NetworkRules": ["s"]}
    assert (shown.permissions, shown.resources) == ([KEYS, SECRETS], resources)
    assert shown.description == "e"
    access.update_policy("p", permissions=json.dumps([KEYS]), resources='["key/*"]')
    shown = access.described_policy("p")
    assert (shown.permissions, shown.resources) == ([KEYS], ["key/*"])
    with refused(*TAKEN):
        access.policy("p")
    access.delete_policy("p")
    for act in (access.described_policy, access.update_policy, access.delete_policy):
        with refused(*GONE):
            act("p")


@pytest.mark.parametrize(
    "request_",
    [
        {"permissions": "[]"},
        {"permissions": '["RbacPermission/Template/Other"]'},
        {"permissions": json.dumps([KEYS, KEYS])},
        {"permissions": json.dumps(KEYS)},
        {"resources": "[]"},
        {"resources": '["*"]'},
        {"resources": '["key/"]'},
        {"resources": '["alias/a"]'},
        {"resources": json.dumps([f"key/{n}" for n in range(101)])},
        {"access_control_rules": "[]"},
        {"access_control_rules": '{"Other":[]}'},
        {"access_control_rules": '{"NetworkRules":"r"}'},
        {"access_control_rules": json.dumps({"NetworkRules": [f"r{n}" for n in range(41)]})},
        {"access_control_rules": "[" * 9000},
    ],
)
def test_refused_policies(access: Access, request_: dict[str, str]) -> None:
    with refused(*INVALID):
        access.policy("p", **request_)
    access.policy("p")
    with refused(*INVALID):
        access.update_policy("p", **request_)


def test_a_policy_names_what_exists(server: Server, access: Access) -> None:
    with refused(*GONE):
        access.policy("p", access_control_rules='{"NetworkRules":["r"]}')
    with refused("Forbidden.DKMSInstanceNotFound", 403):
        access.policy("p", kms_instance="kst-other")
    access.policy("shared", kms_instance="shared")
    assert access.described_policy("shared").kms_instance == "shared"
    access.policy("p")
    with refused(*GONE):
        access.update_policy("p", access_control_rules='{"NetworkRules":["r"]}')
    with quotas(server, {"kms.access-policies": 1}), refused("Rejected.LimitExceeded", 400):
        access.policy("q")


def test_life_of_an_access_point(access: Access, account: NewAccount) -> None:
    for name in ("p", "q", "r"):
        access.policy(name)
    made = access.point("a", policies='["p","q","r"]', description="d")
    arn = f"acs:kms:cn-hangzhou:{account.account_id}:applicationaccesspoint/a"
    for shown in (made, access.described_point("a")):
        assert (shown.arn, shown.name, shown.description) == (arn, "a", "d")
        assert shown.authentication_method == "ClientKey"
        assert json.loads(shown.policies) == ["p", "q", "r"]
    access.update_point("a", description="e")
    access.update_point("a", policies='["q"]')
    shown = access.described_point("a")
    assert (shown.policies, shown.description) == ('["q"]', "e")
    with refused(*TAKEN):
        access.point("a")
    access.delete_point("a")
    for act in (access.described_point, access.update_point, access.delete_point):
        with refused(*GONE):
            act("a")


@pytest.mark.parametrize("policies", ["[]", "p", '["p","p"]', '["p","q","r","s"]', '["a b"]'])
def test_refused_policies_of_an_access_point(access: Access, policies: str) -> None:
    for name in ("p", "q", "r", "s"):
        access.policy(name)
    with refused(*INVALID):
        access.point("a", policies=policies)
    access.point("a")
    with refused(*INVALID):
        access.update_point("a", policies=policies)


def test_an_access_point_names_what_exists(server: Server, access: Access) -> None:
    access.policy("p")
    with refused(*GONE):
        access.point("a", policies='["p","q"]')
    with refused(*INVALID):
        access.point("a", authentication_method="Password")
    access.point("a")
    with refused(*GONE):
        access.update_point("a", policies='["q"]')
    with quotas(server, {"kms.access-points": 1}), refused("Rejected.LimitExceeded", 400):
        access.point("b")


def test_what_is_in_use_stays(access: Access) -> None:
    access.rule("r")
    access.policy("p", access_control_rules='{"NetworkRules":["r"]}')
    access.point("a", policies='["p"]')
    key = access.client_key("a")
    with refused(*IN_USE):
        access.delete_rule("r")
    with refused(*IN_USE):
        access.delete_policy("p")
    with refused(*IN_USE):
        access.delete_point("a")
    access.delete_client_key(key.client_key_id)
    access.delete_point("a")
    access.delete_policy("p")
    access.delete_rule("r")


def test_pages(access: Access) -> None:
    for number in range(5):
        access.rule(f"n{number}")
        access.policy(f"n{number}")
    access.policy("p")
    access.delete_policy("p")
    for number in range(5):
        access.point(f"n{number}", policies='["n0"]')
    names = [f"n{number}" for number in range(5)]
    for ask in (access.rules, access.policies, access.points):
        pages = [ask(page_number=number, page_size=2) for number in (1, 2, 3, 4)]
        assert [[row.name for row in rows] for _, rows in pages] == [
            names[:2],
            names[2:4],
            names[4:],
            [],
        ]
        body, rows = ask()
        assert (body.total_count, body.page_number, body.page_size) == (5, 1, 20)
        assert len(rows) == 5
        assert len(ask(page_size=100)[1]) == 5
        for page in ({"page_number": 0}, {"page_size": 0}, {"page_size": 101}):
            with refused(*INVALID):
                ask(**page)
    assert access.rules()[1][0].type == "Private"
    assert access.points()[1][0].authentication_method == "ClientKey"


def in_shanghai(client: KmsClient, action: str, **query: str) -> Any:
    params = openapi.Params(
        action=action,
        version="2016-01-20",
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    request = openapi.OpenApiRequest(query=query)
    shanghai = in_region(client, KMS, "cn-shanghai")
    return shanghai.call_api(params, request, util.RuntimeOptions())["body"]


def test_names_belong_to_a_region_and_an_account(server: Server, access: Access) -> None:
    access.rule("r")
    other = server.new_account()
    theirs = Access(clients(server, other.access_key_id, other.secret.reveal()).kms)
    with refused(*GONE):
        theirs.described_rule("r")
    assert theirs.rules()[0].total_count == 0
    assert in_shanghai(access.client, "ListNetworkRules")["TotalCount"] == 0
    with refused(*GONE):
        in_shanghai(access.client, "DescribeNetworkRule", Name="r")


def test_all_of_it_survives_a_restart(tmp_path: Any) -> None:
    settings = Settings(hsm_module="none")
    with serving(tmp_path / "home", settings) as server:
        account = server.new_account()
        access = Access(clients(server, account.access_key_id, account.secret.reveal()).kms)
        access.rule("r", source_private_ip="10.0.0.1")
        access.policy("p", access_control_rules='{"NetworkRules":["r"]}')
        access.point("a", policies='["p"]')
        key = access.client_key("a")
        before = access.got_client_key(key.client_key_id)
    with serving(tmp_path / "home", settings) as server:
        access = Access(clients(server, account.access_key_id, account.secret.reveal()).kms)
        assert access.described_rule("r").source_private_ip == "10.0.0.1"
        assert access.described_point("a").policies == '["p"]'
        after = access.got_client_key(key.client_key_id)
        assert after.public_key_data == before.public_key_data
        with refused(*IN_USE):
            access.delete_rule("r")
