"""AssumeRole, through the official STS SDK."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_sts20150401 import models as s
from tests.conformance.documents import allow, policy, statement, trust
from tests.conformance.harness import Server, refused
from tests.conformance.sts.roles import (
    assume,
    grant,
    key_of,
    make_role,
    make_trusting,
    may,
    role_arn,
    root_key,
    root_of,
)

from juyong.audit.tables import EventRow
from juyong.base.clock import parse_iso
from juyong.services.identity.facade import NewAccount

As = Callable[..., Any]
NewUser = Callable[[str], Any]


def session(as_key: As, body: Any) -> Any:
    """Clients of what AssumeRole answered."""
    key = key_of(body)
    return as_key(key.access_key_id, key.secret, key.token)


def can_list_users(clients: Any) -> None:
    clients.ram.list_users(m.ListUsersRequest())


def test_session_has_the_roles_permissions(
    admin: Any, account: NewAccount, as_key: As, server: Server
) -> None:
    role = make_trusting(admin.ram, account, "OpsRole")
    grant(admin.ram, "role", "OpsRole", may("ram:ListUsers"))
    body = assume(admin.sts, role_arn(account, "opsROLE"), "me")
    assert body.assumed_role_user.arn == f"acs:ram::{account.account_id}:role/opsrole/me"
    assert body.assumed_role_user.assumed_role_id == f"{role.role_id}:me"
    assert body.credentials.access_key_id.startswith("STS.")
    assert body.source_identity is None
    assert 3590 <= parse_iso(body.credentials.expiration) - server.clock() <= 3600
    caller = session(as_key, body)
    can_list_users(caller)
    with refused("NoPermission", 403):
        caller.ram.list_roles(m.ListRolesRequest())


def test_identity_and_trust_must_both_allow(
    admin: Any, account: NewAccount, new_user: NewUser
) -> None:
    alice, bob = new_user("alice"), new_user("bob")
    document = trust("RAM", f"acs:ram::{account.account_id}:user/alice")
    make_role(admin.ram, "r", document)
    arn = role_arn(account, "r")
    with refused("NoPermission", 403) as caught:
        assume(alice.sts, arn)
    assert caught.value.data["AccessDeniedDetail"]["PolicyType"] == (
        "AccountLevelIdentityBasedPolicy"
    )
    for name in ("alice", "bob"):
        grant(admin.ram, "user", name, allow("sts:AssumeRole", arn))
    assume(alice.sts, arn)
    with refused("NoPermission", 403) as caught:
        assume(bob.sts, arn)
    assert caught.value.data["AccessDeniedDetail"]["PolicyType"] == "AssumeRolePolicy"


def test_identity_policy_reaches_the_role_it_names_only(
    admin: Any, account: NewAccount, new_user: NewUser
) -> None:
    user = new_user("u")
    for name in ("one", "two"):
        make_trusting(admin.ram, account, name)
    grant(admin.ram, "user", "u", allow("sts:AssumeRole", role_arn(account, "ONE")))
    assume(user.sts, role_arn(account, "one"))
    with refused("NoPermission", 403):
        assume(user.sts, role_arn(account, "two"))


def test_explicit_deny_in_trust_wins(admin: Any, account: NewAccount) -> None:
    elsewhere = {"NotIpAddress": {"acs:SourceIp": "10.0.0.0/8"}}
    make_role(admin.ram, "r", trust("RAM", root_of(account), deny=elsewhere))
    with refused("NoPermission", 403) as caught:
        assume(admin.sts, role_arn(account, "r"))
    detail = caught.value.data["AccessDeniedDetail"]
    assert (detail["PolicyType"], detail["NoPermissionType"]) == (
        "AssumeRolePolicy",
        "ExplicitDeny",
    )


def test_explicit_deny_in_identity_wins(admin: Any, account: NewAccount, new_user: NewUser) -> None:
    user = new_user("u")
    make_trusting(admin.ram, account)
    deny = statement("sts:AssumeRole", effect="Deny")
    grant(admin.ram, "user", "u", policy(statement("*"), deny))
    with refused("NoPermission", 403):
        assume(user.sts, role_arn(account, "r"))


def test_root_may_not_assume_roles(
    admin: Any, account: NewAccount, server: Server, as_key: As
) -> None:
    make_trusting(admin.ram, account)
    key = root_key(server, account)
    root = as_key(key.access_key_id, key.secret)
    can_list_users(root)
    with refused("NoPermission", 403) as caught:
        assume(root.sts, role_arn(account, "r"))
    assert "Roles may not be assumed by root accounts." in caught.value.message


def test_service_roles_are_for_services(admin: Any, account: NewAccount) -> None:
    make_role(admin.ram, "for-ecs", trust("Service", "ecs.aliyuncs.com"))
    with refused("NoPermission", 403):
        assume(admin.sts, role_arn(account, "for-ecs"))
    linked = admin.ram.create_service_linked_role(
        m.CreateServiceLinkedRoleRequest(service_name="actiontrail.aliyuncs.com")
    ).body.role
    with refused("NoPermission", 403):
        assume(admin.sts, linked.arn)


def test_role_of_the_own_account_is_said_to_be_absent(admin: Any, account: NewAccount) -> None:
    with refused("EntityNotExist.Role", 404):
        assume(admin.sts, role_arn(account, "absent"))


def test_session_policy_narrows_and_never_widens(
    admin: Any, account: NewAccount, as_key: As
) -> None:
    make_trusting(admin.ram, account)
    grant(admin.ram, "role", "r", may("ram:ListUsers", "ram:ListRoles"))
    arn = role_arn(account, "r")
    narrowed = session(as_key, assume(admin.sts, arn, policy=may("ram:ListUsers")))
    can_list_users(narrowed)
    with refused("NoPermission", 403) as caught:
        narrowed.ram.list_roles(m.ListRolesRequest())
    assert caught.value.data["AccessDeniedDetail"]["PolicyType"] == "SessionPolicy"
    wide = session(as_key, assume(admin.sts, arn, policy=may("*")))
    with refused("NoPermission", 403):
        wide.ram.list_groups(m.ListGroupsRequest())


def test_session_policy_is_checked_when_it_is_given(admin: Any, account: NewAccount) -> None:
    make_trusting(admin.ram, account)
    arn = role_arn(account, "r")
    short = allow("ecs:A", "acs:ecs:*:*:")
    full = allow("ecs:A", "acs:ecs:*:*:" + "x" * (2048 - len(short)))
    assert len(full) == 2048
    assume(admin.sts, arn, policy=full)
    with refused("InvalidParameter.PolicySize", 400):
        assume(admin.sts, arn, policy=full + " ")
    for bad in ("{", "{}", trust("RAM", root_of(account))):
        with refused("InvalidParameter.PolicyGrammar", 400):
            assume(admin.sts, arn, policy=bad)


def test_duration_lies_between_15_minutes_and_the_roles_maximum(
    admin: Any, account: NewAccount
) -> None:
    make_role(admin.ram, "r", trust("RAM", root_of(account)), max_session_duration=5400)
    arn = role_arn(account, "r")
    for seconds in (900, 5400):
        assume(admin.sts, arn, duration_seconds=seconds)
    for seconds in (899, 5401):
        with refused("InvalidParameter.DurationSeconds", 400) as caught:
            assume(admin.sts, arn, duration_seconds=seconds)
        assert "15min/90min" in caught.value.message
    make_trusting(admin.ram, account, "usual")
    with refused("InvalidParameter.DurationSeconds", 400) as caught:
        assume(admin.sts, role_arn(account, "usual"), duration_seconds=3601)
    assert "15min/1hr" in caught.value.message


REFUSED = {
    "RoleArn": ({"role_arn": "acs:ram::x:role/r"}, "InvalidParameter.RoleArn"),
    "RoleArn of a user": ({"role_arn": "acs:ram::1:user/r"}, "InvalidParameter.RoleArn"),
    "short session": ({"role_session_name": "x"}, "InvalidParameter.RoleSessionName"),
    "long session": ({"role_session_name": "x" * 65}, "InvalidParameter.RoleSessionName"),
    "odd session": ({"role_session_name": "a b"}, "InvalidParameter.RoleSessionName"),
    "short external id": ({"external_id": "x"}, "InvalidParameter.ExternalId"),
    "long external id": ({"external_id": "x" * 1225}, "InvalidParameter.ExternalId"),
    "odd source identity": ({"source_identity": "a b"}, "InvalidParameter.SourceIdentity"),
    "short source identity": ({"source_identity": "a"}, "InvalidParameter.SourceIdentity"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_fields_are_checked(admin: Any, account: NewAccount, case: str) -> None:
    given, code = REFUSED[case]
    make_trusting(admin.ram, account)
    fields = {"role_arn": role_arn(account, "r"), "role_session_name": "ok", **given}
    with refused(code, 400):
        admin.sts.assume_role(s.AssumeRoleRequest(**fields))
    assert len(REFUSED) == 9


def test_longest_fields_are_taken(admin: Any, account: NewAccount) -> None:
    make_trusting(admin.ram, account)
    assume(
        admin.sts,
        role_arn(account, "r"),
        "x" * 64,
        external_id="x" * 1224,
        source_identity="x" * 64,
    )


def test_missing_parameters_are_named(admin: Any, account: NewAccount) -> None:
    with refused("MissingParameter.RoleArn", 400):
        admin.sts.assume_role(s.AssumeRoleRequest(role_session_name="ok"))
    with refused("MissingParameter.RoleSessionName", 400):
        admin.sts.assume_role(s.AssumeRoleRequest(role_arn=role_arn(account, "r")))


def test_external_id_must_be_the_one_agreed(admin: Any, account: NewAccount) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "agreed"}}
    make_trusting(admin.ram, account, condition=condition)
    arn = role_arn(account, "r")
    assume(admin.sts, arn, external_id="agreed")
    with refused("NoPermission", 403):
        assume(admin.sts, arn)
    with refused("NoPermission", 403):
        assume(admin.sts, arn, external_id="Agreed")


@pytest.fixture
def other(server: Server, as_key: As) -> tuple[NewAccount, Any]:
    """A second account and its administrator's clients."""
    made = server.new_account()
    return made, as_key(made.access_key_id, made.secret.reveal())


