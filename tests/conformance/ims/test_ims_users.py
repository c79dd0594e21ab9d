"""Users by principal name, through the official IMS SDK."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from alibabacloud_ram20150501 import models as ram_models
from tests.conformance.conftest import Clients
from tests.conformance.documents import policy, statement
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.ims.principals import ABSENT, create, upn

from juyong.services.identity.facade import NewAccount


def get(ims: Client, **who: str) -> Any:
    return ims.get_user(m.GetUserRequest(**who)).body.user


def tag(key: str, value: str = "") -> Any:
    return m.CreateUserRequestTag(key=key, value=value)


def test_user_is_created_read_renamed_and_deleted(ims: Client, account: NewAccount) -> None:
    made = create(
        ims,
        "alice",
        account,
        mobile_phone="86-18600000000",
        email="a@example.com",
        comments="first",
        tag=[tag("team", "red")],
    )
    assert made.user_principal_name == upn("alice", account)
    assert (made.provision_type, made.last_login_date) == ("Manual", "")
    changed = ims.update_user(
        m.UpdateUserRequest(
            user_principal_name=upn("alice", account),
            new_user_principal_name=upn("alicia", account),
            new_display_name="Alicia",
            new_mobile_phone="86-18600000001",
            new_email="b@example.com",
            new_comments="second",
        )
    ).body.user
    assert changed.user_id == made.user_id
    found = get(ims, user_principal_name=upn("alicia", account)).to_map()
    tags = found.pop("Tags")
    assert tags == {"Tag": [{"TagKey": "team", "TagValue": "red"}]}
    assert found == {
        "UserId": made.user_id,
        "UserName": "alicia",
        "UserPrincipalName": upn("alicia", account),
        "DisplayName": "Alicia",
        "MobilePhone": "86-18600000001",
        "Email": "b@example.com",
        "Comments": "second",
        "CreateDate": made.create_date,
        "UpdateDate": changed.update_date,
        "LastLoginDate": "",
        "ProvisionType": "Manual",
    }
    ims.delete_user(m.DeleteUserRequest(user_id=made.user_id))
    with refused("EntityNotExist.User", 404):
        get(ims, user_id=made.user_id)


def test_user_is_found_by_name_id_or_key_but_by_exactly_one(
    ims: Client, account: NewAccount
) -> None:
    made = create(ims, "alice", account)
    name = made.user_principal_name
    key = ims.create_access_key(m.CreateAccessKeyRequest(user_principal_name=name)).body.access_key
    for who in (
        {"user_principal_name": name},
        {"user_id": made.user_id},
        {"user_access_key_id": key.access_key_id},
    ):
        assert get(ims, **who).user_id == made.user_id
    both = {"user_principal_name": name, "user_id": made.user_id}
    calls: list[Callable[..., Any]] = [
        lambda **who: get(ims, **who),
        lambda **who: ims.update_user(m.UpdateUserRequest(**who)),
        lambda **who: ims.delete_user(m.DeleteUserRequest(**who)),
    ]
    for call in calls:
        with refused("MissingUserPrincipalName", 400):
            call()
        with refused("InvalidParameter.UserPrincipalName", 400):
            call(**both)
        with refused("EntityNotExist.User", 404):
            call(user_principal_name=upn(ABSENT, account))
        with refused("EntityNotExist.User", 404):
            call(user_id="2" * 18)
    with refused("EntityNotExist.User", 404):
        get(ims, user_access_key_id="LTAI5tnothing")
    assert get(ims, user_id=made.user_id).user_name == "alice"


def test_domain_of_another_account_names_nobody_and_gives_no_name(
    ims: Client, account: NewAccount, server: Server
) -> None:
    stranger = upn("alice", server.new_account())
    with refused("InvalidParameter.UserPrincipalName", 400):
        ims.create_user(m.CreateUserRequest(user_principal_name=stranger, display_name="A"))
    create(ims, "alice", account)
    with refused("EntityNotExist.User", 404):
        get(ims, user_principal_name=stranger)
    with refused("InvalidParameter.UserPrincipalName", 400):
        ims.update_user(
            m.UpdateUserRequest(
                user_principal_name=upn("alice", account), new_user_principal_name=stranger
            )
        )


def test_users_of_other_accounts_cannot_be_named_by_id_or_key(
    ims: Client, server: Server, as_key: Callable[..., Clients]
) -> None:
    other = server.new_account()
    there = as_key(other.access_key_id, other.secret.reveal()).ims
    theirs = there.get_user(m.GetUserRequest(user_access_key_id=other.access_key_id)).body.user
    with refused("EntityNotExist.User", 404):
        get(ims, user_id=theirs.user_id)
    with refused("EntityNotExist.User", 404):
        get(ims, user_access_key_id=other.access_key_id)


def test_alias_domain_and_account_domain_name_the_same_user(
    ims: Client, account: NewAccount
) -> None:
    alias = f"corp-{account.account_id[-12:]}"
    create(ims, "alice", account)
    ims.set_default_domain(m.SetDefaultDomainRequest(default_domain_name=f"{alias}.onaliyun.com"))
    shown = f"alice@{alias}.onaliyun.com"
    for name in (shown, upn("alice", account), shown.upper().replace("ALICE", "alice")):
        assert get(ims, user_principal_name=name).user_principal_name == shown


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("alice", "Format"),
        ("a@b@c", "Format"),
        ("@x.onaliyun.com", "Format"),
        ("a/b@c", "InvalidChars"),
    ],
)
def test_malformed_principal_name_is_refused(ims: Client, name: str, why: str) -> None:
    with refused(f"InvalidParameter.UserPrincipalName.{why}", 400):
        get(ims, user_principal_name=name)


def test_lengths_of_names_are_kept(ims: Client, account: NewAccount) -> None:
    create(ims, "x" * 64, account)
    with refused("InvalidParameter.UserPrincipalName.Format", 400):
        create(ims, "x" * 65, account)
    name = upn("bob", account)
    ims.create_user(m.CreateUserRequest(user_principal_name=name, display_name="d" * 24))
    with refused("InvalidParameter.DisplayName.Length", 400):
        ims.create_user(m.CreateUserRequest(user_principal_name=name, display_name="d" * 25))
    with refused("MissingDisplayName", 400):
        ims.create_user(m.CreateUserRequest(user_principal_name=name))


def test_name_is_unique_and_quotas_are_kept(
    ims: Client, account: NewAccount, server: Server
) -> None:
    create(ims, "alice", account)
    create(ims, "bob", account)
    with refused("EntityAlreadyExists.User", 409):
        create(ims, "alice", account)
    with refused("EntityAlreadyExists.User", 409):
        ims.update_user(
            m.UpdateUserRequest(
                user_principal_name=upn("bob", account),
                new_user_principal_name=upn("alice", account),
            )
        )
    with quotas(server, {"ram.users": 3}), refused("LimitExceeded.User", 409):
        create(ims, "carol", account)


def test_tags_of_a_new_user_are_checked(ims: Client, account: NewAccount, server: Server) -> None:
    with refused("InvalidParameter.Tag", 400):
        create(ims, "alice", account, tag=[tag("acs:x")])
    with quotas(server, {"ram.tags": 1}), refused("LimitExceeded.Tag", 409):
        create(ims, "alice", account, tag=[tag("a"), tag("b")])
    with refused("EntityNotExist.User", 404):
        get(ims, user_principal_name=upn("alice", account))


def test_empty_text_clears_details(ims: Client, account: NewAccount) -> None:
    create(ims, "alice", account, comments="first", email="a@example.com")
    changed = ims.update_user(
        m.UpdateUserRequest(
            user_principal_name=upn("alice", account), new_comments="", new_email=""
        )
    ).body.user
    assert (changed.comments, changed.email) == ("", None)


def test_permission_on_one_user_reaches_that_user_by_every_name(
    ims: Client, admin: Clients, account: NewAccount, new_user: Callable[[str], Clients]
) -> None:
    alice, bob = create(ims, "alice", account), create(ims, "bob", account)
    reader = new_user("reader").ims
    document = policy(statement("ram:GetUser", f"acs:ram:*:{account.account_id}:user/alice"))
    admin.ram.create_policy(
        ram_models.CreatePolicyRequest(policy_name="one", policy_document=document)
    )
    admin.ram.attach_policy_to_user(
        ram_models.AttachPolicyToUserRequest(
            policy_type="Custom", policy_name="one", user_name="reader"
        )
    )
    assert get(reader, user_id=alice.user_id).user_name == "alice"
    assert get(reader, user_principal_name=alice.user_principal_name).user_name == "alice"
    for who in (
        {"user_id": bob.user_id},
        {"user_principal_name": bob.user_principal_name},
        {"user_id": "2" * 18},
        {"user_id": alice.user_id, "user_principal_name": bob.user_principal_name},
        {},
    ):
        with refused("NoPermission", 403):
            get(reader, **who)
