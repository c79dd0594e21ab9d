"""Passkeys that are not there, through the official IMS SDK; those that are: with sign-in."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from tests.conformance.harness import refused
from tests.conformance.ims.principals import ABSENT, create, upn

from juyong.services.identity.facade import NewAccount


@pytest.fixture
def alice(ims: Client, account: NewAccount) -> str:
    return str(create(ims, "alice", account).user_principal_name)


def test_user_without_a_passkey_has_none_to_change(
    ims: Client, account: NewAccount, alice: str
) -> None:
    listed = ims.list_passkeys(m.ListPasskeysRequest(user_principal_name=alice))
    assert listed.body.passkeys == []
    assert ims.list_passkeys(m.ListPasskeysRequest()).body.passkeys == []
    calls: list[Callable[[str], Any]] = [
        lambda name: ims.update_passkey(
            m.UpdatePasskeyRequest(user_principal_name=name, passkey_id="p", passkey_name="mine")
        ),
        lambda name: ims.delete_passkey(
            m.DeletePasskeyRequest(user_principal_name=name, passkey_id="p")
        ),
    ]
    for call in calls:
        with refused("EntityNotExist.Passkey", 404):
            call(alice)
        with refused("EntityNotExist.User", 404):
            call(upn(ABSENT, account))
    with refused("EntityNotExist.User", 404):
        ims.list_passkeys(m.ListPasskeysRequest(user_principal_name=upn(ABSENT, account)))
    with refused("MissingPasskeyId", 400):
        ims.delete_passkey(m.DeletePasskeyRequest(user_principal_name=alice))