def test_other_account_needs_trust_and_a_permission_of_its_own(
    admin: Any,
    account: NewAccount,
    other: tuple[NewAccount, Any],
    new_user: NewUser,
    as_key: As,
) -> None:
    """The role lives in `other`; the callers in `account`."""
    owner, owners = other
    make_role(owners.ram, "Shared", trust("RAM", root_of(account)))
    grant(owners.ram, "role", "Shared", may("ram:ListUsers"))
    arn = role_arn(owner, "shared")
    body = assume(admin.sts, arn)
    found = session(as_key, body).ram.list_users(m.ListUsersRequest()).body.users.user
    assert [u.user_name for u in found] == ["administrator"]
    assert session(as_key, body).sts.get_caller_identity().body.account_id == owner.account_id
    clerk = new_user("clerk")
    with refused("NoPermission", 403):
        assume(clerk.sts, arn)


def test_other_account_is_not_trusted_by_default(
    admin: Any, account: NewAccount, other: tuple[NewAccount, Any]
) -> None:
    owner, owners = other
    make_trusting(owners.ram, owner, "own")
    details = []
    for name in ("own", "absent"):
        with refused("NoPermission", 403) as caught:
            assume(admin.sts, role_arn(owner, name))
        detail = caught.value.data["AccessDeniedDetail"]
        details.append((detail["PolicyType"], detail["NoPermissionType"], caught.value.code))
    # A stranger cannot tell a role that exists from one that does not.
    assert details == [("AssumeRolePolicy", "ImplicitDeny", "NoPermission")] * 2


