"""The official Terraform provider connects VPCs of one account, and of two, as in the cloud."""

import json
from pathlib import Path

import pytest
from tests.clients.client import Platform
from tests.clients.terraforming import CHANGES, prepared
from tests.commands import juyong

pytestmark = pytest.mark.timeout(300)

RESOURCES = 7


def test_vpcs_of_two_accounts_are_connected(platform: Platform, settings: Path) -> None:
    made = juyong("account", "create", "tf-peering", "--home", platform.home, "--json")
    other = json.loads(made.out)
    given = {
        "other_account": other["account_id"],
        "other_key": other["access_key_id"],
        "other_secret": other["access_key_secret"],
    }
    first, then = given | {"words": "first words"}, given | {"words": "other words"}
    terraform = prepared(platform, settings, "peering")
    applied = terraform.succeed("apply", "-auto-approve", **first)
    assert f"{RESOURCES} added, 0 changed, 0 destroyed" in applied
    assert terraform.outputs() == {"states": ["Activated"], "names": ["tf-across", "tf-inside"]}
    terraform.succeed("plan", "-detailed-exitcode", **first)

    assert terraform.run("plan", "-detailed-exitcode", **then).returncode == CHANGES
    changed = terraform.succeed("apply", "-auto-approve", **then)
    assert "0 added, 1 changed, 0 destroyed" in changed
    terraform.succeed("plan", "-detailed-exitcode", **then)

    destroyed = terraform.succeed("destroy", "-auto-approve", **then)
    assert f"{RESOURCES} destroyed" in destroyed
