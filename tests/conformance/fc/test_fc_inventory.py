"""What the inventory knows of services and functions, whichever version made them."""

from collections.abc import Callable

import msgspec
import pytest
from tests.conformance.fc.conftest import Fc, FcOpen
from tests.conformance.fc.packages import ECHO
from tests.conformance.harness import Server

from juyong.services.identity.facade import NewAccount
from juyong.store.inventory import ResourceRow, links_of

Known = Callable[[], dict[str, ResourceRow]]


@pytest.fixture
def known(server: Server, account: NewAccount) -> Known:
    """Read the account's services and functions by their ARNs after the account."""

    def read() -> dict[str, ResourceRow]:
        rows = server.running.store.call(
            lambda tx: tx.find(ResourceRow, account_id=account.account_id)
        )
        return {row.arn.split(":")[-1]: row for row in rows if "::FC::" in row.resource_type}

    return read


def test_functions_of_both_versions_are_known_by_one_state(
    fc: Fc, fc_open: FcOpen, known: Known
) -> None:
    fc_open.service("s")
    fc_open.create("s", "f", ECHO, environment_variables={"PASSWORD": "needle"})
    fc.create("f", ECHO)
    found = known()
    assert set(found) == {"services/s", "services/s/functions/f", "functions/f"}
    of_service, alone = found["services/s/functions/f"], found["functions/f"]
    state = msgspec.json.decode(of_service.state)
    assert set(state) == set(msgspec.json.decode(alone.state))
    assert (state["serviceName"], state["environmentVariableNames"]) == ("s", ["PASSWORD"])
    assert "needle" not in of_service.state
    ids = [(link.kind, link.target.resource_id) for link in links_of(of_service.links)]
    assert ids == [("in", found["services/s"].resource_id)]
    assert links_of(alone.links) == ()

    fc.update("f", description="changed")
    assert "changed" in known()["functions/f"].state
    fc_open.client.delete_function("s", "f")
    fc_open.client.delete_service("s")
    assert set(known()) == {"functions/f"}
