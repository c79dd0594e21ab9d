"""The official Terraform provider sets up alarms here as it does in the cloud."""

from pathlib import Path

import pytest
from tests.clients.client import Platform
from tests.clients.terraforming import prepared

pytestmark = pytest.mark.timeout(300)

RESOURCES = 4


def test_alarms_are_made_read_and_destroyed(platform: Platform, settings: Path) -> None:
    terraform = prepared(platform, settings, "watching")
    made = terraform.succeed("apply", "-auto-approve")
    assert f"{RESOURCES} added, 0 changed, 0 destroyed" in made
    terraform.succeed("plan", "-detailed-exitcode")
    destroyed = terraform.succeed("destroy", "-auto-approve")
    assert f"{RESOURCES} destroyed" in destroyed