def test_deleted_role_ends_its_sessions(admin: Any, account: NewAccount, as_key: As) -> None:
    make_trusting(admin.ram, account)
    caller = session(as_key, assume(admin.sts, role_arn(account, "r")))
    caller.sts.get_caller_identity()
    admin.ram.delete_role(m.DeleteRoleRequest(role_name="r"))
    with refused("InvalidSecurityToken.Expired", 400):
        caller.sts.get_caller_identity()
    # A new role of that name is another role.
    make_trusting(admin.ram, account)
    with refused("InvalidSecurityToken.Expired", 400):
        caller.sts.get_caller_identity()


def test_session_ends_when_it_expires(
    admin: Any, account: NewAccount, as_key: As, server: Server
) -> None:
    make_trusting(admin.ram, account)
    key = key_of(assume(admin.sts, role_arn(account, "r"), duration_seconds=900))
    try:
        # The SDK signs with the system's time, which must stay within the window of 15 minutes.
        server.clock.offset = 890
        as_key(key.access_key_id, key.secret, key.token).sts.get_caller_identity()
        server.clock.offset = 901
        with refused("InvalidSecurityToken.Expired", 400):
            as_key(key.access_key_id, key.secret, key.token).sts.get_caller_identity()
    finally:
        server.clock.offset = 0


