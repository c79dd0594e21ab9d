"""Versions of objects through oss2: switched on and off, listed in pages, deleted and restored."""

from typing import Any

import oss2
import pytest
from lxml import etree
from oss2.models import BucketVersioningConfig
from tests.conformance.documents import allow
from tests.conformance.oss_calls import Caller, call, refused


def switch(bucket: oss2.Bucket, state: str) -> None:
    bucket.put_bucket_versioning(BucketVersioningConfig(state))


@pytest.fixture
def versioned(bucket: oss2.Bucket) -> oss2.Bucket:
    switch(bucket, "Enabled")
    return bucket


def entries(bucket: oss2.Bucket, **params: str) -> list[tuple[str, str, str, bool]]:
    """List (element, key, version id, latest) in the order of the answer."""
    sent = {name.replace("_", "-"): value for name, value in params.items()}
    root = etree.fromstring(call(bucket, "GET", params={"versions": "", **sent}).read())
    return [
        (
            each.tag,
            each.findtext("Key") or "",
            each.findtext("VersionId") or "",
            each.findtext("IsLatest") == "true",
        )
        for each in root
        if each.tag in ("Version", "DeleteMarker")
    ]


def test_the_states_of_a_bucket(bucket: oss2.Bucket):
    assert bucket.get_bucket_versioning().status is None
    assert bucket.get_bucket_info().versioning_status is None
    for state in ("Enabled", "Suspended", "Enabled"):
        switch(bucket, state)
        assert bucket.get_bucket_versioning().status == state
        assert bucket.get_bucket_info().versioning_status == state
    for wrong in ("", "Off", "enabled", "Disabled"):
        with refused("InvalidArgument", 400):
            switch(bucket, wrong)
    for wrong in ("<VersioningConfiguration/>", "<Other/>", "no XML", ""):
        with refused("MalformedXML", 400):
            call(bucket, "PUT", params={"versioning": ""}, data=wrong)
    assert bucket.get_bucket_versioning().status == "Enabled"


def test_a_bucket_without_versions_lists_null(bucket: oss2.Bucket):
    bucket.put_object("key", b"1")
    bucket.put_object("key", b"2")
    assert entries(bucket) == [("Version", "key", "null", True)]


def test_every_write_is_a_version(bucket: oss2.Bucket):
    bucket.put_object("key", b"old")
    switch(bucket, "Enabled")
    first = bucket.put_object("key", b"first").versionid
    second = bucket.put_object("key", b"second").versionid
    assert len({first, second, "null"}) == 3
    assert entries(bucket) == [
        ("Version", "key", second, True),
        ("Version", "key", first, False),
        ("Version", "key", "null", False),
    ]
    assert bucket.get_object("key").read() == b"second"
    (listed,) = bucket.list_objects().object_list
    assert listed.size == 6


def test_a_deleted_object_is_hidden_by_a_marker(versioned: oss2.Bucket):
    kept = versioned.put_object("key", b"kept").versionid
    gone = versioned.delete_object("key")
    assert gone.delete_marker
    assert entries(versioned) == [
        ("DeleteMarker", "key", gone.versionid, True),
        ("Version", "key", kept, False),
    ]
    with refused("NoSuchKey", 404):
        versioned.get_object("key")
    assert versioned.list_objects().object_list == []
    assert list(oss2.ObjectIteratorV2(versioned)) == []
    with refused("BucketNotEmpty", 409):
        versioned.delete_bucket()


def test_a_suspended_bucket_overwrites_null(versioned: oss2.Bucket):
    kept = versioned.put_object("key", b"kept").versionid
    switch(versioned, "Suspended")
    assert versioned.put_object("key", b"null 1").versionid == "null"
    assert versioned.put_object("key", b"null 2").versionid == "null"
    assert entries(versioned) == [
        ("Version", "key", "null", True),
        ("Version", "key", kept, False),
    ]
    assert versioned.get_object("key").read() == b"null 2"
    assert versioned.delete_object("key").versionid == "null"
    assert entries(versioned) == [
        ("DeleteMarker", "key", "null", True),
        ("Version", "key", kept, False),
    ]
    switch(versioned, "Enabled")
    newest = versioned.put_object("key", b"new").versionid
    assert entries(versioned) == [
        ("Version", "key", newest, True),
        ("DeleteMarker", "key", "null", False),
        ("Version", "key", kept, False),
    ]
    switch(versioned, "Suspended")
    versioned.put_object("key", b"null 3")
    assert [each[2] for each in entries(versioned)] == ["null", newest, kept]


