"""The official Terraform provider keeps instances, disks and interfaces here as in the cloud."""

from pathlib import Path

import pytest
from tests.clients.client import Platform
from tests.clients.terraforming import CHANGES, prepared

pytestmark = pytest.mark.timeout(300)

RESOURCES = 11


def test_instances_with_disks_interfaces_and_roles(platform: Platform, settings: Path) -> None:
    terraform = prepared(platform, settings, "instances")
    made = terraform.succeed("apply", "-auto-approve", words="first words")
    assert f"{RESOURCES} added, 0 changed, 0 destroyed" in made
    assert terraform.outputs() == {"states": ["Running", "Running"]}
    terraform.succeed("plan", "-detailed-exitcode", words="first words")

    asked = ("plan", "-detailed-exitcode")
    assert terraform.run(*asked, words="other words").returncode == CHANGES
    changed = terraform.succeed("apply", "-auto-approve", words="other words")
    assert "0 added, 4 changed, 0 destroyed" in changed
    terraform.succeed("plan", "-detailed-exitcode", words="other words")

    destroyed = terraform.succeed("destroy", "-auto-approve", words="other words")
    assert f"{RESOURCES} destroyed" in destroyed
