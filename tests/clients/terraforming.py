"""The official Terraform provider, in folders of its own."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.build import FOLDER, need
from tests.clients.client import Platform

_SECONDS = 240
CHANGES = 2
"""What `plan -detailed-exitcode` answers when there is something to do."""


@dataclass
class Terraform:
    """One working folder."""

    platform: Platform
    folder: Path
    settings: Path
    program: str

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        given = {f"TF_VAR_{name}": value for name, value in variables.items()}
        return self.platform.run_client(
            [self.program, f"-chdir={self.folder}", *command, "-no-color"],
            TF_CLI_CONFIG_FILE=str(self.settings),
            seconds=_SECONDS,
            CHECKPOINT_DISABLE="1",
            **given,
        )

    def succeed(self, *command: str, **variables: str) -> str:
        done = self.run(*command, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def outputs(self) -> dict[str, Any]:
        told = json.loads(self.succeed("output", "-json"))
        return {name: output["value"] for name, output in told.items()}


def prepared(platform: Platform, settings: Path, name: str) -> Terraform:
    folder = settings.parent / name
    shutil.copytree(FOLDER / "terraform" / name, folder)
    terraform = Terraform(platform, folder, settings, need("terraform"))
    terraform.succeed("init")
    return terraform
