"""Who reaches what: ACL, bucket policy, RAM policy, session policy, in the documented order."""

import json
import re
from collections.abc import Callable
from typing import Any

import oss2
import pytest
from tests.conformance.conftest import Clients
from tests.conformance.documents import allow, policy, statement
from tests.conformance.harness import Server
from tests.conformance.oss_calls import Caller, call, path_of, raw, refused
from tests.conformance.sts.roles import assume, grant, make_trusting, root_key

from juyong.api.denial import open_diagnostic
from juyong.services.identity.facade import NewAccount
from juyong.services.oss.buckets.bucket import BUCKET
from juyong.services.oss.tables import BucketRow
from juyong.store.tags import put_tags
from juyong.store.transaction import Transaction

AsKey = Callable[..., Clients]
AsUser = Callable[..., Caller]


def statement_on(bucket: oss2.Bucket, *principals: str, **changed: Any) -> dict[str, Any]:
    """Return a statement that allows reading, on the bucket and its objects."""
    name = f"acs:oss:*:*:{bucket.bucket_name}"
    made = {"Effect": "Allow", "Action": ["oss:GetObject"], "Resource": [name, f"{name}/*"]}
    return {**made, "Principal": list(principals), **changed}


def put_policy(bucket: oss2.Bucket, *statements: dict[str, Any]) -> None:
    bucket.put_bucket_policy(json.dumps({"Version": "1", "Statement": statements}))


def identity(as_key: AsKey, caller: Caller) -> Any:
    keys = caller.auth.credentials_provider.get_credentials()
    made = as_key(keys.get_access_key_id(), keys.get_access_key_secret())
    return made.sts.get_caller_identity().body


def here(bucket: oss2.Bucket, caller: Caller) -> oss2.Bucket:
    """Return a bucket as another caller calls it."""
    return caller.bucket(bucket.bucket_name)


def test_a_bucket_is_opened_by_its_acl(bucket: oss2.Bucket, anonymous: Caller, as_user):
    bucket.put_object("key", b"body")
    strangers = (here(bucket, anonymous), here(bucket, as_user()))
    for each in strangers:
        with refused("AccessDenied", 403) as caught:
            each.get_object("key")
        assert caught.value.details["EC"] == "0003-00000001"
        assert "because of bucket acl" in caught.value.details["Message"]
    assert bucket.get_bucket_acl().acl == "private"
    bucket.put_bucket_acl("public-read")
    assert bucket.get_bucket_acl().acl == "public-read"
    for each in strangers:
        assert each.get_object("key").read() == b"body"
        assert [item.key for item in each.list_objects().object_list] == ["key"]
        with refused("AccessDenied", 403):
            each.put_object("key", b"other")
        with refused("AccessDenied", 403):
            each.get_bucket_acl()
    bucket.put_bucket_acl("public-read-write")
    for each in strangers:
        each.put_object("key", b"other")
        each.delete_object("key")
        with refused("AccessDenied", 403):
            each.put_bucket_acl("private")


def test_an_acl_that_is_none(bucket: oss2.Bucket):
    for acl in ("everyone", ""):
        with refused("InvalidArgument", 400):
            call(bucket, "PUT", params={"acl": ""}, headers={"x-oss-acl": acl})


def status_of(bucket: oss2.Bucket) -> bytes:
    """Return the status of a bucket's policy; oss2's signature V1 does not cover the parameter."""
    keys = bucket.auth.credentials_provider.get_credentials()
    auth = oss2.AuthV4(keys.get_access_key_id(), keys.get_access_key_secret())
    asked = oss2.Bucket(auth, bucket.endpoint, bucket.bucket_name, region="cn-hangzhou")
    return bytes(call(asked, "GET", params={"policyStatus": ""}).read())


