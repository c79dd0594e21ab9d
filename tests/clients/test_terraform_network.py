"""A stack of two tiers: networks, groups, an ACL, instances with a role, public addresses."""

from pathlib import Path

import pytest
from tests.clients.client import Platform
from tests.clients.terraforming import prepared

pytestmark = pytest.mark.timeout(600)


def test_a_stack_of_two_tiers_is_made_read_and_destroyed(
    platform: Platform, settings: Path
) -> None:
    terraform = prepared(platform, settings, "network")
    assert "0 changed, 0 destroyed" in terraform.succeed("apply", "-auto-approve")
    terraform.succeed("plan", "-detailed-exitcode")
    told = terraform.outputs()
    assert told["web"].startswith("i-")
    assert told["db_address"].startswith("10.20.2.")
    terraform.succeed("destroy", "-auto-approve")
