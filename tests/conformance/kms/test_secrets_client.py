"""The official caching client of Secrets Manager reads secrets, and hears of new versions."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_secretsmanager_client_v2.secret_manager_cache_client_builder import (
    SecretManagerCacheClientBuilder,
)
from alibabacloud_secretsmanager_client_v2.service.default_secret_manager_client_builder import (
    DefaultSecretManagerClientBuilder,
)
from alibabacloud_secretsmanager_client_v2.utils.common_logger import set_logger
from tests.conformance.harness import Server
from tests.conformance.kms.secret_calls import Secrets
from tests.conformance.kms.test_secrets import SERVER
from tests.served_process import START, serve_process

from juyong.services.identity.facade import NewAccount


class Silent:
    """The client writes its log to the home directory unless it is given one."""

    def __getattr__(self, _name: str) -> Any:
        return lambda *_args, **_kwargs: None


@pytest.fixture
def cache(
    server: Server, account: NewAccount, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> Iterator[Any]:
    # It looks for a configuration file in the working directory.
    monkeypatch.chdir(tmp_path)
    set_logger(Silent())
    config = server.config(account.access_key_id, account.secret.reveal())
    builder = DefaultSecretManagerClientBuilder().add_config(config)
    client = SecretManagerCacheClientBuilder.new_cache_client_builder(builder.build()).build()
    yield client
    client.close()


def test_the_caching_client_reads_text_binary_and_managed_secrets(
    cache: Any, secrets: Secrets
) -> None:
    secrets.create("text", secret_data="of the text")
    secrets.create("bytes", secret_data="AAECAw==", secret_data_type="binary")
    secrets.create("acs/ecs/web", **SERVER)
    assert cache.get_secret_value("text") == "of the text"
    # Its get_binary_value fails on its own, whatever the server answers.
    binary = cache.get_secret_info("bytes")
    assert (binary.secret_data_type, binary.secret_value) == ("binary", "AAECAw==")
    managed = cache.get_secret_info("acs/ecs/web")
    assert managed.secret_type == "ECS"
    assert '"SecretSubType":"Password"' in managed.extended_config.replace(" ", "")
    assert managed.automatic_rotation == "Disabled"


def test_the_caching_client_keeps_a_value_until_it_is_refreshed(
    cache: Any, secrets: Secrets
) -> None:
    secrets.create("text", secret_data="first")
    assert cache.get_secret_value("text") == "first"
    secrets.put("text", data="second")
    assert cache.get_secret_value("text") == "first"
    assert cache.refresh_now("text")
    assert cache.get_secret_value("text") == "second"
    assert cache.get_secret_info("text").version_id == "v2"


def test_the_caching_client_hears_that_there_is_no_secret(cache: Any) -> None:
    with pytest.raises(Exception, match=r"Forbidden\.ResourceNotFound"):
        cache.get_secret_value("nothing")


UNMODIFIED = """
import os
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client
from alibabacloud_secretsmanager_client_v2.secret_manager_cache_client_builder import (
    SecretManagerCacheClientBuilder,
)
from alibabacloud_secretsmanager_client_v2.service.default_secret_manager_client_builder import (
    DefaultSecretManagerClientBuilder,
)
from alibabacloud_tea_openapi.models import Config

pair = [os.environ[f"ALIBABA_CLOUD_ACCESS_KEY_{part}"] for part in ("ID", "SECRET")]
Client(
    Config(access_key_id=pair[0], access_key_secret=pair[1], region_id="cn-hangzhou")
).create_secret(
    models.CreateSecretRequest(secret_name="db", version_id="v1", secret_data="of-the-database")
)
builder = DefaultSecretManagerClientBuilder().with_access_key(*pair).with_region("cn-hangzhou")
client = SecretManagerCacheClientBuilder.new_cache_client_builder(builder.build()).build()
print(client.get_secret_value("db"))
client.close()
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "home"
    with serve_process(path):
        yield path


def test_the_caching_client_needs_no_settings_under_exec(home: Path) -> None:
    done = subprocess.run(
        [*START, "exec", "--home", home, "--", sys.executable, "-c", UNMODIFIED],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env={**os.environ, "HOME": str(home)},  # where the client writes its log
    )
    assert (done.returncode, done.stdout) == (0, "of-the-database\n"), done.stderr