def test_a_policy_comes_back_byte_for_byte(bucket: oss2.Bucket, stranger: Caller):
    for gone in (bucket.get_bucket_policy, lambda: status_of(bucket)):
        with refused("NoSuchBucketPolicy", 404):
            gone()
    text = json.dumps(
        {"Statement": [statement_on(bucket, "1234")], "Version": "1"}, indent=3
    ).replace("oss:GetObject", "oss:\\u0047etObject")
    assert bucket.put_bucket_policy(text).status == 200
    assert bucket.get_bucket_policy().policy == text
    assert b"<IsPublic>false</IsPublic>" in status_of(bucket)
    put_policy(bucket, statement_on(bucket, "*"))
    assert b"<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>" in status_of(bucket)
    with refused("AccessDenied", 403) as caught:
        here(bucket, stranger).get_bucket_policy()
    assert caught.value.details["Message"] == "The bucket you access does not belong to you."
    assert bucket.delete_bucket_policy().status == 204
    assert bucket.delete_bucket_policy().status == 204


@pytest.mark.parametrize(
    "changed",
    [
        {"Principal": {"RAM": ["*"]}},
        {"Principal": ["acs:ram::1:root"]},
        {"Principal": "*"},
        {"Principal": [1]},
        {"NotPrincipal": ["1"]},
        {"Action": ["ecs:*"]},
        {"Action": []},
        {"Effect": "allow"},
        {"Resource": ["acs:oss:*:*:another-bucket"]},
        {"Resource": ["*"]},
        {"Resource": ["acs:oss:*:*:*"]},
        {"Condition": {"StringLikes": {"acs:SourceIp": ["1"]}}},
        {"Condition": {"IpAddress": {"acs:SourceIp": ["1.2.3"]}}},
        {"Unknown": 1},
    ],
)
def test_policies_that_are_refused(bucket: oss2.Bucket, changed: dict[str, Any]):
    with refused("MalformedPolicy", 400):
        put_policy(bucket, statement_on(bucket, "*", **changed))


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"{", b"[]", b"\xff", b" " * 16385, b'{"Version":"1"}'),
        *(b'{"Version":"1","Statement":[]}', b'{"Version":"1","Statement":[1]}'),
    ],
)
def test_texts_that_are_no_policies(bucket: oss2.Bucket, text: bytes):
    with refused("MalformedPolicy", 400):
        call(bucket, "PUT", params={"policy": ""}, data=text)
    with refused("NoSuchBucketPolicy", 404):
        bucket.get_bucket_policy()


def test_a_deny_of_the_bucket_policy_beats_an_allow_of_ram(
    bucket: oss2.Bucket, as_user: AsUser, as_key: AsKey
):
    bucket.put_object("key", b"body")
    user = as_user(allow("oss:*"))
    assert here(bucket, user).get_object("key").read() == b"body"
    put_policy(bucket, statement_on(bucket, identity(as_key, user).user_id, Effect="Deny"))
    with refused("AccessDenied", 403) as caught:
        here(bucket, user).get_object("key")
    details = caught.value.details
    assert (details["Message"], details["EC"]) == (
        "Access denied by bucket policy.",
        "0003-00000202",
    )
    assert here(bucket, user).get_bucket_acl().acl == "private"


def test_a_deny_of_ram_beats_an_allow_of_the_bucket_policy(bucket: oss2.Bucket, as_user: AsUser):
    bucket.put_object("key", b"body")
    put_policy(bucket, statement_on(bucket, "*"))
    user = here(bucket, as_user(policy(statement("oss:Get*", effect="Deny"))))
    with refused("AccessDenied", 403) as caught:
        user.get_object("key")
    assert caught.value.details["EC"] == "0003-00000201"


def test_an_allow_of_the_bucket_policy_suffices(
    bucket: oss2.Bucket, as_user: AsUser, stranger: Caller, anonymous: Caller, as_key: AsKey
):
    bucket.put_object("key", b"body")
    user = as_user()
    foreign = identity(as_key, stranger)
    put_policy(bucket, statement_on(bucket, identity(as_key, user).user_id, foreign.user_id))
    for each in (user, stranger):
        assert here(bucket, each).get_object("key").read() == b"body"
        with refused("AccessDenied", 403):
            here(bucket, each).put_object("key", b"other")
    with refused("AccessDenied", 403):
        here(bucket, anonymous).get_object("key")


