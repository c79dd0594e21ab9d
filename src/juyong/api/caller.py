"""Callers: root, RAM user, role session, service, access point, or unknown — all principals."""

from typing import assert_never

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccessKeyId, AccountId, RoleId, UserId
from juyong.base.names import ram_arn

NOBODY = AccountId("")


class Root(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """The account itself."""

    account_id: AccountId
    access_key_id: AccessKeyId | None = None
    mfa: bool | None = None


class User(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """A RAM user, by AccessKey or (mfa not None) by a console session."""

    account_id: AccountId
    user_id: UserId
    user_name: str
    access_key_id: AccessKeyId | None = None
    mfa: bool | None = None


class RoleSession(msgspec.Struct, frozen=True, kw_only=True):
    """An assumed role; policies are read at call time, only the session policy is frozen."""

    account_id: AccountId
    role_id: RoleId
    role_name: str
    session_name: str
    access_key_id: AccessKeyId
    issued_at: Instant
    expires_at: Instant
    session_policy: str | None = None
    source_identity: str | None = None
    mfa: bool | None = None
    federated: str | None = None


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """A cloud service acting by itself, e.g. `actiontrail.aliyuncs.com`."""

    account_id: AccountId
    name: str


class AccessPoint(msgspec.Struct, frozen=True, kw_only=True):
    """An application access point of the KMS, by one of its client keys."""

    account_id: AccountId
    region: str
    name: str
    client_key_id: str


class Anonymous(msgspec.Struct, frozen=True, kw_only=True):
    """A call that brings its own proof (AssumeRoleWithSAML, AssumeRoleWithOIDC)."""

    account_id: AccountId = NOBODY


Caller = Root | User | RoleSession | Service | AccessPoint | Anonymous


def caller_arn(caller: Caller) -> str:
    """Name a caller for policies and events; GetCallerIdentity has roles in lower case."""
    match caller:
        case Root():
            return ram_arn(caller.account_id, "root")
        case User():
            return ram_arn(caller.account_id, f"user/{caller.user_name}")
        case RoleSession():
            return ram_arn(
                caller.account_id, f"assumed-role/{caller.role_name}/{caller.session_name}"
            )
        case Service():
            return caller.name
        case AccessPoint():
            return (
                f"acs:kms:{caller.region}:{caller.account_id}:applicationaccesspoint/{caller.name}"
            )
        case Anonymous():
            return ""
        case _:
            assert_never(caller)


def principal_id(caller: Caller) -> str:
    """Return the id events and GetCallerIdentity give a caller."""
    match caller:
        case Root():
            return caller.account_id
        case User():
            return caller.user_id
        case RoleSession():
            return f"{caller.role_id}:{caller.session_name}"
        case Service() | AccessPoint():
            return caller.name
        case Anonymous():
            return ""
        case _:
            assert_never(caller)
