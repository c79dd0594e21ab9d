"""Services and their functions, version 2021-04-06."""

from typing import Any

import pytest
from alibabacloud_fc_open20210406 import models as old
from alibabacloud_tea_util.models import RuntimeOptions
from tests.conformance.fc.conftest import Fc, FcOpen
from tests.conformance.fc.packages import ECHO
from tests.conformance.harness import Server, quotas, refused


def test_a_service_is_made_read_changed_and_deleted(fc_open: FcOpen) -> None:
    client = fc_open.client
    made = fc_open.service("s-1", description="d", internet_access=False)
    assert client.get_service("s-1", old.GetServiceRequest()).body.to_map() == made.to_map()
    assert (made.description, made.internet_access, made.role) == ("d", False, "")
    changed = client.update_service("s-1", old.UpdateServiceRequest(description="e")).body
    assert (changed.description, changed.internet_access) == ("e", False)
    assert client.delete_service("s-1").status_code == 204
    with refused("ServiceNotFound", 404):
        client.get_service("s-1", old.GetServiceRequest())


def test_services_are_listed_by_name(fc_open: FcOpen) -> None:
    for name in ("b", "a", "c1"):
        fc_open.service(name)

    def names(**given: Any) -> list[str]:
        found = fc_open.client.list_services(old.ListServicesRequest(**given)).body
        return [s.service_name for s in found.services]

    first = fc_open.client.list_services(old.ListServicesRequest(limit=2)).body
    assert names() == ["a", "b", "c1"]
    assert names(limit=2, next_token=first.next_token) == ["c1"]
    assert names(prefix="c") == ["c1"]
    assert names(start_key="b") == ["b", "c1"]
    with refused("InvalidArgument", 400):
        names(next_token="forged")


def test_refusals_of_services(fc_open: FcOpen, server: Server) -> None:
    client = fc_open.client
    fc_open.service("s")
    with refused("ServiceAlreadyExists", 409):
        fc_open.service("s")
    with quotas(server, {"fc.services": 1}), refused("LimitExceededError", 400):
        fc_open.service("t")
    with refused("ServiceNotFound", 404):
        client.update_service("none", old.UpdateServiceRequest(description="x"))
    with refused("ServiceNotFound", 404):
        client.delete_service("none")
    with refused("InvalidArgument", 400):
        fc_open.service("no such name")
    with refused("UnsupportedOperation", 400):
        fc_open.service("u", vpc_config=old.VPCConfig(vpc_id="v"))
    with refused("UnsupportedOperation", 400):
        client.update_service_with_options(
            "s",
            old.UpdateServiceRequest(description="x"),
            old.UpdateServiceHeaders(if_match="etag"),
            RuntimeOptions(),
        )
    fc_open.create("s", "f", ECHO)
    with refused("ServiceNotEmpty", 409):
        client.delete_service("s")


def test_functions_of_a_service(fc_open: FcOpen, fc: Fc) -> None:
    client = fc_open.client
    fc_open.service("s")
    made = fc_open.create("s", "f", ECHO, environment_variables={"A": "1"}, memory_size=192)
    assert fc_open.get("s", "f").to_map() == made.to_map()
    assert made.environment_variables == {"A": "1"}
    changed = fc_open.update("s", "f", timeout=9, description="d")
    assert (changed.timeout, changed.description, changed.memory_size) == (9, "d", 192)
    fc_open.create("s", "g", ECHO)
    listed = client.list_functions("s", old.ListFunctionsRequest(limit=1)).body
    assert [f.function_name for f in listed.functions] == ["f"]
    rest = client.list_functions("s", old.ListFunctionsRequest(next_token=listed.next_token)).body
    assert [f.function_name for f in rest.functions] == ["g"]
    assert fc.list().functions == []
    assert client.delete_function("s", "f").status_code == 204
    with refused("FunctionNotFound", 404):
        fc_open.get("s", "f")


def test_refusals_of_functions(fc_open: FcOpen, server: Server) -> None:
    client = fc_open.client
    with refused("ServiceNotFound", 404):
        fc_open.create("none", "f", ECHO)
    with refused("ServiceNotFound", 404):
        client.list_functions("none", old.ListFunctionsRequest())
    fc_open.service("s")
    checksum = fc_open.create("s", "f", ECHO).code_checksum
    fc_open.create("s", "g", ECHO, checksum=checksum)
    with refused("FunctionAlreadyExists", 409):
        fc_open.create("s", "f", ECHO)
    with quotas(server, {"fc.functions": 2}), refused("LimitExceededError", 400):
        fc_open.create("s", "h", ECHO)
    with refused("InvalidArgument", 400):
        fc_open.create("s", "h", ECHO, checksum="1")
    with refused("InvalidArgument", 400):
        fc_open.create("s", "h", "bm8gemlw")
    with refused("InvalidArgument", 400):
        fc_open.update("s", "f", code=old.Code(zip_file="bm8gemlw"))
    with refused("InvalidArgument", 400):
        client.list_functions("s", old.ListFunctionsRequest(next_token="forged"))
    with refused("UnsupportedOperation", 400):
        fc_open.create("s", "h", ECHO, initializer="index.init")


@pytest.mark.parametrize(
    "call",
    [
        lambda o: o.get("s", "none"),
        lambda o: o.update("s", "none", timeout=5),
        lambda o: o.client.delete_function("s", "none"),
        lambda o: o.invoke("s", "none"),
    ],
)
def test_a_function_that_is_not_there(fc_open: FcOpen, call: Any) -> None:
    fc_open.service("s")
    with refused("FunctionNotFound", 404):
        call(fc_open)


def test_operations_that_are_not_served_are_refused_by_name(fc_open: FcOpen) -> None:
    with refused("UnsupportedOperation", 400):
        fc_open.client.list_triggers("s", "f", old.ListTriggersRequest())


def test_errors_are_repeated_under_the_older_names(fc_open: FcOpen) -> None:
    with refused("ServiceNotFound", 404) as caught:
        fc_open.client.get_service("none", old.GetServiceRequest())
    assert caught.value.data["ErrorCode"] == "ServiceNotFound"
    assert caught.value.data["ErrorMessage"] == "service 'none' does not exist"
