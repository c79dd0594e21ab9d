"""The older version of SLS is called in the RPC format, at one path of the hosts of SLS."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_tea_openapi import models as openapi
from alibabacloud_tea_openapi.client import Client as OpenApiClient
from darabonba.runtime import RuntimeOptions
from tests.conformance.documents import allow
from tests.conformance.harness import refused
from tests.conformance.sls_calls import REGION, Caller, raw
from tests.crash.calls import Credentials, signed_target

VERSION = "2019-10-23"
HOST = f"{REGION}.log.aliyuncs.com"


def call(caller: Caller, action: str, path: str, host: str = HOST) -> dict[str, Any]:
    """Call by the generic official client, with signature V3."""
    params = openapi.Params(
        action=action,
        version=VERSION,
        protocol="HTTP",
        pathname=path,
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    config = caller.server.config(caller.key_id, caller.secret)
    config.endpoint = host
    answer: Any = OpenApiClient(config).call_api(params, openapi.OpenApiRequest(), RuntimeOptions())
    body: dict[str, Any] = answer["body"]
    return body


@pytest.mark.parametrize(("host", "path"), [(HOST, "/open-api"), ("sls.aliyuncs.com", "/")])
def test_the_service_is_open_wherever_clients_ask(owner: Caller, host: str, path: str) -> None:
    told = call(owner, "GetSlsService", path, host)
    assert (told["Success"], told["Enabled"], told["Status"]) == (True, True, "Opened")
    assert call(owner, "OpenSlsService", path, host)["Success"] is True


def test_the_path_behind_the_host_is_not_signed(owner: Caller) -> None:
    """Terraform's provider writes the path as a part of the host."""
    credentials = Credentials(owner.key_id, owner.secret)
    target = signed_target(credentials, "GetSlsService", {}, version=VERSION)
    answer = raw(owner.server.port, "GET", f"/open-api{target}", {"host": HOST})
    assert (answer.status, json.loads(answer.body)["Status"]) == (200, "Opened")


def test_what_is_not_served_says_why(owner: Caller) -> None:
    with refused("UnsupportedOperation", 400):
        call(owner, "AnalyzeProductLog", "/open-api")
    with refused("InvalidAction.NotFound", 404):
        call(owner, "NoSuchAction", "/open-api")


def test_a_user_needs_the_permission(owner: Caller, as_user: Callable[..., Caller]) -> None:
    with refused("NoPermission", 403):
        call(as_user(), "GetSlsService", "/open-api")
    assert call(as_user(allow("log:GetSlsService")), "GetSlsService", "/open-api")["Success"]


def test_other_paths_are_of_the_present_version(owner: Caller, project: str) -> None:
    answer = owner.call("GET", "/open-api", project=project)
    assert (answer.status, json.loads(answer.body)["errorCode"]) == (405, "InvalidMethod")
