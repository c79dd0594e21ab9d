"""What `juyong net compare` says of a plan is what the networks are once the plan is applied."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.clients.client import JUYONG, Platform
from tests.clients.terraforming import Terraform, prepared

pytestmark = pytest.mark.timeout(300)


def compared(terraform: Terraform, *options: str) -> dict[str, Any]:
    """Return what a plan opens and closes, before it is applied."""
    terraform.succeed("plan", "-out", "tf.plan", *options)
    file = terraform.folder / "plan.json"
    file.write_text(terraform.succeed("show", "-json", "tf.plan"))
    done = asked(terraform.platform, "compare", str(file))
    assert done.returncode in (0, 1), done.stdout + done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def asked(platform: Platform, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*JUYONG, "net", *words, "--home", str(platform.home), "--json"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def ways(flows: list[dict[str, Any]]) -> set[tuple[str, str, tuple[str, ...]]]:
    """Return flows with the names of instances alone, which are the same before and after."""

    def name(end: str) -> str:
        return end.partition("(")[2].rstrip(")") or end

    return {(name(e["source"]), name(e["target"]), tuple(e["passes"])) for e in flows}


def test_a_stack_from_nothing_and_back(platform: Platform, settings: Path) -> None:
    terraform = prepared(platform, settings, "network")
    before = ways(json.loads(asked(platform, "paths", "internet").stdout)["flows"])
    told = compared(terraform)
    opened = ways(told["opened"])
    assert told["unknown"] == []
    assert told["closed"] == []
    assert ("internet", "tf-web", ("tcp/443",)) in opened
    assert ("tf-web", "tf-db", ("tcp/5432",)) in opened
    assert any(each.startswith("alicloud_eip_address.web: ") for each in told["assumed"])

    terraform.succeed("apply", "-auto-approve", "tf.plan")
    found = set(before)
    for name in ("internet", terraform.outputs()["web"], terraform.outputs()["db"]):
        found |= ways(json.loads(asked(platform, "paths", name).stdout)["flows"])
    # A plan knows flows between instances of before and new ones as well: there are none here.
    assert found - before == opened

    assert compared(terraform)["opened"] == []
    ended = compared(terraform, "-destroy")
    assert (ways(ended["closed"]), ended["opened"], ended["unknown"]) == (opened, [], [])
    terraform.succeed("destroy", "-auto-approve")
