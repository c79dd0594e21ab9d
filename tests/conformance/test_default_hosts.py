"""Each served product's official SDK, at every host that it has built in."""

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_actiontrail20200706 import models as trail
from alibabacloud_cms20190101 import models as cms
from alibabacloud_ecs20140526 import models as ecs
from alibabacloud_fc20230330 import models as fc
from alibabacloud_fc_open20210406 import models as fc_open
from alibabacloud_ims20190815 import models as ims
from alibabacloud_kms20160120 import models as kms
from alibabacloud_ram20150501 import models as ram
from alibabacloud_rds20140815 import models as rds
from alibabacloud_tag20180828 import models as tag
from alibabacloud_vpc20160428 import models as vpc
from alibabacloud_vpcpeer20220101 import models as vpcpeer
from alibabacloud_waf_openapi20211001 import models as waf
from tests.conformance.harness import Server

from juyong.api.hosts import is_region
from juyong.api.registry import packages
from juyong.services.identity.facade import NewAccount

CALLS: dict[str, tuple[str, Callable[[Any, str], Any]]] = {
    "Actiontrail": (
        "alibabacloud_actiontrail20200706",
        lambda client, _: client.describe_regions(trail.DescribeRegionsRequest()),
    ),
    "Cms": (
        "alibabacloud_cms20190101",
        lambda client, _: client.describe_contact_group_list(cms.DescribeContactGroupListRequest()),
    ),
    "Ecs": (
        "alibabacloud_ecs20140526",
        lambda client, region: client.describe_key_pairs(
            ecs.DescribeKeyPairsRequest(region_id=region)
        ),
    ),
    "FC": (
        "alibabacloud_fc20230330",
        lambda client, _: client.list_functions(fc.ListFunctionsRequest()),
    ),
    "FC-Open": (
        "alibabacloud_fc_open20210406",
        lambda client, _: client.list_services(fc_open.ListServicesRequest()),
    ),
    "Ims": (
        "alibabacloud_ims20190815",
        lambda client, _: client.list_users(ims.ListUsersRequest()),
    ),
    "Kms": (
        "alibabacloud_kms20160120",
        lambda client, _: client.list_keys(kms.ListKeysRequest()),
    ),
    "Ram": (
        "alibabacloud_ram20150501",
        lambda client, _: client.list_users(ram.ListUsersRequest()),
    ),
    "Rds": (
        "alibabacloud_rds20140815",
        lambda client, _: client.describe_regions(rds.DescribeRegionsRequest()),
    ),
    "ResourceCenter": (
        "alibabacloud_resourcecenter20221201",
        lambda client, _: client.get_resource_center_service_status(),
    ),
    "Tag": (
        "alibabacloud_tag20180828",
        lambda client, region: client.describe_regions(
            tag.DescribeRegionsRequest(region_id=region)
        ),
    ),
    "Vpc": (
        "alibabacloud_vpc20160428",
        lambda client, region: client.describe_zones(vpc.DescribeZonesRequest(region_id=region)),
    ),
    "VpcPeer": (
        "alibabacloud_vpcpeer20220101",
        lambda client, region: client.list_vpc_peer_connections(
            vpcpeer.ListVpcPeerConnectionsRequest(region_id=region)
        ),
    ),
    "waf-openapi": (
        "alibabacloud_waf_openapi20211001",
        lambda client, region: client.describe_instance(
            waf.DescribeInstanceRequest(region_id=region)
        ),
    ),
    "Sts": ("alibabacloud_sts20150401", lambda client, _: client.get_caller_identity()),
}
WITHOUT_SDK = {
    "Actiontrail-2017": "its callers are scanners, at the hosts of Actiontrail",
    "Location": "its callers are other SDKs; tests/conformance/location drives one",
    "Oss": "its callers name the host; tests/conformance/oss/test_addresses.py and tests/clients",
    "Sls": "its callers name the host; tests/conformance/sls drives both SDKs",
    "Sls-2019": "its callers name the path; tests/conformance/sls/test_sls_opening.py",
    "KmsInstance": "its client is given its instance; tests/clients/test_instance_client.py",
}
UNSENDABLE = {
    "fcv3.ap-southeast-5.aliyuncs.com\t": "the SDK's own table ends this host in a tab",
}


def test_every_served_product_is_driven() -> None:
    assert {each.code for each in packages().values()} == {*CALLS, *WITHOUT_SDK}


@pytest.mark.parametrize("code", CALLS)
def test_official_sdk_is_answered_at_every_host_it_has_built_in(
    code: str, server: Server, account: NewAccount
) -> None:
    package, call = CALLS[code]
    sdk = importlib.import_module(f"{package}.client").Client
    config = server.config(account.access_key_id, account.secret.reveal())
    regions = {config.region_id: "", "ap-southeast-1": "", **(sdk(config)._endpoint_map or {})}
    hosts = set()
    for region in regions:
        config.region_id = region
        client = sdk(config)
        if client._endpoint in hosts or client._endpoint in UNSENDABLE:
            continue
        hosts.add(client._endpoint)
        # A few regions of no public use are sent to the host of another, which serves its own.
        named = [label for label in client._endpoint.split(".") if is_region(label)]
        assert call(client, *named or [region]).status_code == 200, client._endpoint
    assert "127.0.0.1" not in "".join(hosts)
    assert hosts