def test_an_empty_list_of_principals_is_everybody(bucket: oss2.Bucket, anonymous: Caller):
    bucket.put_object("key", b"body")
    put_policy(bucket, statement_on(bucket))
    assert here(bucket, anonymous).get_object("key").read() == b"body"


def test_a_permission_of_another_account_gives_nothing(bucket: oss2.Bucket, stranger: Caller):
    bucket.put_object("key", b"body")
    for ask in (
        here(bucket, stranger).get_bucket_info,
        here(bucket, stranger).list_objects,
        lambda: here(bucket, stranger).get_object("key"),
        lambda: here(bucket, stranger).delete_object("key"),
    ):
        with refused("AccessDenied", 403):
            ask()


def test_root_of_the_owner_is_free(server: Server, account: NewAccount, bucket: oss2.Bucket):
    bucket.put_object("key", b"body")
    put_policy(bucket, statement_on(bucket, "*", Effect="Deny", Action=["oss:*"]))
    key = root_key(server, account)
    root = Caller(server.port, oss2.Auth(key.access_key_id, key.secret))
    assert here(bucket, root).get_object("key").read() == b"body"
    with refused("AccessDenied", 403):
        bucket.get_object("key")


def test_a_session_policy_narrows(
    server: Server, account: NewAccount, admin: Clients, bucket: oss2.Bucket
):
    bucket.put_object("key", b"body")
    make_trusting(admin.ram, account, "reader")
    grant(admin.ram, "role", "reader", allow("oss:*"))
    arn = f"acs:ram::{account.account_id}:role/reader"

    def session(document: str | None) -> oss2.Bucket:
        keys = assume(admin.sts, arn, **({"policy": document} if document else {})).credentials
        auth = oss2.StsAuth(keys.access_key_id, keys.access_key_secret, keys.security_token)
        return here(bucket, Caller(server.port, auth))

    session(None).put_object("key", b"other")
    narrowed = session(allow("oss:GetObject"))
    assert narrowed.get_object("key").read() == b"other"
    with refused("AccessDenied", 403) as caught:
        narrowed.put_object("key", b"x")
    assert caught.value.details["Message"] == "Access denied by authorizer's policy."
    bucket.put_bucket_acl("public-read-write")
    with refused("AccessDenied", 403):
        narrowed.put_object("key", b"x")
    put_policy(
        bucket,
        statement_on(bucket, f"arn:sts::{account.account_id}:assumed-role/reader/*", Effect="Deny"),
    )
    with refused("AccessDenied", 403):
        session(None).get_object("key")


def test_conditions(bucket: oss2.Bucket, anonymous: Caller, server: Server):
    bucket.put_object("a/key", b"body")
    name = bucket.bucket_name

    def allowed_if(condition: dict[str, Any], **changed: Any) -> None:
        put_policy(bucket, statement_on(bucket, "*", Condition=condition, **changed))

    def reads() -> bool:
        return raw(server.port, "GET", path_of(bucket, "a/key")).status == 200

    allowed_if({"Bool": {"acs:SecureTransport": ["false"]}})
    assert reads()
    allowed_if({"Bool": {"acs:SecureTransport": ["true"]}})
    assert not reads()
    allowed_if({"IpAddress": {"acs:SourceIp": ["127.0.0.0/8"]}})
    assert reads()
    allowed_if({"NotIpAddress": {"acs:SourceIp": ["127.0.0.0/8"]}})
    assert not reads()
    allowed_if({"StringLike": {"oss:Prefix": ["a/*"]}}, Action=["oss:ListObjects"])
    assert here(bucket, anonymous).list_objects(prefix="a/").object_list
    with refused("AccessDenied", 403):
        here(bucket, anonymous).list_objects(prefix="b/")
    assert raw(server.port, "GET", f"/{name}?prefix=a/").status == 200


