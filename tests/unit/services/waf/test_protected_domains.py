"""Sites that the WAF protects are the domains of their account, and of no other."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from tests.local import Caller, Local, refused
from tests.platforms import changed

from juyong.api.context import Platform
from juyong.services.waf.sites import side_of
from juyong.waf.running import Running

WAF = "waf-openapi"
NUMBERS = count()


def site(domain: str, account: str, port: int = 8080, **more: Any) -> Running:
    facts: dict[str, Any] = {
        "url": f"http://127.0.0.1:{port}", "port": port, "rules": "own", "log": "", "process": 7,
        "backends": ("http://127.0.0.1:3000",), "workers": 1, "since": "", "domain": domain,
        "account": account, **more,
    }  # fmt: skip
    return Running(**facts)


@pytest.fixture
def owner(local: Local) -> Caller:
    return local.administrator(local.new_account())


@pytest.fixture
def named(local: Local) -> tuple[str, Caller]:
    name = f"shop-keeper-{next(NUMBERS)}"
    return name, local.administrator(local.new_account(name))


@pytest.fixture
def keeper(local: Local, named: tuple[str, Caller]) -> Iterator[Caller]:
    """The account with three sites: two ports of one name, and another name."""
    name, call = named
    https = "https://127.0.0.1:8443"
    both = ("http://10.0.0.1:3000", "https://origin.example")
    sites = [
        site("shop.example", name),
        site("shop.example", name, 8443, url=https, backends=both),
        site("api.example", name, 8081),
        site("other.example", "somebody-else", 8082),
    ]
    with changed(local, protected_sites=lambda: sites):
        yield call


def instance(call: Caller) -> str:
    found: str = call(WAF, "DescribeInstance")["InstanceId"]
    return found


def test_domains_are_listed_by_name_and_page(keeper: Caller) -> None:
    described = keeper(WAF, "DescribeInstance")
    assert (described["Status"], described["RegionId"]) == (1, "cn-hangzhou")
    mine = described["InstanceId"]
    listed = keeper(WAF, "DescribeDomains", InstanceId=mine)
    assert [each["Domain"] for each in listed["Domains"]] == ["api.example", "shop.example"]
    assert listed["TotalCount"] == 2
    assert listed["Domains"][1] == {
        "Domain": "shop.example",
        "DomainId": "shop.example-waf",
        "Status": 1,
        "ListenPorts": {"Http": [8080], "Https": [8443]},
        "Backeds": {
            "Http": [{"Backend": "10.0.0.1"}, {"Backend": "127.0.0.1"}],
            "Https": [{"Backend": "origin.example"}],
        },
    }
    second = keeper(WAF, "DescribeDomains", InstanceId=mine, PageNumber=2, PageSize=1)
    assert [each["Domain"] for each in second["Domains"]] == ["shop.example"]
    assert second["TotalCount"] == 2
    past = keeper(WAF, "DescribeDomains", InstanceId=mine, PageNumber=3, PageSize=1)
    assert (past["Domains"], past["TotalCount"]) == ([], 2)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"Domain": "shop.example"}, ["shop.example"]),
        ({"Domain": "shop"}, []),
        ({"DomainId": "api.example-waf"}, ["api.example"]),
        ({"Backend": "origin.example"}, ["shop.example"]),
        ({"Backend": "127.0.0.1"}, ["api.example", "shop.example"]),
        ({"Backend": "10.0.0.2"}, []),
        ({"Domain": "other.example"}, []),
    ],
)
def test_filters(keeper: Caller, asked: dict[str, str], names: list[str]) -> None:
    listed = keeper(WAF, "DescribeDomains", InstanceId=instance(keeper), **asked)
    assert [each["Domain"] for each in listed["Domains"]] == names


def test_a_domain_is_described(keeper: Caller) -> None:
    mine = instance(keeper)
    found = keeper(WAF, "DescribeDomainDetail", InstanceId=mine, Domain="shop.example")
    assert found["Listen"] == {"HttpPorts": [8080], "HttpsPorts": [8443]}
    assert found["Redirect"]["Backends"] == [
        {"Backend": each} for each in ("10.0.0.1", "127.0.0.1", "origin.example")
    ]
    assert found["Redirect"]["BackendPorts"] == [
        {"ListenPort": 8080, "BackendPort": 3000, "Protocol": "http"},
        {"ListenPort": 8443, "BackendPort": 3000, "Protocol": "https"},
        {"ListenPort": 8443, "BackendPort": 443, "Protocol": "https"},
    ]
    by_id = keeper(WAF, "DescribeDomainDetail", InstanceId=mine, DomainId="shop.example-waf")
    assert {**by_id, "RequestId": ""} == {**found, "RequestId": ""}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "Waf.Pullin.DomainAndDomainIdBothEmpty"),
        ({"Domain": ""}, "Waf.Pullin.DomainAndDomainIdBothEmpty"),
        ({"Domain": "x" * 257}, "InvalidParameter"),
        ({"Domain": "none.example"}, "Waf.Pullin.ResourceNotExist"),
        ({"Domain": "other.example"}, "Waf.Pullin.ResourceNotExist"),
        (
            {"Domain": "shop.example", "DomainId": "api.example-waf"},
            "Waf.Pullin.DomainAndDomainIdNotMatch",
        ),
        (
            {"Domain": "shop.example", "DomainId": "none-waf"},
            "Waf.Pullin.DomainAndDomainIdNotMatch",
        ),
        ({"InstanceId": "waf_v2_public_cn-0", "Domain": "shop.example"}, "Waf.Instance.ValidFaild"),
        ({"InstanceId": None, "Domain": "shop.example"}, "MissingParameter"),
    ],
)
def test_refusals(keeper: Caller, asked: dict[str, str | None], code: str) -> None:
    given = {"InstanceId": instance(keeper), **asked}
    with refused(code, 400):
        keeper(WAF, "DescribeDomainDetail", **given)


@pytest.mark.parametrize(
    "asked", [{"PageSize": 101}, {"PageSize": 0}, {"PageNumber": 0}, {"Backend": "x" * 257}]
)
def test_parameters_of_the_list(keeper: Caller, asked: dict[str, Any]) -> None:
    with refused("InvalidParameter", 400):
        keeper(WAF, "DescribeDomains", InstanceId=instance(keeper), **asked)


def test_another_account_sees_nothing(keeper: Caller, owner: Caller) -> None:
    assert set(owner(WAF, "DescribeInstance")) == {"RequestId"}
    for action in ("DescribeDomains", "DescribeDomainDetail"):
        with refused("Waf.Instance.ValidFaild", 400):
            owner(WAF, action, InstanceId=instance(keeper), Domain="shop.example")


def test_without_a_site_there_is_no_instance(local: Local, keeper: Caller) -> None:
    mine = instance(keeper)
    with changed(local, protected_sites=tuple):
        assert set(keeper(WAF, "DescribeInstance")) == {"RequestId"}
        with refused("Waf.Instance.ValidFaild", 400):
            keeper(WAF, "DescribeDomains", InstanceId=mine)


def test_the_other_side_has_no_instance(local: Local, keeper: Caller) -> None:
    platform: Platform = local.running.pipeline.platform
    assert platform.region == "cn-hangzhou"
    with changed(local, region="ap-southeast-5"):
        assert set(keeper(WAF, "DescribeInstance")) == {"RequestId"}


def test_permission_is_judged(keeper: Caller) -> None:
    mine, stranger = instance(keeper), keeper.new_user("stranger")
    for action in ("DescribeInstance", "DescribeDomains", "DescribeDomainDetail"):
        with refused("Forbidden.RAM", 403):
            stranger(WAF, action, InstanceId=mine)
    document = (
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"yundun-waf:DescribeDomains",'
        '"Resource":"*"}]}'
    )
    keeper("Ram", "CreatePolicy", PolicyName="list-sites", PolicyDocument=document)
    keeper(
        "Ram", "AttachPolicyToUser",
        PolicyType="Custom", PolicyName="list-sites", UserName="stranger",
    )  # fmt: skip
    assert stranger(WAF, "DescribeDomains", InstanceId=mine)["TotalCount"] == 2
    with refused("Forbidden.RAM", 403):
        stranger(WAF, "DescribeInstance")


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("CreateDomain", "juyong waf protect"),
        ("CreateDefenseRule", "SecLang"),
        ("DescribeFlowChart", "juyong waf report"),
        ("CreatePostpaidInstance", "no bill"),
        ("DescribePauseProtectionStatus", "Pause"),
    ],
)
def test_what_is_not_served_is_refused_by_name(call: Caller, action: str, told: str) -> None:
    with refused("UnsupportedOperation", 400) as caught:
        call(WAF, action)
    assert told in caught.value.message


def test_sides() -> None:
    assert {side_of(each) for each in ("cn-beijing", "cn-hangzhou")} == {"cn-hangzhou"}
    elsewhere = ("cn-hongkong", "ap-southeast-1", "eu-central-1")
    assert {side_of(each) for each in elsewhere} == {"ap-southeast-1"}
