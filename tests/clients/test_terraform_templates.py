"""The official Terraform provider makes instances of launch templates, and reads what there is."""

from pathlib import Path

import pytest
from tests.clients.client import Platform
from tests.clients.terraforming import CHANGES, Terraform, prepared

pytestmark = pytest.mark.timeout(600)


def lives(terraform: Terraform, first: dict[str, str], then: dict[str, str], made: int) -> None:
    """Apply a stack, show an empty plan, change the stack, and destroy it."""
    told = terraform.succeed("apply", "-auto-approve", **first)
    assert f"{made} added, 0 changed, 0 destroyed" in told
    terraform.succeed("plan", "-detailed-exitcode", **first)
    assert terraform.run("plan", "-detailed-exitcode", **then).returncode == CHANGES
    assert "0 added, 0 changed" not in terraform.succeed("apply", "-auto-approve", **then)
    terraform.succeed("plan", "-detailed-exitcode", **then)


def test_instances_of_launch_templates(platform: Platform, settings: Path) -> None:
    terraform = prepared(platform, settings, "templates")
    then = {"words": "other words", "host": "web-2"}
    lives(terraform, {"words": "first words", "host": "web-1"}, then, made=9)
    assert terraform.outputs() == {"tokens": "required", "host": "web-2", "latest": 2, "set": 2}
    assert "9 destroyed" in terraform.succeed("destroy", "-auto-approve", **then)


def test_what_there_is_is_found(platform: Platform, settings: Path) -> None:
    terraform = prepared(platform, settings, "sources")
    then = {"words": "other words"}
    lives(terraform, {"words": "first words"}, then, made=22)
    found = terraform.outputs()["found"]
    assert found.pop("rules") == ["22/22"]
    assert found.pop("routes") == ["172.16.0.0/16"]
    assert set(map(tuple, found.values())) == {("tf-sources",)}
    assert "22 destroyed" in terraform.succeed("destroy", "-auto-approve", **then)


def test_resources_have_older_names_too(platform: Platform, settings: Path) -> None:
    terraform = prepared(platform, settings, "older")
    then = {"words": "other words"}
    lives(terraform, {"words": "first words"}, then, made=18)
    assert set(map(tuple, terraform.outputs()["found"].values())) == {("tf-older",)}
    assert "18 destroyed" in terraform.succeed("destroy", "-auto-approve", **then)
