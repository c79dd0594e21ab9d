"""The official Terraform provider keeps buckets and objects here as it does in the cloud."""

import sys
from pathlib import Path

import pytest
from tests.clients.client import PROGRAMS, Platform
from tests.clients.terraforming import CHANGES, prepared

pytestmark = pytest.mark.timeout(300)

RESOURCES = 18


def test_buckets_are_made_read_changed_and_destroyed(platform: Platform, settings: Path) -> None:
    terraform = prepared(platform, settings, "oss")
    first = {"name": "tf-oss", "team": "blue"}
    made = terraform.succeed("apply", "-auto-approve", **first)
    assert f"{RESOURCES} added, 0 changed, 0 destroyed" in made
    assert terraform.outputs() == {
        "buckets": [f"tf-oss-{each}" for each in ("kept", "main", "parts", "unread")],
        "objects": ["a/words.txt"],
        "regions": ["cn-hangzhou"],
        "groups": ["rg-acfm", "rg-acfm"],
    }
    terraform.succeed("plan", "-detailed-exitcode", **first)

    then = {**first, "team": "red"}
    assert terraform.run("plan", "-detailed-exitcode", **then).returncode == CHANGES
    changed = terraform.succeed("apply", "-auto-approve", **then)
    assert "0 added, 6 changed, 0 destroyed" in changed
    terraform.succeed("plan", "-detailed-exitcode", **then)

    # The bucket has versions, and an object that Terraform does not know: it is destroyed by force.
    told = platform.run_client([sys.executable, PROGRAMS / "oss_object.py", "tf-oss-main"])
    assert (told.returncode, told.stdout) == (0, "words of red\n"), told.stderr
    destroyed = terraform.succeed("destroy", "-auto-approve", **then)
    assert f"{RESOURCES} destroyed" in destroyed
