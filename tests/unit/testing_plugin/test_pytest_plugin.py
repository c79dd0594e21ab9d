"""The pytest plugin, used as its readers would."""

import pytest

pytest_plugins = ["pytester"]

SUITE = """
import json
import os
import subprocess
import sys

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from alibabacloud_tea_openapi.models import Config


def client(juyong, key_id, secret):
    return Client(Config(
        access_key_id=key_id,
        access_key_secret=secret,
        # The fixture offers it to clients that take an address.
        endpoint=juyong.endpoint.removeprefix("http://"),
        protocol="http",
    ))


def names(ram):
    users = ram.list_users(m.ListUsersRequest()).body.users.user
    return sorted(user.user_name for user in users)


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_starts_from_a_reset_platform(juyong, turn):
    ram = client(juyong, juyong.access_key_id, juyong.access_key_secret)
    assert names(ram) == ["administrator"]
    ram.create_user(m.CreateUserRequest(user_name="alice"))
    assert names(ram) == ["administrator", "alice"]
    juyong.reset()
    assert names(ram) == ["administrator"]


def test_accounts_are_apart(juyong):
    second = juyong.account("second")
    ram = client(juyong, second.access_key_id, second.access_key_secret)
    ram.create_user(m.CreateUserRequest(user_name="bob"))
    first = client(juyong, juyong.access_key_id, juyong.access_key_secret)
    assert names(first) == ["administrator"]
    assert names(ram) == ["administrator", "bob"]
    assert second.access_key_secret not in repr(second)
    assert juyong.access_key_secret not in repr(juyong)


def test_environment_is_the_one_clients_need(juyong):
    second = juyong.account("second")
    for environment, key in (
        (juyong.client_environment(), juyong.access_key_id),
        (juyong.client_environment(second), second.access_key_id),
    ):
        assert environment["ALIBABA_CLOUD_ACCESS_KEY_ID"] == key
        assert environment["HTTPS_PROXY"] == juyong.endpoint
        assert "NO_PROXY" not in environment
        assert environment["PATH"] == os.environ["PATH"]


def test_environment_can_be_put_into_the_process(juyong_environ):
    assert os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] == juyong_environ.access_key_id
    assert "NO_PROXY" not in os.environ


def test_environment_is_gone_afterwards():
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" not in os.environ
"""


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALIBABA_CLOUD_ACCESS_KEY_ID", raising=False)
    monkeypatch.setenv("NO_PROXY", "example.org")


@pytest.mark.usefixtures("clean")
def test_plugin_serves_a_suite(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(SUITE)
    outcome = pytester.runpytest_subprocess("-p", "no:randomly", "-p", "no:cacheprovider")
    outcome.assert_outcomes(passed=6)
