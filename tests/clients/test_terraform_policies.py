"""The official Terraform provider keeps policies of snapshots here as in the cloud."""

from pathlib import Path

import pytest
from tests.clients.client import Platform
from tests.clients.terraforming import CHANGES, prepared

pytestmark = pytest.mark.timeout(300)
FIRST, THEN = {"hours": "1,22"}, {"hours": "3"}


def test_policies_and_their_disks(platform: Platform, settings: Path) -> None:
    terraform = prepared(platform, settings, "policies")
    made = terraform.succeed("apply", "-auto-approve", **FIRST)
    assert "3 added, 0 changed, 0 destroyed" in made
    assert terraform.outputs() == {"found": [["tf-policies", 7, 1, "Normal"]]}
    terraform.succeed("plan", "-detailed-exitcode", **FIRST)
    assert terraform.run("plan", "-detailed-exitcode", **THEN).returncode == CHANGES
    assert "0 added, 1 changed, 0 destroyed" in terraform.succeed("apply", "-auto-approve", **THEN)
    terraform.succeed("plan", "-detailed-exitcode", **THEN)
    assert "3 destroyed" in terraform.succeed("destroy", "-auto-approve", **THEN)
