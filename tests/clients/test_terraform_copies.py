"""The official Terraform provider copies and shares images here as in the cloud."""

import json
from pathlib import Path

import pytest
from tests.clients.client import Platform
from tests.clients.terraforming import CHANGES, prepared
from tests.commands import juyong

pytestmark = pytest.mark.timeout(400)
RESOURCES = 7


def test_images_are_copied_and_shared(platform: Platform, settings: Path) -> None:
    made = juyong("account", "create", "tf-copies", "--home", platform.home, "--json")
    other = json.loads(made.out)["account_id"]
    first = {"words": "first words", "other_account": other}
    then = {**first, "words": "other words"}
    terraform = prepared(platform, settings, "copies")
    told = terraform.succeed("apply", "-auto-approve", **first)
    assert f"{RESOURCES} added, 0 changed, 0 destroyed" in told
    terraform.succeed("plan", "-detailed-exitcode", **first)
    assert terraform.run("plan", "-detailed-exitcode", **then).returncode == CHANGES
    assert "0 added, 1 changed, 0 destroyed" in terraform.succeed("apply", "-auto-approve", **then)
    terraform.succeed("plan", "-detailed-exitcode", **then)
    assert f"{RESOURCES} destroyed" in terraform.succeed("destroy", "-auto-approve", **then)
