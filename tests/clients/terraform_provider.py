"""The official Terraform provider, built from the Go module proxy into the user's cache.

`python -m tests.clients.terraform_provider` builds it: ten minutes and two gigabytes, once. The
tests use what they find there, or a copy of the binary that the cache was given otherwise.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

MODULE = "github.com/aliyun/terraform-provider-alicloud"
VERSION = "1.240.0"
NAME = f"terraform-provider-alicloud_v{VERSION}"
COMMAND = "python -m tests.clients.terraform_provider"


def binary() -> Path:
    """Return where the provider is kept; nothing need be there."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "juyong-test-clients" / NAME


def mirror(folder: Path) -> str:
    """Make a folder that Terraform installs the provider from; returns its configuration."""
    go = {"x86_64": "amd64", "aarch64": "arm64"}
    system, machine = os.uname().sysname.lower(), go.get(os.uname().machine, os.uname().machine)
    place = folder / "registry.terraform.io/aliyun/alicloud" / VERSION / f"{system}_{machine}"
    place.mkdir(parents=True)
    (place / NAME).symlink_to(binary())
    return (
        "disable_checkpoint = true\n"
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{folder}"\n  }}\n}}\n'
    )


def build() -> Path:
    """Build the provider."""
    target = binary()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="juyong-provider-") as place:
        told = subprocess.run(
            ["go", "mod", "download", "-json", f"{MODULE}@v{VERSION}"],
            cwd=place,
            stdout=subprocess.PIPE,
            check=True,
        )
        # Not `go install`: it also wants the list of all versions, which some proxies refuse.
        source, made = Path(place, "source"), Path(place, NAME)
        shutil.copytree(json.loads(told.stdout)["Dir"], source, copy_function=shutil.copyfile)
        command = ["go", "build", "-mod=mod", "-ldflags=-s -w", "-o", str(made), "."]
        subprocess.run(command, cwd=source, check=True)
        shutil.move(made, target)
    return target


if __name__ == "__main__":
    print(build())
