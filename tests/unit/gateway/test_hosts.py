"""Which product and region a host means: all hosts that official clients have built in."""

import asyncio
import importlib
from collections.abc import Iterator

import aliyunsdkcore
import aliyunsdkkms.endpoint
import aliyunsdkram.endpoint
import aliyunsdksts.endpoint
import msgspec
import pytest
from alibabacloud_tea_openapi import models as openapi
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.endpoint.default_endpoint_resolver import DefaultEndpointResolver
from aliyunsdkcore.endpoint.resolver_endpoint_request import ResolveEndpointRequest
from tests.unit.gateway.calls import v1_call

from juyong.api import registry
from juyong.api.access import Entry
from juyong.api.context import Context
from juyong.api.hosts import NETWORKS, is_region
from juyong.api.operation import operation
from juyong.api.product import Product
from juyong.api.shape import Empty
from juyong.base.clock import Instant
from juyong.base.ids import RequestId
from juyong.content.regions import REGIONS
from juyong.gateway.errors import AmbiguousVersion, InvalidVersion, UnknownProduct
from juyong.gateway.route import host_of, route

NOW = 1_790_000_000
SDKS = {
    "Actiontrail": "alibabacloud_actiontrail20200706",
    "Ecs": "alibabacloud_ecs20140526",
    "FC": "alibabacloud_fc20230330",
    "FC-Open": "alibabacloud_fc_open20210406",
    "Ims": "alibabacloud_ims20190815",
    "Kms": "alibabacloud_kms20160120",
    "Ram": "alibabacloud_ram20150501",
    "Rds": "alibabacloud_rds20140815",
    "Sts": "alibabacloud_sts20150401",
}
TRAILS = {"Actiontrail", "Actiontrail-2017"}
IRREGULAR = {
    "ap-northeast-2-pop": "sent to ap-northeast-1",
    "cn-edge-1": "sent to cn-qingdao-nebula",
    "cn-huhehaote-nebula-1": "sent to cn-qingdao-nebula",
    "cn-zhangjiakou-na62-a01": "sent to cn-zhangjiakou",
    "cn-zhengzhou-nebula-1": "sent to cn-qingdao-nebula",
    "eu-west-1-oxs": "sent to ap-northeast-1 or cn-shenzhen-cloudstone",
    "rus-west-1-pop": "sent to ap-northeast-1",
}
"""Regions whose calls a table sends to another region's host."""


def default_hosts(package: str) -> Iterator[tuple[str, str]]:
    """Yield region and default host of an SDK: what its table says, and what its rule makes."""
    client = importlib.import_module(f"{package}.client").Client
    first = client(openapi.Config(access_key_id="a", access_key_secret="b", region_id="cn-beijing"))
    regions = {*(first._endpoint_map or {}), *(region.region_id for region in REGIONS)}
    for region in sorted(regions):
        for network in (None, *NETWORKS):
            config = openapi.Config(
                access_key_id="a", access_key_secret="b", region_id=region, network=network
            )
            yield region, client(config)._endpoint.strip()


@pytest.mark.parametrize("code", SDKS)
def test_default_hosts_of_official_sdks_reach_their_product(code: str) -> None:
    seen = 0
    for region, host in default_hosts(SDKS[code]):
        meant = host_of(host, "cn-hangzhou")
        products, found = meant.products, meant.slots.get("region")
        assert code in {product.code for product in products}, host
        assert len({product.version for product in products}) == len(products)
        named = [part for part in host.split(".") if is_region(part)]
        assert found == (named[0] if named else None), host
        assert not named or region in (found, *IRREGULAR), host
        seen += 1
    assert seen >= len(REGIONS)