def test_a_completed_upload_is_a_version(versioned: oss2.Bucket):
    before = versioned.put_object("key", b"before").versionid
    upload_id = versioned.init_multipart_upload("key").upload_id
    part = versioned.upload_part("key", upload_id, 1, b"parts")
    info = oss2.models.PartInfo(1, part.etag)
    done = versioned.complete_multipart_upload("key", upload_id, [info])
    assert [each[2] for each in entries(versioned)] == [done.versionid, before]


def filled(bucket: oss2.Bucket) -> list[tuple[str, str, str, bool]]:
    """Make versions and markers of several keys; returns them in the order of a list."""
    found: list[tuple[str, str, str, bool]] = []
    for key in ("a/1", "a/2", "b", "c d+é"):
        made: list[tuple[str, str]] = []
        for number in range(3):
            made.insert(0, ("Version", bucket.put_object(key, b"x" * number).versionid))
            if number == 1:
                made.insert(0, ("DeleteMarker", bucket.delete_object(key).versionid))
        found += [(kind, key, each, at == 0) for at, (kind, each) in enumerate(made)]
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_versions_are_listed_in_pages(versioned: oss2.Bucket, size: int):
    wanted = filled(versioned)
    found: list[Any] = []
    markers = {"key_marker": "", "version_id_marker": ""}
    while True:
        answer = versioned.list_object_versions(
            max_keys=size,
            key_marker=markers["key_marker"],
            versionid_marker=markers["version_id_marker"],
        )
        found += entries(versioned, max_keys=str(size), **markers)
        if not answer.is_truncated:
            break
        assert len(answer.versions) + len(answer.delete_marker) == size
        markers = {
            "key_marker": answer.next_key_marker,
            "version_id_marker": answer.next_versionid_marker,
        }
    assert found == wanted


def test_versions_in_groups_and_behind_markers(versioned: oss2.Bucket):
    wanted = filled(versioned)
    answer = versioned.list_object_versions(delimiter="/", max_keys=2)
    assert (answer.common_prefix, answer.next_key_marker) == (["a/"], "b")
    assert answer.next_versionid_marker == wanted[8][2]
    answer = versioned.list_object_versions(delimiter="/", max_keys=1)
    assert (answer.next_key_marker, answer.next_versionid_marker) == ("a/", "")
    rest = entries(versioned, delimiter="/", key_marker="a/")
    assert rest == wanted[8:]
    assert entries(versioned, key_marker="a/2") == wanted[8:]
    assert entries(versioned, prefix="a/2") == wanted[4:8]
    assert entries(versioned, key_marker="b", version_id_marker=wanted[9][2]) == wanted[10:]
    # The version that a page ended with may be gone by the next one; none is left out.
    assert entries(versioned, key_marker="b", version_id_marker="gone") == wanted[8:]
    with refused("InvalidArgument", 400):
        entries(versioned, version_id_marker="x")
    for wrong in ({"max_keys": "0"}, {"max_keys": "1001"}, {"encoding_type": "x"}):
        with refused("InvalidArgument", 400):
            entries(versioned, **wrong)


def test_the_answer_of_an_empty_list(bucket: oss2.Bucket):
    """oss2 reads elements that are empty, and fails where they are missing."""
    text = call(bucket, "GET", params={"versions": "", "encoding-type": "url"}).read()
    root = etree.fromstring(text)
    assert [(each.tag, each.text or "") for each in root] == [
        ("Name", bucket.bucket_name),
        ("Prefix", ""),
        ("KeyMarker", ""),
        ("VersionIdMarker", ""),
        ("MaxKeys", "100"),
        ("Delimiter", ""),
        ("EncodingType", "url"),
        ("IsTruncated", "false"),
    ]
    assert bucket.list_object_versions().versions == []


def test_who_may_list_and_switch(bucket: oss2.Bucket, as_user, anonymous: Caller):
    name = bucket.bucket_name
    nothing = as_user().bucket(name)
    for ask in (
        lambda: switch(nothing, "Enabled"),
        nothing.get_bucket_versioning,
        nothing.list_object_versions,
        anonymous.bucket(name).list_object_versions,
    ):
        with refused("AccessDenied", 403):
            ask()
    lister = as_user(allow("oss:ListObjectVersions", f"acs:oss:*:*:{name}")).bucket(name)
    assert lister.list_object_versions().versions == []


def test_buckets_that_are_not_there(owner: Caller, bucket_name: str, bucket: oss2.Bucket):
    gone = owner.bucket(f"{bucket_name}-x")
    for ask in (
        lambda: switch(gone, "Enabled"),
        gone.get_bucket_versioning,
        gone.list_object_versions,
    ):
        with refused("NoSuchBucket", 404):
            ask()
    body = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    for method, mark in (("PUT", "versioning"), ("GET", "versioning"), ("GET", "versions")):
        with refused("InvalidBucketName", 400):
            bucket._do(method, "A_b", "", params={mark: ""}, data=body if method == "PUT" else None)
