"""The official Terraform provider keeps images here as in the cloud."""

from pathlib import Path

import pytest
from tests.clients.client import Platform
from tests.clients.terraforming import CHANGES, prepared

pytestmark = pytest.mark.timeout(300)
RESOURCES = 7
FIRST = {"words": "first words", "size": "40"}
THEN = {"words": "other words", "size": "50"}


def test_images_and_instances_of_them(platform: Platform, settings: Path) -> None:
    terraform = prepared(platform, settings, "images")
    made = terraform.succeed("apply", "-auto-approve", **FIRST)
    assert f"{RESOURCES} added, 0 changed, 0 destroyed" in made
    assert terraform.outputs() == {"own": [["tf-golden", "self", 40, "/dev/xvda"]]}
    terraform.succeed("plan", "-detailed-exitcode", **FIRST)
    assert terraform.run("plan", "-detailed-exitcode", **THEN).returncode == CHANGES
    assert "0 added, 3 changed, 0 destroyed" in terraform.succeed("apply", "-auto-approve", **THEN)
    terraform.succeed("plan", "-detailed-exitcode", **THEN)
    assert f"{RESOURCES} destroyed" in terraform.succeed("destroy", "-auto-approve", **THEN)
