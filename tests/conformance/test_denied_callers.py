"""Every operation denies a caller whom no policy allows, with the product's own code."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from alibabacloud_tea_openapi import models as openapi
from alibabacloud_tea_openapi.client import Client as OpenApiClient
from alibabacloud_tea_util import models as util
from darabonba.exceptions import DaraException
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, with_host
from tests.conformance.samples import sample

from juyong.api import registry
from juyong.api.access import Entry
from juyong.api.operation_spec import Operation
from juyong.api.product import Style

registry.load_all()
OWN_AFFAIRS = {"Ram.ChangePassword", "Ims.ChangePassword"}
"""Users may do these without a policy, unless the account's preferences or a Deny say otherwise."""

AUTHORISED = [
    pytest.param(found, id=f"{product.code}.{found.name}")
    for product in registry.packages().values()
    for found in product.operations.values()
    if found.entry is Entry.AUTHORISED and f"{product.code}.{found.name}" not in OWN_AFFAIRS
    # No AccessKey reaches these; access points without permission: see kms_instance. Products with
    # a format of their own have such a test of their own.
    if product.style not in (Style.PROTOBUF, Style.REST)
]


def test_operations_that_need_no_permission_are_these() -> None:
    """A new one must be added here on purpose."""
    opened = {
        f"{product.code}.{found.name}"
        for product in registry.packages().values()
        for found in product.operations.values()
        if found.entry not in {Entry.AUTHORISED, Entry.OPEN}
    }
    assert opened == {
        "Sts.AssumeRoleWithOIDC",
        "Sts.AssumeRoleWithSAML",
        "Sts.GetCallerIdentity",
        "Location.DescribeEndpoints",
        "Actiontrail.DescribeRegions",
        "Kms.DescribeRegions",
        "Kms.GetRandomPassword",
        "FC.DownloadFunctionCode",
        "Oss.OptionBucket",
        "Oss.OptionObject",
        "Sls.DescribeRegions",
        "Sls.PutWebtracking",
    }


def rpc_call(found: Operation) -> tuple[openapi.Params, openapi.OpenApiRequest]:
    params = openapi.Params(
        action=found.name,
        version=found.product.version,
        protocol="HTTP",
        pathname=found.product.at_path or "/",
        method=found.methods[-1],
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    return params, openapi.OpenApiRequest(query=sample(found))


def roa_call(found: Operation) -> tuple[openapi.Params, openapi.OpenApiRequest]:
    """Put the values of a sample where the route wants them, the others into the body."""
    assert found.route is not None
    values = sample(found)
    path = found.route.path
    for name in list(values):
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", quote(values.pop(name), safe=""))
    params = openapi.Params(
        action=found.name,
        version=found.product.version,
        protocol="HTTP",
        pathname=path,
        method=found.route.method,
        auth_type="AK",
        style="ROA",
        req_body_type="json",
        body_type="json",
    )
    return params, openapi.OpenApiRequest(body=values or None)


@pytest.mark.parametrize("found", AUTHORISED)
def test_caller_without_permission_is_denied(
    found: Operation, server: Server, new_user: Callable[[str], Clients]
) -> None:
    nobody = new_user("nobody-at-all").ram
    credential = nobody._credential.get_credential()
    config = server.config(credential.access_key_id, credential.access_key_secret)
    client = OpenApiClient(with_host(config, found.product))
    params, request = roa_call(found) if found.route else rpc_call(found)
    with pytest.raises(DaraException) as caught:
        client.call_api(params, request, util.RuntimeOptions())
    error: Any = caught.value
    code, status, _text = found.product.dialect.denied
    assert (error.code, error.status_code) == (code, status), error.message
    detail = error.access_denied_detail
    assert detail["AuthAction"] == found.action
    assert detail["NoPermissionType"] == "ImplicitDeny"
    assert detail["AuthPrincipalType"] == "SubUser"
