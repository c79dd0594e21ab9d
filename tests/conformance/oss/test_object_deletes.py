"""Deleting objects, and the tags of objects, through oss2."""

from collections.abc import Callable

import oss2
import pytest
from tests.conformance.documents import allow, policy, statement
from tests.conformance.harness import Server
from tests.conformance.oss_calls import Caller, call, refused, switch_versions


def test_an_object_that_is_deleted_is_gone(bucket: oss2.Bucket):
    bucket.put_object("key", b"x")
    for _ in range(2):
        answer = bucket.delete_object("key")
        assert (answer.status, answer.versionid, answer.delete_marker) == (204, None, None)
        assert answer.headers["Content-Length"] == "0"
    assert not bucket.object_exists("key")


def test_versions_go_one_by_one(server: Server, bucket: oss2.Bucket):
    bucket.put_object("key", b"zero")
    switch_versions(server, bucket)
    one = bucket.put_object("key", b"one").versionid
    gone = bucket.delete_object("key")
    assert gone.delete_marker
    assert gone.versionid not in (None, one)
    assert not bucket.object_exists("key")
    back = bucket.delete_object("key", params={"versionId": gone.versionid})
    assert (back.delete_marker, back.versionid) == (True, gone.versionid)
    assert bucket.get_object("key").read() == b"one"
    assert bucket.delete_object("key", params={"versionId": one}).delete_marker is None
    assert bucket.get_object("key").read() == b"zero"
    bucket.delete_object("key", params={"versionId": "null"})
    assert not bucket.object_exists("key")
    again = bucket.delete_object("key", params={"versionId": one})
    assert (again.status, again.versionid) == (204, one)
    with refused("InvalidArgument", 400):
        bucket.delete_object("key", params={"versionId": "no/version"})


def test_where_versions_are_suspended_the_null_version_is_hidden(
    server: Server, bucket: oss2.Bucket
):
    switch_versions(server, bucket)
    kept = bucket.put_object("key", b"kept").versionid
    switch_versions(server, bucket, "Suspended")
    bucket.put_object("key", b"null")
    assert bucket.delete_object("key").versionid == "null"
    with refused("MethodNotAllowed", 405):
        bucket.get_object("key", params={"versionId": "null"})
    bucket.delete_object("key", params={"versionId": "null"})
    got = bucket.get_object("key")
    assert (got.read(), got.headers["x-oss-version-id"]) == (b"kept", kept)


def test_many_in_one_call(bucket: oss2.Bucket):
    keys = ["a", "sp ace+&<ü", "c/d"]
    for key in keys:
        bucket.put_object(key, b"x")
    done = bucket.batch_delete_objects([*keys, "none"])
    assert done.deleted_keys == [*keys, "none"]
    assert bucket.list_objects().object_list == []


def delete(bucket: oss2.Bucket, document: str, **params: str):
    return call(bucket, "POST", params={"delete": "", **params}, data=document.encode())


def test_what_the_answer_tells(server: Server, bucket: oss2.Bucket):
    bucket.put_object("ü", b"x")
    document = "<Delete><Quiet>false</Quiet><Object><Key>ü</Key></Object></Delete>"
    plain = delete(bucket, document).read().decode()
    assert "<Deleted><Key>ü</Key></Deleted>" in plain
    assert "EncodingType" not in plain
    spelled = delete(bucket, document, **{"encoding-type": "url"}).read().decode()
    assert "<EncodingType>url</EncodingType><Deleted><Key>%C3%BC</Key></Deleted>" in spelled
    quiet = delete(bucket, document.replace("false", "true"))
    assert (quiet.status, quiet.read()) == (200, b"")
    switch_versions(server, bucket)
    version = bucket.put_object("k", b"x").versionid
    hidden = bucket.batch_delete_objects(["k"]).delete_versions[0]
    assert (hidden.delete_marker, bool(hidden.delete_marker_versionid)) == (True, True)
    wanted = oss2.models.BatchDeleteObjectVersionList(
        [
            oss2.models.BatchDeleteObjectVersion("k", version),
            oss2.models.BatchDeleteObjectVersion("k", hidden.delete_marker_versionid),
        ]
    )
    found = bucket.delete_object_versions(wanted).delete_versions
    assert [(each.versionid, bool(each.delete_marker)) for each in found] == [
        (version, False),
        (hidden.delete_marker_versionid, True),
    ]
    assert bucket.list_object_versions().versions == []


@pytest.mark.parametrize(
    "document",
    [
        "",
        "<Delete/>",
        "<Delete><Quiet>true</Quiet></Delete>",
        "<Other><Object><Key>a</Key></Object></Other>",
        "<Delete><Object><Key>a</Key></Object>",
        "<Delete><Object/></Delete>",
        '<!DOCTYPE d [<!ENTITY e "a">]><Delete><Object><Key>&e;</Key></Object></Delete>',
        "<Delete>" + "<Object><Key>a</Key></Object>" * 1001 + "</Delete>",
    ],
)
def test_documents_that_name_no_objects(bucket: oss2.Bucket, document: str):
    bucket.put_object("a", b"x")
    with refused("MalformedXML", 400):
        delete(bucket, document)
    assert bucket.object_exists("a")


def test_calls_that_delete_nothing(bucket: oss2.Bucket, bucket_name: str):
    one = "<Delete><Object><Key>a</Key></Object></Delete>"
    for document, code in (
        ("<Delete><Object><Key>/a</Key></Object></Delete>", "InvalidObjectName"),
        ("<Delete><Object><Key></Key></Object></Delete>", "InvalidObjectName"),
    ):
        with refused(code, 400):
            delete(bucket, document)
    with refused("InvalidArgument", 400):
        delete(bucket, one, **{"encoding-type": "other"})
    for name, code, status in (
        (f"{bucket_name}-2", "NoSuchBucket", 404),
        ("Bucket", "InvalidBucketName", 400),
    ):
        with refused(code, status):
            bucket._do("POST", name, "", params={"delete": ""}, data=one)


