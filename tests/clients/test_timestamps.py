"""Clients that sign a time with milliseconds are served: three official ones for Node.js."""

import json
import sys
from pathlib import Path

from tests.clients.client import PROGRAMS, Platform
from tests.clients.story import trust_document


def test_clients_that_sign_milliseconds(
    platform: Platform, tmp_path: Path, node_folder: Path
) -> None:
    arn = f"acs:ram::{platform.account_id}:role/timestamps"
    with platform.client([sys.executable, PROGRAMS / "python_sync.py"], tmp_path / "e") as admin:
        trust = trust_document(f"acs:ram::{platform.account_id}:root")
        admin.call("ram", "CreateRole", RoleName="timestamps", AssumeRolePolicyDocument=trust)
    done = platform.run_client(["node", str(node_folder / "timestamps.js"), arn])
    told = json.loads(done.stdout)
    assert told["ofAliOss"].startswith("STS."), done.stderr
    assert told["ofAliyunSdk"].startswith("STS."), told
    assert told["ofStsSdk"].startswith(f"acs:ram::{platform.account_id}:"), told
