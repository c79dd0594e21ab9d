"""Policy documents and raw calls that several test modules need."""

import json
from typing import Any

from alibabacloud_tea_openapi import models as openapi
from alibabacloud_tea_openapi.client import Client as OpenApiClient
from darabonba.runtime import RuntimeOptions
from tests.conformance.harness import with_host

from juyong.api import registry


def statement(
    action: str | list[str],
    resource: str | list[str] = "*",
    *,
    effect: str = "Allow",
    condition: dict[str, Any] | None = None,
) -> dict[str, Any]:
    made: dict[str, Any] = {"Effect": effect, "Action": action, "Resource": resource}
    return {**made, "Condition": condition} if condition else made


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "1", "Statement": list(statements)})


def allow(
    action: str | list[str],
    resource: str | list[str] = "*",
    condition: dict[str, Any] | None = None,
) -> str:
    return policy(statement(action, resource, condition=condition))


def trust(
    kind: str,
    *principals: str,
    condition: dict[str, Any] | None = None,
    deny: dict[str, Any] | None = None,
) -> str:
    """A trust policy; `deny` is the condition of a further statement that denies everybody."""
    first: dict[str, Any] = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {kind: list(principals)},
    }
    if condition:
        first["Condition"] = condition
    statements = [first]
    if deny is not None:
        statements.append({**first, "Effect": "Deny", "Condition": deny})
    return json.dumps({"Version": "1", "Statement": statements})


def call(
    config: openapi.Config, version: str, action: str, *, signed: bool = True, **query: str
) -> dict[str, Any]:
    """Call an operation that the product's SDK lacks, through the generic client."""
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
