"""The official Terraform provider keeps instances, disks and interfaces here as in the cloud."""

from pathlib import Path

import pytest
from tests.clients.client import Platform
from tests.clients.terraforming import CHANGES, prepared

pytestmark = pytest.mark.timeout(300)

RESOURCES = 12


FIRST = {"words": "first words", "kind": "", "tokens": "optional", "group": "0"}
THEN = {"words": "other words", "kind": "ecs.c6.large", "tokens": "required", "group": "1"}


def test_instances_with_disks_interfaces_and_roles(platform: Platform, settings: Path) -> None:
    terraform = prepared(platform, settings, "instances")
    made = terraform.succeed("apply", "-auto-approve", **FIRST)
    assert f"{RESOURCES} added, 0 changed, 0 destroyed" in made
    assert terraform.outputs() == {"states": ["Running", "Running"]}
    terraform.succeed("plan", "-detailed-exitcode", **FIRST)

    assert terraform.run("plan", "-detailed-exitcode", **THEN).returncode == CHANGES
    changed = terraform.succeed("apply", "-auto-approve", **THEN)
    assert "0 added, 4 changed, 0 destroyed" in changed
    terraform.succeed("plan", "-detailed-exitcode", **THEN)

    destroyed = terraform.succeed("destroy", "-auto-approve", **THEN)
    assert f"{RESOURCES} destroyed" in destroyed