def test_a_permission_for_buckets_with_a_tag_covers_their_objects(
    server: Server, bucket: oss2.Bucket, as_user: AsUser
):
    bucket.put_object("key", b"body")
    user = here(
        bucket,
        as_user(allow("oss:GetObject", condition={"StringEquals": {"oss:BucketTag/k": "v"}})),
    )
    with refused("AccessDenied", 403):
        user.get_object("key")

    def tag(tx: Transaction) -> None:
        row = tx.get(BucketRow, bucket.bucket_name)
        assert row is not None
        put_tags(tx, BUCKET.ref(row), {"k": "v"})

    server.running.store.call(tag)
    assert user.get_object("key").read() == b"body"


def test_who_has_no_credentials(
    server: Server, anonymous: Caller, bucket: oss2.Bucket, bucket_name: str
):
    listed = raw(server.port, "GET", "/", {"Host": "oss-cn-hangzhou.aliyuncs.com"})
    assert (listed.status, listed.headers["x-oss-ec"]) == (403, "0003-00000002")
    for ask in (
        anonymous.bucket(f"{bucket_name}-2").create_bucket,
        here(bucket, anonymous).get_bucket_acl,
        here(bucket, anonymous).delete_bucket,
        lambda: call(here(bucket, anonymous), "GET", params={"publicAccessBlock": ""}),
    ):
        with refused("AccessDenied", 403) as caught:
            ask()
        assert caught.value.details["EC"] == "0003-00000002"
        assert "AccessDeniedDetail" not in caught.value.details
    with refused("NoSuchBucket", 404):
        anonymous.bucket(f"{bucket_name}-2").get_object("key")


def test_a_denied_user_gets_what_the_account_can_open(
    bucket: oss2.Bucket, as_user: AsUser, admin: Clients, server: Server
):
    with refused("AccessDenied", 403) as caught:
        as_user().service.list_buckets()
    assert caught.value.details["Message"] == "You are forbidden to list buckets."
    with refused("AccessDenied", 403) as caught:
        here(bucket, as_user()).get_bucket_info()
    body = caught.value.body
    assert b"<AuthAction>oss:GetBucketInfo</AuthAction>" in body
    assert b"<NoPermissionType>ImplicitDeny</NoPermissionType>" in body
    assert b"<EncodedDiagnosticMessage>AQE" in body


def test_a_stranger_does_not_learn_whose_a_bucket_is(
    server: Server, account: NewAccount, bucket: oss2.Bucket, as_key: AsKey, stranger: Caller
):
    with refused("AccessDenied", 403) as caught:
        here(bucket, stranger).get_object("key")
    text = caught.value.body.decode()
    assert account.account_id not in text
    message = re.search("<EncodedDiagnosticMessage>(.*?)</", text)
    assert message is not None
    key = server.running.pipeline.platform.keys["diagnostics"]
    opened = open_diagnostic(message[1], identity(as_key, stranger).account_id, key)
    assert account.account_id not in json.dumps(opened)
    assert f"acs:oss:*:*:{bucket.bucket_name}/key" in json.dumps(opened)


def test_presigned_addresses_end(server: Server, bucket: oss2.Bucket):
    bucket.put_object("key", b"body")
    keys = bucket.auth.credentials_provider.get_credentials()
    v4 = oss2.AuthV4(keys.get_access_key_id(), keys.get_access_key_secret())
    newer = oss2.Bucket(v4, bucket.endpoint, bucket.bucket_name, region="cn-hangzhou")
    for each in (bucket, newer):
        path = each.sign_url("GET", "key", 60).partition(str(server.port))[2]
        assert raw(server.port, "GET", path).content == b"body"
        server.clock.offset = 120
        try:
            answer = raw(server.port, "GET", path)
        finally:
            server.clock.offset = 0
        assert answer.status == 403
        assert b"<Code>AccessDenied</Code><Message>Request has expired.</Message>" in answer.content
        for more in ("&versionId=1", "&response-content-type=x"):
            changed = raw(server.port, "GET", path + more)
            assert b"<Code>SignatureDoesNotMatch</Code>" in changed.content
        assert raw(server.port, "GET", path, {"acl": ""}).content == b"body"
        assert raw(server.port, "PUT", path, {}, b"x").status == 403


