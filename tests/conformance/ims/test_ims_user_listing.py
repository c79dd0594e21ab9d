"""Lists of users, through the official IMS SDK."""

from typing import Any

from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from tests.conformance.harness import refused
from tests.conformance.ims.principals import create, upn

from juyong.services.identity.facade import NewAccount


def names(body: Any) -> list[str]:
    return [user.user_principal_name.partition("@")[0] for user in body.users.user]


def infos(body: Any) -> list[str]:
    listed = body.user_basic_infos.user_basic_info
    return [user.user_principal_name.partition("@")[0] for user in listed]


def red(ims: Client, account: NewAccount, name: str) -> None:
    create(ims, name, account, tag=[m.CreateUserRequestTag(key="team", value="red")])


def test_list_pages_by_marker_and_covers_every_user_once(ims: Client, account: NewAccount) -> None:
    made = [f"u{i:02}" for i in range(5)]
    for name in made:
        create(ims, name, account)
    seen: list[str] = []
    marker = None
    while True:
        body = ims.list_users(m.ListUsersRequest(max_items=2, marker=marker)).body
        seen += names(body)
        if not body.is_truncated:
            assert body.marker is None
            break
        marker = body.marker
    assert seen == ["administrator", *made]
    whole = ims.list_user_basic_infos(m.ListUserBasicInfosRequest()).body
    assert infos(whole) == seen
    first = ims.list_user_basic_infos(m.ListUserBasicInfosRequest(max_items=1)).body
    second = ims.list_user_basic_infos(
        m.ListUserBasicInfosRequest(max_items=1, marker=first.marker)
    ).body
    assert infos(first) + infos(second) == seen[:2]


def test_listed_user_is_whole(ims: Client, account: NewAccount) -> None:
    red(ims, account, "alice")
    user = ims.list_users(m.ListUsersRequest()).body.users.user[1].to_map()
    assert user["Tags"] == {"Tag": [{"TagKey": "team", "TagValue": "red"}]}
    assert (user["Status"], user["UserPrincipalName"]) == ("active", upn("alice", account))
    basic = ims.list_user_basic_infos(m.ListUserBasicInfosRequest()).body
    assert basic.user_basic_infos.user_basic_info[1].to_map() == {
        "UserId": user["UserId"],
        "UserPrincipalName": upn("alice", account),
        "DisplayName": "alice",
        "Status": "active",
    }


def test_nobody_is_frozen(ims: Client) -> None:
    for status, expected in (("active", 1), ("active,freeze", 1), ("freeze", 0)):
        users = ims.list_users(m.ListUsersRequest(status=status)).body.users
        assert len(users.user or []) == expected
    with refused("InvalidParameter.Status", 400):
        ims.list_users(m.ListUsersRequest(status="frozen"))


def test_list_by_tag_pages_too(ims: Client, account: NewAccount) -> None:
    for name in ("anna", "bert", "cleo"):
        red(ims, account, name)
    create(ims, "zoe", account)
    tag = [m.ListUsersRequestTag(key="team", value="red")]
    first = ims.list_users(m.ListUsersRequest(tag=tag, max_items=2)).body
    second = ims.list_users(m.ListUsersRequest(tag=tag, max_items=2, marker=first.marker)).body
    assert (names(first), names(second)) == (["anna", "bert"], ["cleo"])
    assert (first.is_truncated, second.is_truncated) == (True, False)
    blue = [m.ListUsersRequestTag(key="team", value="blue")]
    assert names(ims.list_users(m.ListUsersRequest(tag=blue)).body) == []
    with refused("InvalidParameter.Marker", 400):
        ims.list_users(m.ListUsersRequest(tag=tag, marker="x"))


def test_basic_list_takes_tag_or_status(ims: Client, account: NewAccount) -> None:
    red(ims, account, "anna")
    tag = [m.ListUserBasicInfosRequestTag(key="team", value="")]
    found = ims.list_user_basic_infos(m.ListUserBasicInfosRequest(tag=tag)).body
    assert infos(found) == ["anna"]
    with refused("InvalidParameter.Status", 400):
        ims.list_user_basic_infos(m.ListUserBasicInfosRequest(tag=tag, status="active"))
