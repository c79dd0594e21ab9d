"""DescribeEndpoints, through the older SDK that asks it before each product's first call."""

import json
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.endpoint.location.DescribeEndpointsRequest import DescribeEndpointsRequest
from aliyunsdkcore.endpoint.location_service_endpoint_resolver import (
    DEFAULT_LOCATION_SERVICE_ENDPOINT,
    LocationServiceEndpointResolver,
)
from aliyunsdkcore.endpoint.resolver_endpoint_request import ResolveEndpointRequest
from tests.conformance.harness import Server

from juyong.api import registry
from juyong.services.identity.facade import NewAccount


class PlainClient(AcsClient):  # type: ignore[misc]  # the SDK is untyped
    """Asks over http: the resolver insists on https, which the test server does not speak."""

    def do_action_with_exception(self, request: Any) -> bytes:
        request.set_protocol_type("http")
        return super().do_action_with_exception(request)


def plain_client(server: Server, key_id: str, secret: str) -> PlainClient:
    proxy = {"http": f"http://127.0.0.1:{server.port}"}
    return PlainClient(key_id, secret, "cn-hangzhou", proxy=proxy)


@pytest.fixture
def client(server: Server, account: NewAccount) -> AcsClient:
    return plain_client(server, account.access_key_id, account.secret.reveal())


def ask(server: Server, client: AcsClient, region: str, code: str, kind: str = "openAPI") -> Any:
    request = DescribeEndpointsRequest()
    request.endpoint = DEFAULT_LOCATION_SERVICE_ENDPOINT
    request.set_accept_format("json")
    for setter, value in (("set_Id", region), ("set_ServiceCode", code), ("set_Type", kind)):
        if value:
            getattr(request, setter)(value)
    return json.loads(client.do_action_with_exception(request))


@pytest.mark.parametrize(
    ("region", "code", "host"),
    [
        ("cn-hangzhou", "actiontrail", "actiontrail.cn-hangzhou.aliyuncs.com"),
        ("ap-southeast-1", "actiontrail", "actiontrail.ap-southeast-1.aliyuncs.com"),
        ("ap-southeast-1", "ActionTrail", "actiontrail.ap-southeast-1.aliyuncs.com"),
        ("cn-beijing", "ram", "ram.aliyuncs.com"),
        ("eu-central-1", "ims", "ims.aliyuncs.com"),
    ],
)
def test_endpoint_is_regional_unless_the_product_is_global(
    server: Server, client: AcsClient, region: str, code: str, host: str
) -> None:
    answer = ask(server, client, region, code)
    (found,) = answer["Endpoints"]["Endpoint"]
    assert answer["Success"] is True
    assert (found["Id"], found["Endpoint"], found["Type"]) == (region, host, "openAPI")
    assert found["SerivceCode"] == found["ServiceCode"] == code
    assert found["Protocols"] == {"Protocols": ["HTTP", "HTTPS"]}


@pytest.mark.parametrize(
    ("region", "code", "kind"),
    [
        ("cn-nowhere", "ram", "openAPI"),
        ("cn-hangzhou", "nothing", "openAPI"),
        ("cn-hangzhou", "ram", "innerAPI"),
    ],
)
def test_what_is_unknown_gives_an_empty_list_and_success(
    server: Server, client: AcsClient, region: str, code: str, kind: str
) -> None:
    answer = ask(server, client, region, code, kind)
    assert (answer["Success"], answer["Endpoints"]) == (True, {"Endpoint": []})


def test_region_and_code_are_required(server: Server, client: AcsClient) -> None:
    for region, code in (("", "ram"), ("cn-hangzhou", "")):
        with pytest.raises(ServerException) as caught:
            ask(server, client, region, code)
        assert caught.value.get_error_code() == "MissingParameter"


def test_caller_without_any_permission_may_ask(server: Server, ram: Any) -> None:
    from alibabacloud_ram20150501 import models as m

    ram.create_user(m.CreateUserRequest(user_name="nobody"))
    key = ram.create_access_key(m.CreateAccessKeyRequest(user_name="nobody")).body.access_key
    client = plain_client(server, key.access_key_id, key.access_key_secret)
    assert ask(server, client, "cn-hangzhou", "ram")["Endpoints"]["Endpoint"]


def test_older_sdk_resolves_every_product_through_the_service(
    server: Server, client: AcsClient
) -> None:
    resolver = LocationServiceEndpointResolver(client)
    resolved = 0
    for product in registry.packages().values():
        for code in product.service_codes:
            request = ResolveEndpointRequest("cn-shanghai", product.code, code, "openAPI")
            assert resolver.resolve(request) == product.host_in("cn-shanghai")
            resolved += 1
    nothing = ResolveEndpointRequest("cn-shanghai", "None", "nothing", "openAPI")
    assert resolver.resolve(nothing) is None
    assert resolved >= 5
