"""What the server writes passes its own proof, whatever was called before this test."""

from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.harness import Server, refused

from juyong.app.state import check, state_of
from juyong.services.identity.facade import NewAccount


def test_store_and_audit_log_are_sound_under_a_running_server(
    ram: Client, server: Server, account: NewAccount
) -> None:
    ram.create_user(m.CreateUserRequest(user_name="alice"))
    ram.create_access_key(m.CreateAccessKeyRequest(user_name="alice"))
    with refused("EntityNotExist.User", 404):
        ram.get_user(m.GetUserRequest(user_name="nobody"))
    state = state_of(server.running)
    for _ in range(2):
        found = check(state, now=server.clock())
        # On this shared server the key service's own tests damage its rows, to see them found.
        mine = [finding for finding in found if not finding.where.startswith("kms_")]
        # Tests of sign-in and of networks write rows themselves, of which some fit no network and
        # none is known to the inventory.
        mine = [finding for finding in mine if not finding.code.startswith("network-")]
        mine = [
            finding
            for finding in mine
            if not finding.code.startswith("inventory-")
            or finding.where.startswith(account.account_id)
        ]
        assert [finding for finding in mine if finding.severity == "damage"] == []
