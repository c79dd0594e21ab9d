"""Some operations take one HTTP method alone."""

from typing import Any

import pytest
from alibabacloud_kms20160120.client import Client as KmsClient
from alibabacloud_tea_openapi import models as openapi
from alibabacloud_tea_util import models as util
from tests.conformance.harness import refused
from tests.conformance.samples import sample

from juyong.api.operation_spec import Operation
from juyong.api.registry import load
from juyong.services.kms.product import PRODUCT as KMS

ONE_METHOD = {
    "GetClientKey": "GET",
    "ListClientKeys": "GET",
    "SetSecretPolicy": "POST",
}


def operation(name: str) -> Operation:
    load(KMS)
    return KMS.operations[name]


def send(kms: KmsClient, name: str, method: str) -> Any:
    params = openapi.Params(
        action=name,
        version="2016-01-20",
        protocol="HTTP",
        pathname="/",
        method=method,
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    query = sample(operation(name))
    return kms.call_api(params, openapi.OpenApiRequest(query=query), util.RuntimeOptions())


@pytest.mark.parametrize("name", ONE_METHOD)
def test_the_other_method_is_refused(kms: KmsClient, name: str) -> None:
    assert operation(name).methods == (ONE_METHOD[name],)
    other = {"GET": "POST", "POST": "GET"}[ONE_METHOD[name]]
    with refused("UnsupportedHTTPMethod", 403):
        send(kms, name, other)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_all_others_take_both(kms: KmsClient, method: str) -> None:
    load(KMS)
    restricted = {name for name, found in KMS.operations.items() if len(found.methods) == 1}
    assert restricted == set(ONE_METHOD)
    send(kms, "ListKeys", method)
    with refused("UnsupportedHTTPMethod", 403):
        send(kms, "ListKeys", "PUT")
