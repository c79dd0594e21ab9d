"""The official caching client of Secrets Manager reads secrets, and hears of new versions."""

from collections.abc import Iterator
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

from juyong.services.ram.facade import NewAccount


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