def test_hosts_of_the_older_sdk_reach_their_product() -> None:
    table = msgspec.json.decode(
        importlib.resources.files(aliyunsdkcore).joinpath("data/endpoints.json").read_bytes()
    )
    resolver = DefaultEndpointResolver(AcsClient("a", "b", "cn-hangzhou"))
    data = {
        "Kms": aliyunsdkkms.endpoint.endpoint_data,
        "Ram": aliyunsdkram.endpoint.endpoint_data,
        "Sts": aliyunsdksts.endpoint.endpoint_data,
        "Ecs": None,
        "Rds": None,
    }
    seen = 0
    for code, rules in data.items():
        for region in table["regions"]:
            request = ResolveEndpointRequest(region, code, "", "openAPI")
            if rules is not None:
                request.endpoint_map = rules.getEndpointMap()
                request.endpoint_regional = rules.getEndpointRegional()
            meant = host_of(resolver.resolve(request), "cn-hangzhou")
            assert [product.code for product in meant.products] == [code]
            seen += 1
    assert seen > 200


@pytest.mark.parametrize(
    ("host", "codes", "region"),
    [
        ("ram.aliyuncs.com", {"Ram"}, None),
        ("ram-vpc.cn-hangzhou.aliyuncs.com", {"Ram"}, "cn-hangzhou"),
        ("ram.vpc-proxy.aliyuncs.com", {"Ram"}, None),
        ("ims.vpc-proxy.aliyuncs.com", {"Ims"}, None),
        ("sts.cn-shanghai.aliyuncs.com:443", {"Sts"}, "cn-shanghai"),
        ("sts-vpc.cn-beijing-finance-1.aliyuncs.com", {"Sts"}, "cn-beijing-finance-1"),
        ("ecs.aliyuncs.com", {"Ecs"}, None),
        ("ecs-cn-hangzhou.aliyuncs.com", {"Ecs"}, None),
        ("ecs.cn-qingdao-nebula.aliyuncs.com", {"Ecs"}, "cn-qingdao-nebula"),
        ("rds.aliyuncs.com", {"Rds"}, None),
        ("rds-vpc.cn-hangzhou-finance.aliyuncs.com", {"Rds"}, "cn-hangzhou-finance"),
        ("kms-vpc.cn-beijing.aliyuncs.com", {"Kms"}, "cn-beijing"),
        ("kms-intl.ap-southeast-1.aliyuncs.com", {"Kms"}, "ap-southeast-1"),
        ("kms-share.aliyuncs.com", {"Kms"}, None),
        ("kms.home.aliyuncs.com", {"Kms"}, "home"),
        ("kst-any.cryptoservice.kms.aliyuncs.com", {"Kms", "KmsInstance"}, None),
        ("actiontrail-vpc.na-south-1.aliyuncs.com", TRAILS, "na-south-1"),
        ("location-readonly.aliyuncs.com", {"Location"}, None),
        ("fc.cn-beijing.aliyuncs.com", {"FC", "FC-Open"}, "cn-beijing"),
        ("fcv3.cn-beijing.aliyuncs.com", {"FC"}, "cn-beijing"),
        ("fcv3-vpc.cn-beijing.aliyuncs.com", {"FC"}, "cn-beijing"),
        ("me-central-1.fc.aliyuncs.com", {"FC", "FC-Open"}, "me-central-1"),
        ("cn-hangzhou-internal.fc.aliyuncs.com", {"FC", "FC-Open"}, "cn-hangzhou"),
        ("1234567890123456.cn-beijing.fc.aliyuncs.com", {"FC", "FC-Open"}, "cn-beijing"),
        ("1234567890123456.cn-beijing-internal.fc.aliyuncs.com", {"FC", "FC-Open"}, "cn-beijing"),
        ("account-id.cn-beijing.fc.aliyuncs.com", {"FC", "FC-Open"}, "cn-beijing"),
        ("ram.cn-beijing.fc.aliyuncs.com", {"FC", "FC-Open"}, "cn-beijing"),
        ("FC.CN-Beijing.AliyunCS.com.", {"FC", "FC-Open"}, "cn-beijing"),
        ("localhost:8480", set(), None),
        ("[::1]:8480", set(), None),
        ("kms.cn-hangzhou.aliyuncs.com.example.org", set(), None),
    ],
)
def test_a_host_means_its_product_and_region(
    host: str, codes: set[str], region: str | None
) -> None:
    meant = host_of(host, "home")
    assert not meant.is_unknown
    assert ({p.code for p in meant.products}, meant.slots.get("region")) == (codes, region)


