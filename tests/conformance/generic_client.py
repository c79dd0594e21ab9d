"""Calls of operations that a product's SDK lacks."""

from typing import Any

from alibabacloud_tea_openapi import models as openapi
from alibabacloud_tea_openapi.client import Client as OpenApiClient
from darabonba.runtime import RuntimeOptions
from tests.conformance.harness import with_host

from juyong.api import registry


def call(
    config: openapi.Config, version: str, action: str, *, signed: bool = True, **query: str
) -> dict[str, Any]:
    """Call an operation through the generic client."""
    params = openapi.Params(
        action=action,
        version=version,
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK" if signed else "Anonymous",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    (product,) = registry.current().of_version(version)
    client = OpenApiClient(with_host(config, product))
    answer: Any = client.call_api(params, openapi.OpenApiRequest(query=query), RuntimeOptions())
    body: dict[str, Any] = answer["body"]
    return body
