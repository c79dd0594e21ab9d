"""Packages as large as documented, through the official clients of both versions and a process."""

import base64
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_fc20230330.client import Client as FcClient
from alibabacloud_fc_open20210406 import models as old
from alibabacloud_fc_open20210406.client import Client as FcOpenClient
from alibabacloud_tea_openapi.models import Config
from tests.conformance.fc.conftest import Fc, FcOpen
from tests.conformance.harness import refused
from tests.conformance.oss.test_oss_streaming import MIB, files, memory_bounded
from tests.crash.rounds import verify_with_check
from tests.crash.server import ServerProcess

from juyong.services.fc.fields import MOST_CODE

SOURCE = "import os\ndef handler(event, context):\n    return os.stat('/code/data').st_size"
_SLOW_MS = 120_000


def package(size: int) -> str:
    """Return a package in Base64 with `size` bytes of noise."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("index.py", SOURCE)
        archive.writestr("data", os.urandom(size))
    return base64.b64encode(held.getvalue()).decode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("code") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def config(server: ServerProcess) -> Config:
    key = server.credentials
    return Config(
        access_key_id=key.access_key_id,
        access_key_secret=key.secret,
        http_proxy=f"http://127.0.0.1:{server.port}",
        protocol="http",
        region_id="cn-hangzhou",
        read_timeout=_SLOW_MS,
        connect_timeout=_SLOW_MS,  # also how long the socket may take each piece of a body
    )


@pytest.fixture
def fc(config: Config) -> Fc:
    made = Fc(FcClient(config))
    made.create("small", package(10))
    made.client.delete_function("small")
    return made


def names(fc: Fc) -> list[str]:
    return [each.function_name for each in fc.list().functions]


@pytest.mark.timeout(300)  # a busy machine
def test_memory_does_not_grow_with_the_package(fc: Fc, server: ServerProcess) -> None:
    text, before = package(70 * MIB), files(server)
    with memory_bounded(server):
        made = fc.create("large", text)
    assert made.code_size == len(base64.b64decode(text))
    assert files(server) == before + 1
    assert fc.output("large") == str(70 * MIB).encode()
    server.kill()
    server.start()
    assert fc.output("large") == str(70 * MIB).encode()
    fc.client.delete_function("large")
    verify_with_check(server.home)


@pytest.mark.timeout(300)  # a busy machine
def test_the_largest_package_and_one_that_is_larger(
    fc: Fc, config: Config, server: ServerProcess
) -> None:
    room = MOST_CODE - len(base64.b64decode(package(0)))
    fc_open, before = FcOpen(FcOpenClient(config)), files(server)
    fc_open.service("s")
    made = fc_open.create("s", "largest", package(room))
    assert made.code_size == MOST_CODE
    with refused("InvalidArgument", 400) as caught:
        fc.create("larger", package(room + 1))
    assert f"exceeds {MOST_CODE} bytes" in caught.value.message
    assert names(fc) == []
    assert files(server) == before + 1
    wrong = old.Code(zip_file=package(MIB))
    with refused("InvalidArgument", 400):
        fc_open.client.update_function_with_options(
            "s",
            "largest",
            old.UpdateFunctionRequest(code=wrong),
            old.UpdateFunctionHeaders(x_fc_code_checksum="1"),
            _options(),
        )
    assert fc_open.get("s", "largest").code_checksum == made.code_checksum


def _options() -> Any:
    from alibabacloud_tea_util.models import RuntimeOptions

    return RuntimeOptions()


def test_a_server_that_is_killed_in_the_middle_has_no_function(
    fc: Fc, server: ServerProcess, tmp_path: Path
) -> None:
    import threading

    from tests.waiting import wait_until

    text = package(60 * MIB)
    failures: list[Exception] = []

    def create() -> None:
        try:
            fc.create("killed", text)
        except Exception as failure:  # noqa: BLE001  # whatever the client makes of it
            failures.append(failure)

    caller = threading.Thread(target=create)
    caller.start()
    wait_until(lambda: files(server, "arriving") > 0, 60)
    server.kill()
    caller.join()
    server.start()
    assert failures
    assert names(fc) == []
    verify_with_check(server.home)
    fc.create("killed", package(10))
    fc.client.delete_function("killed")
