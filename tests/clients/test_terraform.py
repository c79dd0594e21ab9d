"""The official Terraform provider keeps resources here as it does in the cloud."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.clients.build import FOLDER, need
from tests.clients.client import PROGRAMS, Platform, Refused
from tests.clients.terraforming import CHANGES, Terraform, prepared

pytestmark = pytest.mark.timeout(300)

RESOURCES = 14
PARALLEL = 4
MANY = 52
"""Ten of each of five kinds, and two keys."""
KEYS_AND_SECRETS = 9
ACCESS = 4


def test_resources_are_made_read_changed_and_destroyed(platform: Platform, settings: Path) -> None:
    terraform = prepared(platform, settings, "resources")
    first = {"name": "tf", "comments": "made by Terraform"}
    assert f"{RESOURCES} added, 0 changed, 0 destroyed" in terraform.succeed(
        "apply", "-auto-approve", **first
    )
    told = terraform.outputs()
    assert told.pop("key").startswith("LTAI")
    assert told == {
        "caller": f"acs:ram::{platform.account_id}:user/administrator",
        "users": ["tf-ann"],
        "roles": ["tf-ops"],
        "policies": ["AliyunRAMReadOnlyAccess"],
    }
    terraform.succeed("plan", "-detailed-exitcode", **first)

    # A description can only be changed by replacing its policy, and so the attachment.
    then = {**first, "comments": "changed by Terraform"}
    assert terraform.run("plan", "-detailed-exitcode", **then).returncode == CHANGES
    assert "2 added, 1 changed, 2 destroyed" in terraform.succeed("apply", "-auto-approve", **then)
    terraform.succeed("plan", "-detailed-exitcode", **then)

    _act_by_role(platform, settings, f"acs:ram::{platform.account_id}:role/tf-ops")
    assert f"{RESOURCES} destroyed" in terraform.succeed("destroy", "-auto-approve", **then)


def _act_by_role(platform: Platform, settings: Path, role: str) -> None:
    """Assume a read-only role in the provider block: reading works, writing is refused."""
    terraform = prepared(platform, settings, "assumed")
    done = terraform.run("apply", "-auto-approve", role=role)
    assert done.returncode == 1
    assert "ErrorCode: NoPermission" in done.stderr
    assert "NoPermissionType:ImplicitDeny" in done.stderr
    assert terraform.outputs() == {
        "caller": f"{role.replace(':role/', ':assumed-role/')}/terraform",
        "kind": "AssumedRoleUser",
    }


def test_parallel_applies_send_nothing_past_the_platform(
    platform: Platform, settings: Path
) -> None:
    """As many at once as Terraform likes, several times over.

    What had gone elsewhere would have been refused inside, failed its run, and been told of.
    """
    runs = []
    for number in range(PARALLEL):
        folder = settings.parent / f"many-{number}"
        shutil.copytree(FOLDER / "terraform" / "many", folder)
        terraform = Terraform(platform, folder, settings, need("terraform"))
        terraform.succeed("init")
        runs.append(terraform)

    def apply_and_destroy(number: int) -> list[subprocess.CompletedProcess[str]]:
        variables = {"name": f"many{number}", "keys": "2"}
        return [
            runs[number].run(verb, "-auto-approve", **variables) for verb in ("apply", "destroy")
        ]

    with ThreadPoolExecutor(PARALLEL) as pool:
        for applied, destroyed in pool.map(apply_and_destroy, range(PARALLEL)):
            assert applied.returncode == 0, applied.stdout + applied.stderr
            assert f"{MANY} added" in applied.stdout
            assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
            assert f"{MANY} destroyed" in destroyed.stdout
            assert "juyong:" not in applied.stderr + destroyed.stderr


def test_keys_and_secrets_are_made_read_changed_and_destroyed(
    platform: Platform, settings: Path, tmp_path: Path
) -> None:
    terraform = prepared(platform, settings, "keys")
    first = {
        "name": "tf",
        "comments": "made by Terraform",
        "interval": "31536000s",
        "version_id": "v1",
        "team": "blue",
    }
    assert f"{KEYS_AND_SECRETS} added, 0 changed" in terraform.succeed(
        "apply", "-auto-approve", **first
    )
    told = terraform.outputs()
    keys = told.pop("keys")
    assert told.pop("listed") == keys
    assert told.pop("rotates") == "31536000s"
    assert told == {
        "aliases": ["alias/tf"],
        "secrets": ["tf/db"],
        "words": "Ann O'Neill ~*+/=& 安",
        "plain": "no context",
    }
    terraform.succeed("plan", "-detailed-exitcode", **first)

    then = {**first, "comments": "changed", "interval": "63072000s", "version_id": "v2"}
    then["team"] = "red"
    assert terraform.run("plan", "-detailed-exitcode", **then).returncode == CHANGES
    assert "0 added, 3 changed, 0 destroyed" in terraform.succeed("apply", "-auto-approve", **then)
    terraform.succeed("plan", "-detailed-exitcode", **then)
    with platform.client([sys.executable, PROGRAMS / "python_sync.py"], tmp_path / "e") as client:
        former = client.call(
            "kms", "GetSecretValue", SecretName="tf/db", VersionStage="ACSPrevious"
        )
        assert (former["VersionId"], former["SecretData"]) == ("v1", "password of v1")

        assert f"{KEYS_AND_SECRETS} destroyed" in terraform.succeed(
            "destroy", "-auto-approve", **then
        )
        for key in keys:
            left = client.call("kms", "DescribeKey", KeyId=key)["KeyMetadata"]
            assert left["KeyState"] == "PendingDeletion"
        with pytest.raises(Refused, match=r"Forbidden\.ResourceNotFound"):
            client.call("kms", "DescribeSecret", SecretName="tf/db")


def test_access_points_and_client_keys_are_made_and_destroyed(
    platform: Platform, settings: Path
) -> None:
    terraform = prepared(platform, settings, "access")
    assert f"{ACCESS} added" in terraform.succeed("apply", "-auto-approve")
    assert "PrivateKeyData" in (terraform.folder / "key.json").read_text()
    terraform.succeed("plan", "-detailed-exitcode")
    assert f"{ACCESS} destroyed" in terraform.succeed("destroy", "-auto-approve")
