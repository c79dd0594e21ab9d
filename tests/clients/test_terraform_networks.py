"""The official Terraform provider keeps VPCs, routes and network ACLs here as in the cloud."""

from pathlib import Path

import pytest
from tests.clients.client import Platform
from tests.clients.terraforming import CHANGES, prepared

pytestmark = pytest.mark.timeout(300)

RESOURCES = 10


def test_vpcs_routes_and_acls(platform: Platform, settings: Path) -> None:
    terraform = prepared(platform, settings, "networks")
    first = {"words": "first words", "port": "5432/5432"}
    made = terraform.succeed("apply", "-auto-approve", **first)
    assert f"{RESOURCES} added, 0 changed, 0 destroyed" in made
    assert terraform.outputs() == {
        "vpcs": ["tf-networks"],
        "vswitches": ["10.1.0.0/24"],
        "tables": ["tf-out"],
        "acls": ["tf-db"],
    }
    terraform.succeed("plan", "-detailed-exitcode", **first)

    then = {"words": "other words", "port": "3306/3306"}
    assert terraform.run("plan", "-detailed-exitcode", **then).returncode == CHANGES
    changed = terraform.succeed("apply", "-auto-approve", **then)
    assert "0 added, 4 changed, 0 destroyed" in changed
    terraform.succeed("plan", "-detailed-exitcode", **then)

    destroyed = terraform.succeed("destroy", "-auto-approve", **then)
    assert f"{RESOURCES} destroyed" in destroyed
