"""Clients of both versions of Function Compute."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from alibabacloud_fc20230330 import models as m
from alibabacloud_fc20230330.client import Client as FcClient
from alibabacloud_fc_open20210406 import models as old
from alibabacloud_fc_open20210406.client import Client as FcOpenClient
from alibabacloud_tea_util.models import RuntimeOptions
from darabonba.runtime import RuntimeOptions as NewRuntimeOptions
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server

from juyong.services.identity.facade import NewAccount


def trust(service: str) -> str:
    return (
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
        f'"Principal":{{"Service":["{service}"]}}}}]}}'
    )


@dataclass
class Fc:
    """Version 2023-03-30."""

    client: FcClient

    def create(self, name: str, code: str, **given: Any) -> Any:
        wanted: dict[str, Any] = {"runtime": "python3.10", "handler": "index.handler", **given}
        package = wanted.pop("package", None) or m.InputCodeLocation(zip_file=code)
        body = m.CreateFunctionInput(function_name=name, code=package, **wanted)
        return self.client.create_function(m.CreateFunctionRequest(body=body)).body

    def update(self, name: str, **given: Any) -> Any:
        body = m.UpdateFunctionInput(**given)
        return self.client.update_function(name, m.UpdateFunctionRequest(body=body)).body

    def get(self, name: str) -> Any:
        return self.client.get_function(name, m.GetFunctionRequest()).body

    def list(self, **given: Any) -> Any:
        return self.client.list_functions(m.ListFunctionsRequest(**given)).body

    def invoke(self, name: str, event: bytes = b"", **headers: Any) -> Any:
        request = m.InvokeFunctionRequest(body=event)
        return self.client.invoke_function_with_options(
            name, request, m.InvokeFunctionHeaders(**headers), NewRuntimeOptions()
        )

    def output(self, name: str, event: bytes = b"") -> bytes:
        found: bytes = self.invoke(name, event).body.read()
        return found


@dataclass
class FcOpen:
    """Version 2021-04-06."""

    client: FcOpenClient

    def service(self, name: str, **given: Any) -> Any:
        return self.client.create_service(old.CreateServiceRequest(service_name=name, **given)).body

    def create(self, service: str, name: str, code: str, checksum: str | None = None, **given: Any):
        wanted: dict[str, Any] = {"runtime": "python3", "handler": "index.handler", **given}
        request = old.CreateFunctionRequest(
            function_name=name, code=old.Code(zip_file=code), **wanted
        )
        headers = old.CreateFunctionHeaders(x_fc_code_checksum=checksum)
        made = self.client.create_function_with_options(service, request, headers, RuntimeOptions())
        return made.body

    def update(self, service: str, name: str, **given: Any) -> Any:
        return self.client.update_function(service, name, old.UpdateFunctionRequest(**given)).body

    def get(self, service: str, name: str) -> Any:
        return self.client.get_function(service, name, old.GetFunctionRequest()).body

    def invoke(self, service: str, name: str, event: bytes = b"", **headers: Any) -> Any:
        request = old.InvokeFunctionRequest(body=event)
        return self.client.invoke_function_with_options(
            service, name, request, old.InvokeFunctionHeaders(**headers), RuntimeOptions()
        )


@pytest.fixture
def fc(server: Server, account: NewAccount) -> Fc:
    return Fc(FcClient(server.config(account.access_key_id, account.secret.reveal())))


@pytest.fixture
def fc_open(server: Server, account: NewAccount) -> FcOpen:
    return FcOpen(FcOpenClient(server.config(account.access_key_id, account.secret.reveal())))


@pytest.fixture
def role(admin: Clients, account: NewAccount) -> Callable[..., str]:
    """Create a role that trusts a service, and return its name in full."""
    from alibabacloud_ram20150501 import models as ram_models

    def make(name: str, service: str = "fc.aliyuncs.com") -> str:
        made: Any = admin.ram.create_role(
            ram_models.CreateRoleRequest(role_name=name, assume_role_policy_document=trust(service))
        )
        return str(made.body.role.arn)

    return make
