"""ACLs of objects through oss2: set, shown, and in force."""

from collections.abc import Callable

import oss2
import pytest
from tests.conformance.documents import allow
from tests.conformance.harness import Server
from tests.conformance.oss_calls import Caller, call, refused, switch_versions


def test_an_acl_is_the_buckets_until_it_is_set(bucket: oss2.Bucket):
    bucket.put_object("key", b"x")
    assert bucket.get_object_acl("key").acl == "default"
    for acl in ("private", "public-read", "public-read-write", "default"):
        assert bucket.put_object_acl("key", acl).status == 200
        assert bucket.get_object_acl("key").acl == acl
    for headers in ({}, {"x-oss-object-acl": "everyone"}):
        with refused("InvalidArgument", 400):
            call(bucket, "PUT", "key", params={"acl": ""}, headers=headers)


def test_acls_of_versions(server: Server, bucket: oss2.Bucket, anonymous: Caller):
    switch_versions(server, bucket)
    one = bucket.put_object("key", b"1").versionid
    bucket.put_object("key", b"2")
    named = {"versionId": one}
    assert bucket.put_object_acl("key", "public-read", params=dict(named)).versionid == one
    assert bucket.get_object_acl("key", params=dict(named)).acl == "public-read"
    assert bucket.get_object_acl("key").acl == "default"
    who = anonymous.bucket(bucket.bucket_name)
    assert who.get_object("key", params=dict(named)).read() == b"1"
    with refused("AccessDenied", 403):
        who.get_object("key")


def test_an_objects_own_acl_beats_the_buckets(bucket: oss2.Bucket, anonymous: Caller):
    who = anonymous.bucket(bucket.bucket_name)
    bucket.put_object("open", b"x", headers={"x-oss-object-acl": "public-read-write"})
    bucket.put_object("closed", b"x", headers={"x-oss-object-acl": "private"})
    bucket.put_bucket_acl("public-read")
    who.put_object("open", b"y")
    # What took the place of the object has no ACL of its own.
    with refused("AccessDenied", 403):
        who.put_object("open", b"z")
    with refused("AccessDenied", 403):
        who.get_object("closed")
    assert who.get_object("open").read() == b"y"
    for refusal in (
        lambda: who.get_object_acl("open"),
        lambda: who.put_object_acl("open", "private"),
    ):
        with refused("AccessDenied", 403):
            refusal()


def test_no_object_is_opened_where_that_is_blocked(bucket: oss2.Bucket, anonymous: Caller):
    public = {"x-oss-object-acl": "public-read"}
    bucket.put_object("key", b"x", headers=public)
    bucket.put_bucket_public_access_block(block_public_access=True)
    for write in (
        lambda: bucket.put_object_acl("key", "public-read"),
        lambda: bucket.put_object("key", b"y", headers=public),
        lambda: bucket.append_object("log", 0, b"y", headers=public),
        lambda: bucket.put_symlink("key", "link", headers=public),
        lambda: bucket.copy_object(bucket.bucket_name, "key", "copy", headers=public),
    ):
        with refused("AccessDenied", 403):
            write()
    with refused("AccessDenied", 403):
        anonymous.bucket(bucket.bucket_name).get_object("key")
    bucket.put_object_acl("key", "private")


@pytest.mark.parametrize("params", [{}, {"versionId": "null"}])
def test_acls_need_permissions_of_their_own(
    bucket: oss2.Bucket, as_user: Callable[..., Caller], params: dict[str, str]
):
    bucket.put_object("key", b"x")
    name, place = bucket.bucket_name, f"acs:oss:*:*:{bucket.bucket_name}/*"
    kind = "ObjectVersionAcl" if params else "ObjectAcl"
    reader = as_user(allow(["oss:GetObject", f"oss:Get{kind}"], place)).bucket(name)
    writer = as_user(allow(["oss:PutObject", f"oss:Put{kind}"], place)).bucket(name)
    writer.put_object_acl("key", "private", params=dict(params))
    assert reader.get_object_acl("key", params=dict(params)).acl == "private"
    for refusal in (
        lambda: writer.get_object_acl("key", params=dict(params)),
        lambda: reader.put_object_acl("key", "public-read", params=dict(params)),
    ):
        with refused("AccessDenied", 403):
            refusal()
