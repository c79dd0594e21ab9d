"""The account's alias, through the official RAM SDK."""

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.harness import Server, refused

from juyong.services.identity.facade import NewAccount


def alias(ram: Client) -> str:
    return ram.get_account_alias().body.account_alias


def set_alias(ram: Client, name: str) -> None:
    ram.set_account_alias(m.SetAccountAliasRequest(account_alias=name))


def test_alias_is_set_changed_and_cleared(ram: Client, account: NewAccount) -> None:
    number = account.account_id[-8:]
    assert alias(ram) == account.account_id
    set_alias(ram, f"first-{number}")
    set_alias(ram, f"second-{number}")
    assert alias(ram) == f"second-{number}"
    ram.clear_account_alias()
    assert alias(ram) == account.account_id
    ram.clear_account_alias()


def test_alias_belongs_to_one_account(server: Server, ram: Client, as_key) -> None:
    other = server.new_account()
    name = f"corp-{other.account_id[-8:]}"
    set_alias(as_key(other.access_key_id, other.secret.reveal()).ram, name)
    with refused("EntityAlreadyExists.AccountAlias", 409):
        set_alias(ram, name)
    as_key(other.access_key_id, other.secret.reveal()).ram.clear_account_alias()
    set_alias(ram, name)


@pytest.mark.parametrize("length", [3, 32])
def test_alias_of_a_good_length_is_taken(ram: Client, account: NewAccount, length: int) -> None:
    name = ("a" + account.account_id[::-1] * 2)[:length]
    set_alias(ram, name)
    assert alias(ram) == name
    ram.clear_account_alias()


@pytest.mark.parametrize("name", ["ab", "a" * 33])
def test_alias_of_another_length_is_refused(ram: Client, name: str) -> None:
    with refused("InvalidParameter.AccountAlias.Length", 400):
        set_alias(ram, name)


@pytest.mark.parametrize(
    "name", ["Corp", "-corp", "corp-", "co--rp", "co.rp", "co rp", "1234567890123456"]
)
def test_alias_of_another_form_is_refused(ram: Client, name: str) -> None:
    with refused("InvalidParameter.AccountAlias.Format", 400):
        set_alias(ram, name)
