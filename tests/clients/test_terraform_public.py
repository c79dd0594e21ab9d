"""The official Terraform provider keeps EIPs, NAT gateways and flow logs as it does in the cloud."""

from pathlib import Path

import pytest
from tests.clients.client import Platform
from tests.clients.terraforming import CHANGES, prepared

pytestmark = pytest.mark.timeout(600)

RESOURCES = 13


def test_public_addresses_and_flow_logs(platform: Platform, settings: Path) -> None:
    terraform = prepared(platform, settings, "public")
    first = {"words": "first words", "port": "80", "status": "Active"}
    made = terraform.succeed("apply", "-auto-approve", **first)
    assert f"{RESOURCES} added, 0 changed, 0 destroyed" in made
    assert terraform.outputs() == {"nats": ["tf-nat"], "eips": 3}
    terraform.succeed("plan", "-detailed-exitcode", **first)

    then = {"words": "other words", "port": "81", "status": "Inactive"}
    assert terraform.run("plan", "-detailed-exitcode", **then).returncode == CHANGES
    changed = terraform.succeed("apply", "-auto-approve", **then)
    assert "0 added, 4 changed, 0 destroyed" in changed
    terraform.succeed("plan", "-detailed-exitcode", **then)

    destroyed = terraform.succeed("destroy", "-auto-approve", **then)
    assert f"{RESOURCES} destroyed" in destroyed
