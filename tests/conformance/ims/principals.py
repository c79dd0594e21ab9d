"""Principal names, and callers as the IMS tests need them."""

from collections.abc import Callable
from typing import Any

from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from msgspec.structs import replace
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server

from juyong.base.ids import new_access_key_id, new_access_key_secret
from juyong.base.secret import Secret
from juyong.services.identity.facade import AccessKeyRow, NewAccount, device_to_offer, root_owner

ABSENT = "nobody"


def upn(name: str, account: NewAccount) -> str:
    return f"{name}@{account.account_id}.onaliyun.com"


def create(ims: Client, name: str, account: NewAccount, **more: Any) -> Any:
    request = m.CreateUserRequest(
        user_principal_name=upn(name, account), display_name=name[:24], **more
    )
    return ims.create_user(request).body.user


def as_root(
    server: Server, account: NewAccount, as_key: Callable[..., Clients], *, days_old: int = 0
) -> Clients:
    """Clients of the account's root, by an AccessKey made as of some days ago."""
    now = server.clock() - days_old * 86_400
    row = AccessKeyRow(
        access_key_id=new_access_key_id(),
        account_id=account.account_id,
        owner_id=account.account_id,
        secret=Secret(new_access_key_secret()),
        active=True,
        created_at=now,
        updated_at=now,
    )
    server.running.store.call(lambda tx: tx.insert(row))
    return as_key(row.access_key_id, row.secret.reveal())


def give_root_device(server: Server, account: NewAccount) -> None:
    """Let the account's root have an MFA device."""
    now = server.clock()
    device = device_to_offer(root_owner(account.account_id), now)
    row = replace(device, owner_id=account.account_id, activated_at=now)
    server.running.store.call(lambda tx: tx.insert(row))