def test_one_key_that_may_not_go_keeps_all(
    server: Server, bucket: oss2.Bucket, as_user: Callable[..., Caller]
):
    switch_versions(server, bucket)
    name, place = bucket.bucket_name, f"acs:oss:*:*:{bucket.bucket_name}"
    version = bucket.put_object("mine/a", b"x").versionid
    bucket.put_object("a", b"x")
    user = as_user(
        policy(
            statement("oss:DeleteObject", f"{place}/*"),
            statement("oss:DeleteObject", f"{place}/a", effect="Deny"),
        )
    ).bucket(name)
    with refused("AccessDenied", 403):
        user.batch_delete_objects(["mine/a", "a"])
    with refused("AccessDenied", 403):
        user.delete_object("a")
    with refused("AccessDenied", 403):
        user.delete_object("mine/a", params={"versionId": version})
    one = oss2.models.BatchDeleteObjectVersionList(
        [oss2.models.BatchDeleteObjectVersion("mine/a", version)]
    )
    with refused("AccessDenied", 403):
        user.delete_object_versions(one)
    assert bucket.object_exists("mine/a")
    user.batch_delete_objects(["mine/a"])
    user.delete_object("mine/b")
    of_versions = as_user(allow("oss:DeleteObjectVersion", f"{place}/*")).bucket(name)
    of_versions.delete_object_versions(one)
    with refused("AccessDenied", 403):
        as_user().bucket(name).batch_delete_objects(["a"])


# --- tags ---


def tag_set(**tags: str) -> oss2.models.Tagging:
    rule = oss2.models.TaggingRule()
    rule.tagging_rule.update(tags)
    return oss2.models.Tagging(rule)


def tags_of(bucket: oss2.Bucket, key: str, **params: str) -> dict[str, str]:
    found = bucket.get_object_tagging(key, params=params or None)
    return dict(found.tag_set.tagging_rule)


def test_tags_are_put_shown_and_taken_off(bucket: oss2.Bucket):
    bucket.put_object("key", b"x", headers={"x-oss-tagging": "a=b&c&sp%20ace=x%2By"})
    before = bucket.head_object("key").last_modified
    assert tags_of(bucket, "key") == {"a": "b", "c": "", "sp ace": "x+y"}
    assert bucket.put_object_tagging("key", tag_set(d="e")).status == 200
    assert tags_of(bucket, "key") == {"d": "e"}
    assert bucket.head_object("key").last_modified == before
    assert bucket.delete_object_tagging("key").status == 204
    assert tags_of(bucket, "key") == {}


def test_tags_of_versions(server: Server, bucket: oss2.Bucket):
    switch_versions(server, bucket)
    one = bucket.put_object("key", b"x", headers={"x-oss-tagging": "n=1"}).versionid
    two = bucket.put_object("key", b"x", headers={"x-oss-tagging": "n=2"}).versionid
    assert tags_of(bucket, "key", versionId=one) == {"n": "1"}
    put = bucket.put_object_tagging("key", tag_set(n="3"), params={"versionId": one})
    assert put.versionid == one
    assert bucket.delete_object_tagging("key").versionid == two
    assert (tags_of(bucket, "key", versionId=one), tags_of(bucket, "key")) == ({"n": "3"}, {})


LONG = {"k": "v" * 257}


@pytest.mark.parametrize(
    "tags", [{"": "v"}, {"k" * 129: "v"}, LONG, {"k": "a,b"}, {f"k{n}": "" for n in range(11)}]
)
def test_tags_that_no_object_has(bucket: oss2.Bucket, tags: dict[str, str]):
    bucket.put_object("key", b"x")
    with refused("InvalidTag", 400):
        bucket.put_object_tagging("key", tag_set(**tags))
    header = "&".join(f"{oss2.urlquote(k)}={oss2.urlquote(v)}" for k, v in tags.items())
    with refused("InvalidTag", 400):
        bucket.put_object("other", b"x", headers={"x-oss-tagging": header})
    assert not bucket.object_exists("other")


@pytest.mark.parametrize("header", ["a=b=c", "a=1&a=2", "%ff=a"])
def test_headers_that_hold_no_tags(bucket: oss2.Bucket, header: str):
    with refused("InvalidTag", 400):
        bucket.put_object("key", b"x", headers={"x-oss-tagging": header})


def test_tags_need_permissions_of_their_own(bucket: oss2.Bucket, as_user: Callable[..., Caller]):
    name = bucket.bucket_name
    bucket.put_object("key", b"x")
    place = f"acs:oss:*:*:{name}/*"
    reader = as_user(allow("oss:GetObjectTagging", place)).bucket(name)
    writer = as_user(allow(["oss:PutObjectTagging", "oss:DeleteObjectTagging"], place)).bucket(name)
    writer.put_object_tagging("key", tag_set(a="b"))
    assert tags_of(reader, "key") == {"a": "b"}
    writer.delete_object_tagging("key")
    for refusal in (
        lambda: reader.put_object_tagging("key", tag_set(a="b")),
        lambda: reader.delete_object_tagging("key"),
        lambda: writer.get_object_tagging("key"),
        lambda: reader.get_object_tagging("key", params={"versionId": "null"}),
    ):
        with refused("AccessDenied", 403):
            refusal()
