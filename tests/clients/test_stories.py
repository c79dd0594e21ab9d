"""Clients of every generation live through the same story, with no endpoint set anywhere."""

import sys
from pathlib import Path

import pytest
from tests.clients import kms_story
from tests.clients.client import PROGRAMS, Platform
from tests.clients.story import tell

PYTHON = ("python_sync", "python_async", "python_legacy")
NODE = ("tea", "pop")
GO = ("tea", "legacy")


@pytest.mark.parametrize("program", PYTHON)
def test_python_client_lives_through_the_story(
    platform: Platform, tmp_path: Path, program: str
) -> None:
    command = [sys.executable, PROGRAMS / f"{program}.py"]
    with platform.client(command, tmp_path / "errors") as client:
        tell(client, platform.account_id, program.replace("_", "-"))


@pytest.mark.timeout(600)  # the first run on a machine fetches and builds
@pytest.mark.parametrize("program", NODE)
def test_node_client_lives_through_the_story(
    platform: Platform, tmp_path: Path, node_folder: Path, program: str
) -> None:
    with platform.client(["node", node_folder / f"{program}.js"], tmp_path / "errors") as client:
        tell(client, platform.account_id, f"node-{program}")


@pytest.mark.timeout(600)  # the first run on a machine fetches and builds
@pytest.mark.parametrize("program", GO)
def test_go_client_lives_through_the_story(
    platform: Platform, tmp_path: Path, go_folder: Path, program: str
) -> None:
    with platform.client([go_folder / program], tmp_path / "errors") as client:
        tell(client, platform.account_id, f"go-{program}")


@pytest.mark.parametrize("program", PYTHON)
def test_python_client_keeps_keys_and_secrets(
    platform: Platform, tmp_path: Path, program: str
) -> None:
    command = [sys.executable, PROGRAMS / f"{program}.py"]
    with platform.client(command, tmp_path / "errors") as client:
        kms_story.tell(client, platform.account_id, f"kms-{program.replace('_', '-')}")


@pytest.mark.timeout(600)  # the first run on a machine fetches and builds
@pytest.mark.parametrize("program", NODE)
def test_node_client_keeps_keys_and_secrets(
    platform: Platform, tmp_path: Path, node_folder: Path, program: str
) -> None:
    with platform.client(["node", node_folder / f"{program}.js"], tmp_path / "errors") as client:
        kms_story.tell(client, platform.account_id, f"kms-node-{program}")


@pytest.mark.timeout(600)  # the first run on a machine fetches and builds
@pytest.mark.parametrize("program", GO)
def test_go_client_keeps_keys_and_secrets(
    platform: Platform, tmp_path: Path, go_folder: Path, program: str
) -> None:
    with platform.client([go_folder / program], tmp_path / "errors") as client:
        kms_story.tell(client, platform.account_id, f"kms-go-{program}")
