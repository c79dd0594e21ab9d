"""A function that uses the official SDK as anybody would, under `juyong serve` and `juyong exec`."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.served_process import START, serve_process

WHO_AM_I = """
import json
from alibabacloud_credentials.client import Client as Credentials
from alibabacloud_sts20150401.client import Client
from alibabacloud_tea_openapi.models import Config

def handler(event, context):
    client = Client(Config(credential=Credentials(), endpoint="sts.cn-hangzhou.aliyuncs.com"))
    return json.dumps(client.get_caller_identity().body.arn)
"""
CALLER = """
import os, sys
from alibabacloud_fc20230330.client import Client as FcClient
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_tea_openapi.models import Config
from tests.conformance.fc.conftest import Fc, trust
from tests.conformance.fc.packages import main

def config(endpoint):
    return Config(
        access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        endpoint=endpoint,
    )

role = RamClient(config("ram.aliyuncs.com")).create_role(
    ram_models.CreateRoleRequest(
        role_name="Runner", assume_role_policy_document=trust("fc.aliyuncs.com")
    )
).body.role.arn
account = role.split(":")[3]
for endpoint in (f"{account}.cn-hangzhou.fc.aliyuncs.com", "fcv3.cn-hangzhou.aliyuncs.com"):
    fc = Fc(FcClient(config(endpoint)))
    name = "f" + str(len(endpoint))
    fc.create(name, main(sys.argv[1]), role=role, timeout=30, memory_size=512)
    print(fc.output(name).decode())
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "home"
    with serve_process(path):
        yield path


def test_a_function_finds_the_platform_with_nothing_configured(home: Path) -> None:
    done = subprocess.run(
        [*START, "exec", "--home", home, "--", sys.executable, "-c", CALLER, WHO_AM_I],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 2
    assert all(arn.endswith(":assumed-role/runner/FunctionCompute") for arn in answers)