def test_live_session_follows_the_roles_policies(
    admin: Any, account: NewAccount, as_key: As
) -> None:
    make_trusting(admin.ram, account)
    caller = session(as_key, assume(admin.sts, role_arn(account, "r")))
    with refused("NoPermission", 403):
        can_list_users(caller)
    grant(admin.ram, "role", "r", may("ram:ListUsers"), "late")
    can_list_users(caller)
    admin.ram.detach_policy_from_role(
        m.DetachPolicyFromRoleRequest(policy_type="Custom", policy_name="late", role_name="r")
    )
    with refused("NoPermission", 403):
        can_list_users(caller)


def test_sessions_chain_from_role_to_role(admin: Any, account: NewAccount, as_key: As) -> None:
    make_trusting(admin.ram, account, "First")
    document = trust("RAM", role_arn(account, "first"))
    make_role(admin.ram, "second", document, max_session_duration=7200)
    second = role_arn(account, "second")
    with refused("NoPermission", 403):
        assume(admin.sts, second)
    first = session(as_key, assume(admin.sts, role_arn(account, "First")))
    with refused("NoPermission", 403):
        assume(first.sts, second)
    grant(admin.ram, "role", "First", allow("sts:AssumeRole", second))
    chained = session(as_key, assume(first.sts, second, "deep", duration_seconds=7200))
    arn = chained.sts.get_caller_identity().body.arn
    assert arn == f"acs:ram::{account.account_id}:assumed-role/second/deep"


def test_source_identity_persists_through_a_chain(
    admin: Any, account: NewAccount, as_key: As
) -> None:
    condition = {"StringEquals": {"sts:SourceIdentity": "alice@x"}}
    make_trusting(admin.ram, account, "first")
    make_trusting(admin.ram, account, "second", condition=condition)
    grant(admin.ram, "role", "first", may("sts:AssumeRole"))
    only_alice = {"StringEquals": {"acs:SourceIdentity": "alice@x"}}
    grant(admin.ram, "role", "second", allow("ram:ListUsers", "*", only_alice))
    begun = assume(admin.sts, role_arn(account, "first"), source_identity="alice@x")
    assert begun.source_identity == "alice@x"
    first, second = session(as_key, begun), role_arn(account, "second")
    with refused("InvalidParameter.SourceIdentity", 400):
        assume(first.sts, second, source_identity="bob@x")
    again = assume(first.sts, second, source_identity="alice@x")
    assert again.source_identity == "alice@x"
    inherited = assume(first.sts, second)
    assert inherited.source_identity == "alice@x"
    can_list_users(session(as_key, inherited))
    nameless = session(as_key, assume(admin.sts, role_arn(account, "first")))
    with refused("NoPermission", 403):
        assume(nameless.sts, second)


def test_token_belongs_to_its_key(admin: Any, account: NewAccount, as_key: As) -> None:
    make_trusting(admin.ram, account)
    one, two = (key_of(assume(admin.sts, role_arn(account, "r"))) for _ in range(2))
    with refused("InvalidSecurityToken.MismatchWithAccessKey", 400):
        as_key(one.access_key_id, one.secret, two.token).sts.get_caller_identity()
    assert one.token is not None
    broken = one.token[:-9] + ("A" if one.token[-9] != "A" else "B") + one.token[-8:]
    with refused("InvalidSecurityToken.Malformed", 400):
        as_key(one.access_key_id, one.secret, broken).sts.get_caller_identity()


def test_event_names_role_and_key_and_hides_the_secrets(
    admin: Any, account: NewAccount, server: Server
) -> None:
    make_trusting(admin.ram, account, "Ops")
    key = key_of(assume(admin.sts, role_arn(account, "ops"), "me"))
    server.running.store.settle()
    rows = server.running.store.call(lambda tx: tx.find(EventRow, account_id=account.account_id))
    (event,) = (e for row in rows if (e := json.loads(row.body))["eventName"] == "AssumeRole")
    assert event["eventRW"] == "Write"
    assert event["requestParameters"]["RoleSessionName"] == "me"
    assert event["referencedResources"] == {
        "ACS::RAM::Role": ["Ops"],
        "ACS::RAM::AccessKey": [key.access_key_id],
    }
    shown = event["responseElements"]["Credentials"]
    assert shown["AccessKeyId"] == key.access_key_id
    assert (shown["AccessKeySecret"], shown["SecurityToken"]) == ("****", "****")
    assert key.secret not in json.dumps(event)
    assert str(key.token) not in json.dumps(event)