def test_a_header_is_no_subresource(bucket: oss2.Bucket):
    bucket.put_object("key", b"body")
    assert bucket.get_object("key", headers={"acl": "", "policy": ""}).read() == b"body"


# --- public access blocked ---

_BLOCK = "<PublicAccessBlockConfiguration><BlockPublicAccess>{}</BlockPublicAccess></Pub"
_BLOCK += "licAccessBlockConfiguration>"


@pytest.mark.parametrize("whole_account", [False, True])
def test_public_access_is_blocked(
    bucket: oss2.Bucket, owner: Caller, anonymous: Caller, as_user: AsUser, whole_account: bool
):
    name = "" if whole_account else bucket.bucket_name

    def ask(method: str, data: str = "") -> bytes:
        params = {"publicAccessBlock": ""}
        return bytes(owner.service._do(method, name, "", params=params, data=data).read())

    def everybody_reads() -> bool:
        try:
            return here(bucket, anonymous).get_object("key").status == 200
        except oss2.exceptions.AccessDenied:
            return False

    bucket.put_object("key", b"body")
    bucket.put_bucket_acl("public-read")
    assert b"<BlockPublicAccess>false</BlockPublicAccess>" in ask("GET")
    assert everybody_reads()
    ask("PUT", _BLOCK.format("True"))
    assert b"<BlockPublicAccess>true</BlockPublicAccess>" in ask("GET")
    assert not everybody_reads()
    with refused("AccessDenied", 403):
        here(bucket, as_user()).get_object("key")
    with refused("AccessDenied", 403) as caught:
        bucket.put_bucket_acl("public-read-write")
    assert caught.value.details["Message"] == "Put public bucket acl is not allowed"
    with refused("AccessDenied", 403):
        put_policy(bucket, statement_on(bucket, "*"))
    put_policy(bucket, statement_on(bucket, "*", Effect="Deny", Action=["oss:DeleteObject"]))
    with refused("AccessDenied", 403):
        bucket.delete_object("key")
    bucket.put_bucket_acl("private")
    if whole_account:
        with refused("AccessDenied", 403):
            owner.bucket(f"{bucket.bucket_name}-2").create_bucket("public-read")
    ask("DELETE")
    put_policy(bucket, statement_on(bucket, "*"))
    assert everybody_reads()
    ask("PUT", _BLOCK.format("true"))
    assert not everybody_reads()
    ask("DELETE")
    for text in ("", "<X/>", _BLOCK.format("maybe")):
        with refused("MalformedXML", 400):
            ask("PUT", text)


def test_an_object_is_not_opened_where_public_access_is_blocked(bucket: oss2.Bucket):
    bucket.put_object("key", b"body")
    call(bucket, "PUT", params={"publicAccessBlock": ""}, data=_BLOCK.format("true"))
    name, public = bucket.bucket_name, {"x-oss-object-acl": "public-read"}
    for write in (
        lambda: bucket.put_object("key", b"", headers=public),
        lambda: bucket.append_object("log", 0, b"", headers=public),
        lambda: bucket.copy_object(name, "key", "copy", headers=public),
        lambda: bucket.put_symlink("key", "link", headers=public),
    ):
        with refused("AccessDenied", 403):
            write()
    assert bucket.get_object("key").read() == b"body"
    bucket.put_object("key", b"", headers={"x-oss-object-acl": "private"})


def test_a_document_is_what_its_md5_says(bucket: oss2.Bucket):
    good = _BLOCK.format("true")
    for md5 in (oss2.utils.content_md5("other"), "none"):
        with refused("InvalidDigest", 400):
            call(
                bucket,
                "PUT",
                params={"publicAccessBlock": ""},
                headers={"Content-MD5": md5},
                data=good,
            )
