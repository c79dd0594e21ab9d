"""The official Terraform provider keeps security groups here as it does in the cloud."""

from pathlib import Path

import pytest
from tests.clients.client import Platform
from tests.clients.terraforming import CHANGES, prepared

pytestmark = pytest.mark.timeout(300)

RESOURCES = 14


def test_groups_rules_and_prefix_lists(platform: Platform, settings: Path) -> None:
    terraform = prepared(platform, settings, "groups")
    first = {"words": "first words", "inner": "Accept"}
    made = terraform.succeed("apply", "-auto-approve", **first)
    assert f"{RESOURCES} added, 0 changed, 0 destroyed" in made
    assert terraform.outputs() == {"web": ["tf-web"], "db": ["5432/5432"]}
    terraform.succeed("plan", "-detailed-exitcode", **first)

    then = {"words": "other words", "inner": "Drop"}
    assert terraform.run("plan", "-detailed-exitcode", **then).returncode == CHANGES
    changed = terraform.succeed("apply", "-auto-approve", **then)
    assert "0 added, 6 changed, 0 destroyed" in changed
    terraform.succeed("plan", "-detailed-exitcode", **then)

    destroyed = terraform.succeed("destroy", "-auto-approve", **then)
    assert f"{RESOURCES} destroyed" in destroyed