@pytest.mark.parametrize(
    "host",
    [
        "kms.oss-cn-hangzhou.aliyuncs.com",
        "ram.oss-cn-hangzhou-internal.aliyuncs.com",
        "sts.oss-accelerate.aliyuncs.com",
    ],
)
def test_a_bucket_with_the_name_of_a_product_is_a_bucket(host: str) -> None:
    (product,) = host_of(host, "home").products
    assert product.code == "Oss"


@pytest.mark.parametrize(
    "host",
    [
        "nope.aliyuncs.com",
        "cms.aliyuncs.com",
        "slb.cn-hangzhou.aliyuncs.com",
        "aliyuncs.com.aliyuncs.com",
        ".aliyuncs.com",
        # A bucket, a project or a site may have any name, a product's own included.
        "ecs.oss.aliyuncs.com",
        "kms.s3.oss-cn-hangzhou.aliyuncs.com",
        "kms.p.cn-hangzhou.log.aliyuncs.com",
        "kms.log-global.aliyuncs.com",
        "kms.cn-hangzhou.oss-data-acc.aliyuncs.com",
        "sts.cn-hangzhou.mns.aliyuncs.com",
        "ram.cn-hangzhou.cr.aliyuncs.com",
        # Neither may a free label stand where a product's hosts have none.
        "anything.kms.cn-hangzhou.aliyuncs.com",
        "kms.cn-hangzhou.ecs.aliyuncs.com",
        "a.b.cn-beijing.fc.aliyuncs.com",
        "a.b.cryptoservice.kms.aliyuncs.com",
        ".cn-beijing.fc.aliyuncs.com",
        "ecs-cn-beijing.aliyuncs.com",
        "kms.oss.aliyuncs.com",
        "kms.home2.aliyuncs.com",
        "a" * 236 + ".cn-beijing.fc.aliyuncs.com",
    ],
)
def test_a_host_of_no_product_is_refused(host: str) -> None:
    assert host_of(host, "home").is_unknown


@pytest.fixture
def twins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Serve two products of one version, each with an operation `Describe`."""
    made = {}
    for code in ("One", "Other"):
        product = Product(
            code=code,
            ram_code="x",
            version="2020-01-01",
            hosts=(f"{code.lower()}.aliyuncs.com",),
            title=code,
        )
        made[code] = product

        @operation(product, "Describe", entry=Entry.IDENTIFIED)
        def describe(ctx: Context) -> Empty:
            return Empty()

    served = registry.Registry(made, loaded=made.values())
    monkeypatch.setattr(registry, "current", lambda: served)


def routed(host: str, version: str = "2020-01-01") -> str:
    request = v1_call("id", "secret", NOW, host=host, Action="Describe", Version=version)
    found = asyncio.run(
        route(request, request_id=RequestId("r"), now=Instant(NOW), home_region="home")
    )
    return found.product.code


@pytest.mark.usefixtures("twins")
def test_a_version_of_several_products_is_decided_by_the_host_alone() -> None:
    assert routed("one.aliyuncs.com") == "One"
    assert routed("other.aliyuncs.com:8480") == "Other"
    with pytest.raises(AmbiguousVersion, match="call the product's own host"):
        routed("127.0.0.1:8480")
    with pytest.raises(InvalidVersion):
        routed("one.aliyuncs.com", "2020-01-02")
    with pytest.raises(InvalidVersion):
        routed("127.0.0.1:8480", "2020-01-02")


@pytest.mark.usefixtures("twins")
def test_a_version_does_not_stand_in_for_the_product_of_a_host_of_the_cloud() -> None:
    with pytest.raises(UnknownProduct):
        routed("third.aliyuncs.com")
