"""Roles and callers as the STS tests need them."""

from dataclasses import dataclass
from typing import Any

from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sts20150401 import models as s
from alibabacloud_sts20150401.client import Client as StsClient
from tests.conformance.documents import allow, trust
from tests.conformance.harness import Server

from juyong.base.ids import new_access_key_id, new_access_key_secret
from juyong.base.secret import Secret
from juyong.services.identity.credentials.tables import AccessKeyRow
from juyong.services.identity.facade import NewAccount


@dataclass(frozen=True)
class Key:
    """A credential, long-term or temporary."""

    access_key_id: str
    secret: str
    token: str | None = None


def root_of(account: NewAccount) -> str:
    return f"acs:ram::{account.account_id}:root"


def role_arn(account: NewAccount, name: str) -> str:
    return f"acs:ram::{account.account_id}:role/{name}"


def make_role(ram: RamClient, name: str, document: str, **more: Any) -> Any:
    return ram.create_role(
        m.CreateRoleRequest(role_name=name, assume_role_policy_document=document, **more)
    ).body.role


def make_trusting(ram: RamClient, account: NewAccount, name: str = "r", **more: Any) -> Any:
    """A role that trusts its own account."""
    return make_role(ram, name, trust("RAM", root_of(account), **more))


def grant(ram: RamClient, kind: str, name: str, document: str, policy: str = "") -> None:
    """Attach a new custom policy to a user or role."""
    title = policy or f"for-{kind}-{name}".replace("_", "-")
    ram.create_policy(m.CreatePolicyRequest(policy_name=title, policy_document=document))
    fields = {"policy_type": "Custom", "policy_name": title, f"{kind}_name": name}
    request = getattr(m, f"AttachPolicyTo{kind.capitalize()}Request")(**fields)
    getattr(ram, f"attach_policy_to_{kind}")(request)


def assume(sts: StsClient, arn: str, session: str = "session", **more: Any) -> Any:
    return sts.assume_role(
        s.AssumeRoleRequest(role_arn=arn, role_session_name=session, **more)
    ).body


def key_of(body: Any) -> Key:
    held = body.credentials
    return Key(held.access_key_id, held.access_key_secret, held.security_token)


def may(*actions: str) -> str:
    return allow(list(actions))


def root_key(server: Server, account: NewAccount) -> Key:
    """An AccessKey of the account itself."""
    now = server.clock()
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
    return Key(row.access_key_id, row.secret.reveal())
