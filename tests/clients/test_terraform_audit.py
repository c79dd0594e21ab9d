"""A typical audit stack: archive, logs, a role of least right, the trail, and alarms."""

from pathlib import Path

import pytest
from tests.clients.client import Platform
from tests.clients.terraforming import prepared

pytestmark = pytest.mark.timeout(300)

RESOURCES = 11


def test_an_audit_stack_is_made_read_and_destroyed(platform: Platform, settings: Path) -> None:
    terraform = prepared(platform, settings, "audit")
    made = terraform.succeed("apply", "-auto-approve")
    assert f"{RESOURCES} added, 0 changed, 0 destroyed" in made
    terraform.succeed("plan", "-detailed-exitcode")
    assert f"{RESOURCES} destroyed" in terraform.succeed("destroy", "-auto-approve")
