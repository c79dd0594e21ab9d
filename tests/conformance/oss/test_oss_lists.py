"""Lists of objects through oss2: both forms, in pages, in groups, with names that need escapes."""

from typing import Any

import oss2
import pytest
from lxml import etree
from tests.conformance.documents import allow
from tests.conformance.oss_calls import Caller, call, refused

KEYS = ["a/1", "a/2", "b", "c d+é/x/1", "c d+é/y", "d&<e>", "é"]
PAGES = [1, 2, 3, 7, 1000]


@pytest.fixture
def full(bucket: oss2.Bucket) -> oss2.Bucket:
    for key in reversed(KEYS):
        bucket.put_object(key, b"hello")
    return bucket


def told(bucket: oss2.Bucket, **params: str) -> Any:
    """Return the answer of a list as an element."""
    sent = {name.replace("_", "-"): value for name, value in params.items()}
    return etree.fromstring(call(bucket, "GET", params=sent).read())


@pytest.mark.parametrize("size", PAGES)
@pytest.mark.parametrize("form", [oss2.ObjectIterator, oss2.ObjectIteratorV2])
def test_every_key_is_in_one_page(full: oss2.Bucket, form: Any, size: int):
    assert [each.key for each in form(full, max_keys=size)] == KEYS
    grouped = [(each.key, each.is_prefix()) for each in form(full, max_keys=size, delimiter="/")]
    assert grouped == [
        ("a/", True),
        ("b", False),
        ("c d+é/", True),
        ("d&<e>", False),
        ("é", False),
    ]
    inside = form(full, max_keys=size, delimiter="/", prefix="c d+é/")
    assert [(each.key, each.is_prefix()) for each in inside] == [
        ("c d+é/x/", True),
        ("c d+é/y", False),
    ]


def test_lists_of_none_one_and_two(bucket: oss2.Bucket):
    for number in range(3):
        keys = [str(each) for each in range(number)]
        assert [each.key for each in bucket.list_objects().object_list] == keys
        assert [each.key for each in bucket.list_objects_v2().object_list] == keys
        bucket.put_object(str(number), b"")


def test_markers_inside_a_group_pass_over_the_group(full: oss2.Bucket):
    """Source: OSS API reference, ListObjects (documented): the group is not listed again."""
    for marker in ("a/", "a/1", "a/2", "a/zzz"):
        page = full.list_objects(marker=marker, delimiter="/")
        assert page.prefix_list == ["c d+é/"], marker
        assert [each.key for each in page.object_list] == ["b", "d&<e>", "é"]
        page = full.list_objects_v2(start_after=marker, delimiter="/")
        assert page.prefix_list == ["c d+é/"], marker
    assert [each.key for each in full.list_objects(marker="a/1").object_list] == KEYS[1:]
    assert full.list_objects(marker="zz", delimiter="/").prefix_list == []
    before = full.list_objects(marker="a", delimiter="/")
    assert before.prefix_list == ["a/", "c d+é/"]


def test_the_token_goes_before_start_after(full: oss2.Bucket):
    page = full.list_objects_v2(max_keys=2)
    assert page.is_truncated
    token = page.next_continuation_token
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    rest = full.list_objects_v2(continuation_token=token, start_after="é")
    assert [each.key for each in rest.object_list] == KEYS[2:]
    for wrong in ("%", "_w", "=", "a"):
        with refused("InvalidArgument", 400):
            full.list_objects_v2(continuation_token=wrong)


def test_the_elements_of_both_forms(full: oss2.Bucket, account: Any):
    first = told(full, encoding_type="url", max_keys="2", delimiter="/")
    assert [each.tag for each in first] == [
        *("Name", "Prefix", "Marker", "MaxKeys", "Delimiter", "EncodingType", "IsTruncated"),
        *("NextMarker", "Contents", "CommonPrefixes"),
    ]
    assert [each.tag for each in first.find("Contents")] == [
        *("Key", "LastModified", "ETag", "Type", "Size", "StorageClass", "Owner")
    ]
    assert first.findtext("Contents/ETag") == '"5D41402ABC4B2A76B9719D911017C592"'
    assert first.findtext("Contents/Owner/ID") == account.account_id
    second = told(full, list_type="2", encoding_type="url", max_keys="2", delimiter="/")
    assert [each.tag for each in second] == [
        *("Name", "Prefix", "MaxKeys", "Delimiter", "EncodingType", "IsTruncated"),
        *("NextContinuationToken", "Contents", "CommonPrefixes", "KeyCount"),
    ]
    assert second.find("Contents/Owner") is None
    owned = told(full, list_type="2", fetch_owner="true")
    assert owned.findtext("Contents/Owner/ID") == account.account_id
    plain = told(full, prefix="c d+é/y")
    assert (plain.findtext("Contents/Key"), plain.find("EncodingType")) == ("c d+é/y", None)
    escaped = told(full, prefix="c d+é/y", encoding_type="url")
    assert escaped.findtext("Prefix") == "c%20d%2B%C3%A9/y"


def test_what_lists_refuse(bucket: oss2.Bucket, owner: Caller):
    for wrong in (
        {"max_keys": "0"},
        {"max_keys": "1001"},
        {"max_keys": "x"},
        {"encoding_type": "base64"},
        {"prefix": "x" * 1024},
        {"list_type": "2", "start_after": "é" * 512},
        {"list_type": "1"},
    ):
        with refused("InvalidArgument", 400):
            told(bucket, **wrong)
    gone = owner.bucket(f"{bucket.bucket_name}-x")
    for ask in (gone.list_objects, gone.list_objects_v2):
        with refused("NoSuchBucket", 404):
            ask()
    for params in ({}, {"list-type": "2"}):
        with refused("InvalidBucketName", 400):
            bucket._do("GET", "A_b", "", params=params)


def test_who_may_list(bucket: oss2.Bucket, as_user: Any, anonymous: Caller):
    bucket.put_object("own/1", b"")
    name = bucket.bucket_name
    nothing = as_user().bucket(name)
    for ask in (
        nothing.list_objects,
        nothing.list_objects_v2,
        anonymous.bucket(name).list_objects,
    ):
        with refused("AccessDenied", 403):
            ask()
    own = {"StringEquals": {"oss:Prefix": ["own/"]}}
    reader = as_user(allow("oss:ListObjects", f"acs:oss:*:*:{name}", condition=own)).bucket(name)
    assert [each.key for each in reader.list_objects_v2(prefix="own/").object_list] == ["own/1"]
    for prefix in ("", "own", "own/1"):
        with refused("AccessDenied", 403):
            reader.list_objects(prefix=prefix)
