"""The official Terraform provider keeps disks and snapshots here as in the cloud."""

from pathlib import Path

import pytest
from tests.clients.client import Platform
from tests.clients.terraforming import CHANGES, prepared

pytestmark = pytest.mark.timeout(300)

RESOURCES = 9


def test_disks_are_attached_kept_in_snapshots_and_made_of_them(
    platform: Platform, settings: Path
) -> None:
    terraform = prepared(platform, settings, "disks")
    first, then = {"words": "first words"}, {"words": "other words"}
    made = terraform.succeed("apply", "-auto-approve", **first)
    assert f"{RESOURCES} added, 0 changed, 0 destroyed" in made
    assert terraform.outputs() == {
        "encrypted": ["on", "on"],
        "snapshots": ["tf-disks"],
        "device": "/dev/xvdb",
    }
    terraform.succeed("plan", "-detailed-exitcode", **first)

    assert terraform.run("plan", "-detailed-exitcode", **then).returncode == CHANGES
    changed = terraform.succeed("apply", "-auto-approve", **then)
    assert "0 added, 1 changed, 0 destroyed" in changed
    terraform.succeed("plan", "-detailed-exitcode", **then)

    destroyed = terraform.succeed("destroy", "-auto-approve", **then)
    assert f"{RESOURCES} destroyed" in destroyed
