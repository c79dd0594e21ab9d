"""OSS through its official clients: each makes its hosts of a region, and none is told of us."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.clients.build import need
from tests.clients.client import PROGRAMS, Platform

TOLD = {
    "body": "words of a client",
    "owner": "ann",
    "listed": ["folder/a b+é.txt"],
    "presigned": "words of a client",
    "absent": "NoSuchKey",
}
WAYS = [(scheme, signature) for scheme in ("http", "https") for signature in ("v1", "v4")]
ISOLATED = ("--isolate",)
"""For clients that read no proxy variables: the CLI, and the first Go SDK, which it has inside."""


def possible(platform: Platform) -> None:
    done = platform.run_client(["true"], options=ISOLATED)
    if done.returncode:
        pytest.skip(done.stderr)


def told(done: subprocess.CompletedProcess[str]) -> object:
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("sdk", ["oss2", "oss_v2"])
@pytest.mark.parametrize(("scheme", "signature"), WAYS)
def test_python(platform: Platform, sdk: str, scheme: str, signature: str) -> None:
    name = f"{sdk.replace('_', '-')}-{scheme}-{signature}"
    program = [sys.executable, PROGRAMS / "oss_python.py", sdk, scheme, signature, name]
    assert told(platform.run_client(program)) == TOLD


@pytest.mark.parametrize(("scheme", "signature"), WAYS)
def test_node(platform: Platform, node_folder: Path, scheme: str, signature: str) -> None:
    program = ["node", node_folder / "oss.js", scheme, signature, f"node-{scheme}-{signature}"]
    assert told(platform.run_client(program)) == TOLD


@pytest.mark.parametrize(("scheme", "signature"), WAYS)
def test_a_form_of_a_page(
    platform: Platform, node_folder: Path, scheme: str, signature: str
) -> None:
    program = ["node", node_folder / "oss_form.js", scheme, signature, f"form-{scheme}-{signature}"]
    assert told(platform.run_client(program)) == {
        "status": 201,
        "document": True,
        # Browsers write a quotation mark of a name as %22.
        "keys": ["folder/a b+é%22.txt"],
        "body": "words of a page",
        "type": "text/plain",
        "refused": [400, "EntityTooLarge"],
    }


@pytest.mark.parametrize("sdk", ["oss", "ossv2"])
@pytest.mark.parametrize(("scheme", "signature"), WAYS)
def test_go(platform: Platform, go_folder: Path, sdk: str, scheme: str, signature: str) -> None:
    possible(platform)
    program = [go_folder / sdk, scheme, signature, f"go-{sdk}-{scheme}-{signature}"]
    assert told(platform.run_client(program, options=ISOLATED)) == TOLD


@pytest.fixture
def oss(platform: Platform) -> Callable[..., str]:
    """The `aliyun oss` of the official CLI."""
    program = need("aliyun")
    possible(platform)

    def run(*words: str | Path) -> str:
        done = platform.run_client([program, "oss", *words], options=ISOLATED)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_the_cli(oss: Callable[..., str], tmp_path: Path) -> None:
    source, copy = tmp_path / "words.txt", tmp_path / "copy.txt"
    source.write_text("words of the CLI")
    bucket = "oss://cli-words"
    oss("mb", bucket)
    oss("cp", source, f"{bucket}/folder/words.txt", "--meta", "x-oss-meta-owner:ann")
    assert f"{bucket}/folder/words.txt" in oss("ls", bucket)
    oss("cp", f"{bucket}/folder/words.txt", f"{bucket}/copy.txt")
    oss("cp", f"{bucket}/copy.txt", copy)
    assert copy.read_text() == "words of the CLI"
    assert "words of the CLI" in oss("cat", f"{bucket}/copy.txt")
    assert "cn-hangzhou" in oss("stat", bucket)
    oss("bucket-tagging", "--method", "put", bucket, "team#blue")
    assert '"blue"' in oss("bucket-tagging", "--method", "get", bucket)
    assert "Removed 2 objects" in oss("rm", bucket, "--recursive", "--force")
    oss("rm", bucket, "--bucket", "--force")
    assert bucket not in oss("ls")
