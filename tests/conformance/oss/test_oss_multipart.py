"""Multipart uploads through oss2: begun, filled, listed, completed, given up; what is refused."""

import hashlib
import os
from typing import Any

import fastcrc
import oss2
import pytest
from oss2.models import PartInfo
from tests.conformance.documents import allow
from tests.conformance.oss_calls import Caller, call, refused

LEAST = 100 * 1024


def begun(bucket: oss2.Bucket, key: str = "key", **headers: str) -> str:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return bucket.init_multipart_upload(key, headers=given).upload_id


def put(
    bucket: oss2.Bucket, upload_id: str, number: int, body: bytes, key: str = "key"
) -> PartInfo:
    answer = bucket.upload_part(key, upload_id, number, body)
    return PartInfo(number, answer.etag, size=len(body), part_crc=answer.crc)


def complete(
    bucket: oss2.Bucket, upload_id: str, parts: list[tuple[int, str]] | None, **headers: str
) -> Any:
    listed = "".join(
        f'<Part><PartNumber>{number}</PartNumber><ETag>"{etag}"</ETag></Part>'
        for number, etag in parts or ()
    )
    body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>"
    answer = call(
        bucket,
        "POST",
        "key",
        params={"uploadId": upload_id},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        data=b"" if parts is None else body,
    )
    answer.read()
    return answer


def etag_of(etags: list[str]) -> str:
    joined = hashlib.md5("".join(etags).encode(), usedforsecurity=False)
    return f"{joined.hexdigest().upper()}-{len(etags)}"


def test_parts_become_an_object(bucket: oss2.Bucket):
    bodies = [os.urandom(LEAST), os.urandom(3 * 1024 * 1024 + 5), b"end"]
    upload_id = begun(
        bucket, Content_Type="text/x-test", x_oss_meta_one="1", x_oss_storage_class="IA"
    )
    assert len(upload_id) == 32
    assert upload_id == upload_id.upper()
    parts = [
        put(bucket, upload_id, number, body) for number, body in zip((2, 5, 7), bodies, strict=True)
    ]
    whole = b"".join(bodies)
    done = bucket.complete_multipart_upload("key", upload_id, parts)
    assert done.crc == fastcrc.crc64.xz(whole)
    assert done.etag == etag_of([part.etag for part in parts])
    found = bucket.get_object("key")
    assert found.read() == whole
    assert found.content_length == len(whole)
    assert found.headers["x-oss-object-type"] == "Multipart"
    assert found.headers["x-oss-storage-class"] == "IA"
    assert found.headers["x-oss-meta-one"] == "1"
    assert found.content_type == "text/x-test"
    assert "Content-MD5" not in found.headers
    assert found.etag == done.etag
    (listed,) = bucket.list_objects().object_list
    assert (listed.key, listed.size, listed.type, listed.etag) == (
        "key",
        len(whole),
        "Multipart",
        done.etag,
    )
    assert bucket.list_multipart_uploads().upload_list == []


def test_the_recorded_etag_of_one_part(bucket: oss2.Bucket):
    """The ETag of an upload that the live service answered, from the ETag of its part."""
    assert etag_of(["2B5C91AD399409EC9B409B66F5BB00FB"]) == "E00BEA22A07DB22215B2A4D889CB4C8A-1"
    upload_id = begun(bucket)
    part = put(bucket, upload_id, 1, b"x")
    assert bucket.complete_multipart_upload("key", upload_id, [part]).etag == etag_of([part.etag])


def test_a_part_takes_the_place_of_its_number(bucket: oss2.Bucket):
    upload_id = begun(bucket)
    first = put(bucket, upload_id, 1, b"first")
    second = put(bucket, upload_id, 1, b"second")
    (listed,) = bucket.list_parts("key", upload_id).parts
    assert (listed.etag, listed.size) == (second.etag, 6)
    with refused("InvalidPart", 400) as caught:
        bucket.complete_multipart_upload("key", upload_id, [first])
    assert caught.value.details["PartNumber"] == "1"
    assert caught.value.details["ETag"] == first.etag
    assert caught.value.details["EC"] == "0042-00000212"
    bucket.complete_multipart_upload("key", upload_id, [second])
    assert bucket.get_object("key").read() == b"second"


def test_parts_that_are_not_listed_are_dropped(bucket: oss2.Bucket):
    upload_id = begun(bucket)
    put(bucket, upload_id, 1, os.urandom(LEAST))
    last = put(bucket, upload_id, 2, b"last")
    assert complete(bucket, upload_id, [(2, last.etag.lower())]).status == 200
    assert bucket.get_object("key").read() == b"last"


def test_all_parts_without_a_list(bucket: oss2.Bucket):
    upload_id = begun(bucket)
    bodies = [os.urandom(LEAST), b"end"]
    for number, body in zip((4, 3), reversed(bodies), strict=True):
        put(bucket, upload_id, number, body)
    with refused("InvalidArgument", 400) as caught:
        complete(bucket, upload_id, [(3, "x")], x_oss_complete_all="yes")
    assert caught.value.details["EC"] == "0042-00000216"
    with refused("InvalidArgument", 400):
        complete(bucket, upload_id, None, x_oss_complete_all="no")
    assert complete(bucket, upload_id, None, x_oss_complete_all="yes").status == 200
    assert bucket.get_object("key").read() == b"".join(bodies)


def test_a_second_completion(bucket: oss2.Bucket):
    upload_id = begun(bucket)
    part = put(bucket, upload_id, 1, b"body")
    bucket.complete_multipart_upload("key", upload_id, [part])
    with refused("NoSuchUpload", 404) as caught:
        bucket.complete_multipart_upload("key", upload_id, [part])
    assert caught.value.details["EC"] == "0042-00000203"
    assert caught.value.details["UploadId"] == upload_id


def test_lists_that_name_no_object(bucket: oss2.Bucket):
    upload_id = begun(bucket)
    big, small = put(bucket, upload_id, 1, os.urandom(LEAST)), put(bucket, upload_id, 2, b"small")
    last = put(bucket, upload_id, 3, b"last")
    named = [(each.part_number, each.etag) for each in (big, small, last)]
    for wrong in ([named[1], named[0]], [named[0], named[0]]):
        with refused("InvalidPartOrder", 400):
            complete(bucket, upload_id, wrong)
    with refused("EntityTooSmall", 400) as caught:
        complete(bucket, upload_id, named)
    assert caught.value.details["PartNumber"] == "2"
    assert caught.value.details["ProposedSize"] == "5"
    for wrong in ([(4, last.etag)], [(1, last.etag)], [(1, "")]):
        with refused("InvalidPart", 400):
            complete(bucket, upload_id, wrong)
    for number in (0, 10_001):
        with refused("InvalidArgument", 400):
            complete(bucket, upload_id, [(number, last.etag)])
    for body, ec in (
        ("<Other/>", "0031-00000001"),
        ("<CompleteMultipartUpload/>", "0031-00000001"),
        ("", "0042-00000205"),
    ):
        with refused("MalformedXML", 400) as caught:
            call(bucket, "POST", "key", params={"uploadId": upload_id}, data=body)
        assert caught.value.details["EC"] == ec
    with refused("InvalidPart", 400):
        complete(bucket, begun(bucket), None, x_oss_complete_all="yes")
    bucket.complete_multipart_upload("key", upload_id, [big, last])
    assert bucket.head_object("key").content_length == LEAST + 4


def test_an_upload_that_is_given_up(bucket: oss2.Bucket):
    upload_id = begun(bucket)
    part = put(bucket, upload_id, 1, b"body")
    with refused("BucketNotEmpty", 409):
        bucket.delete_bucket()
    assert bucket.abort_multipart_upload("key", upload_id).status == 204
    for again, ec in (
        (lambda: bucket.abort_multipart_upload("key", upload_id), "0042-00000002"),
        (lambda: bucket.list_parts("key", upload_id), "0042-00000002"),
        (lambda: put(bucket, upload_id, 2, b"late"), "0042-00000002"),
        (lambda: bucket.complete_multipart_upload("key", upload_id, [part]), "0042-00000203"),
    ):
        with refused("NoSuchUpload", 404) as caught:
            again()
        assert caught.value.details["EC"] == ec
    assert bucket.delete_bucket().status == 204


def test_an_upload_belongs_to_its_key(bucket: oss2.Bucket):
    upload_id = begun(bucket)
    with refused("NoSuchUpload", 404):
        bucket.upload_part("other", upload_id, 1, b"body")
    with refused("NoSuchUpload", 404):
        bucket.abort_multipart_upload("other", upload_id)


def test_parts_that_are_refused(bucket: oss2.Bucket):
    upload_id = begun(bucket)
    for number in ("0", "10001", "-1", "x"):
        with refused("InvalidArgument", 400):
            call(
                bucket,
                "PUT",
                "key",
                params={"uploadId": upload_id, "partNumber": number},
                data=b"body",
            )
    with refused("InvalidDigest", 400):
        bucket.upload_part("key", upload_id, 1, b"body", headers={"Content-MD5": "AAAA"})
    assert bucket.list_parts("key", upload_id).parts == []


def test_what_an_upload_may_not_begin_with(bucket: oss2.Bucket):
    bucket.put_object("key", b"there")
    with refused("FileAlreadyExists", 409):
        begun(bucket, x_oss_forbid_overwrite="true")
    with refused("InvalidArgument", 400):
        begun(bucket, x_oss_meta_long="x" * 9000)
    upload_id = begun(bucket)
    part = put(bucket, upload_id, 1, b"new")
    with refused("FileAlreadyExists", 409):
        complete(bucket, upload_id, [(1, part.etag)], x_oss_forbid_overwrite="true")
    assert bucket.get_object("key").read() == b"there"
    complete(bucket, upload_id, [(1, part.etag)])
    assert bucket.get_object("key").read() == b"new"


def test_parts_are_listed_in_pages(bucket: oss2.Bucket):
    upload_id = begun(bucket)
    parts = [put(bucket, upload_id, number, b"%d" % number) for number in (3, 1, 10_000)]
    page = bucket.list_parts("key", upload_id, max_parts=2)
    assert ([each.part_number for each in page.parts], page.is_truncated) == ([1, 3], True)
    assert page.next_marker == "3"
    rest = bucket.list_parts("key", upload_id, marker=page.next_marker, max_parts=2)
    assert [(each.part_number, each.etag) for each in rest.parts] == [(10_000, parts[2].etag)]
    assert not rest.is_truncated
    for wrong in ({"max-parts": "0"}, {"max-parts": "1001"}, {"part-number-marker": "x"}):
        with refused("InvalidArgument", 400):
            call(bucket, "GET", "key", params={"uploadId": upload_id, **wrong})


def test_the_answer_of_a_list_of_parts(bucket: oss2.Bucket):
    upload_id = begun(bucket, "a b+é")
    bucket.upload_part("a b+é", upload_id, 1, b"hello")
    shown = call(
        bucket, "GET", "a b+é", params={"uploadId": upload_id, "encoding-type": "url"}
    ).read()
    assert b"<Key>a%20b%2B%C3%A9</Key>" in shown
    assert b"<HashCrc64ecma>11177612005948864433</HashCrc64ecma>" in shown
    assert b"<NextPartNumberMarker>1</NextPartNumberMarker>" in shown


def test_uploads_are_listed_by_key_and_id(bucket: oss2.Bucket):
    ids = {key: sorted(begun(bucket, key) for _ in range(2)) for key in ("a/1", "a/2", "b", "é")}
    flat = [(key, upload_id) for key, held in ids.items() for upload_id in held]
    for size in (1, 2, 3, 1000):
        found, key, upload = [], "", ""
        while True:
            page = bucket.list_multipart_uploads(
                key_marker=key, upload_id_marker=upload, max_uploads=size
            )
            found += [(each.key, each.upload_id) for each in page.upload_list]
            key, upload = page.next_key_marker, page.next_upload_id_marker
            if not page.is_truncated:
                break
        assert found == flat
        assert (key, upload) == ("", "")
    grouped = bucket.list_multipart_uploads(delimiter="/")
    assert grouped.prefix_list == ["a/"]
    assert [each.key for each in grouped.upload_list] == ["b", "b", "é", "é"]
    behind = bucket.list_multipart_uploads(key_marker="a/1")
    assert [each.key for each in behind.upload_list] == ["a/2", "a/2", "b", "b", "é", "é"]
    begins = bucket.list_multipart_uploads(prefix="a/", max_uploads=1)
    assert begins.is_truncated
    assert [each.key for each in oss2.MultipartUploadIterator(bucket, max_uploads=1)] == [
        key for key, _ in flat
    ]
    for wrong in ({"max-uploads": "0"}, {"max-uploads": "1001"}, {"encoding-type": "x"}):
        with refused("InvalidArgument", 400):
            call(bucket, "GET", params={"uploads": "", **wrong})
    with refused("InvalidArgument", 400):
        bucket.list_multipart_uploads(prefix="x" * 1024)


def test_the_acl_of_an_upload(bucket: oss2.Bucket, anonymous: Caller):
    for begins, ends, readable in (
        ("public-read", "", True),
        ("private", "public-read", True),
        ("public-read", "private", False),
        ("default", "", False),
    ):
        upload_id = begun(bucket, x_oss_object_acl=begins)
        part = put(bucket, upload_id, 1, b"body")
        more = {"x_oss_object_acl": ends} if ends else {}
        complete(bucket, upload_id, [(1, part.etag)], **more)
        reader = anonymous.bucket(bucket.bucket_name)
        if readable:
            assert reader.get_object("key").read() == b"body"
        else:
            with refused("AccessDenied", 403):
                reader.get_object("key")
    with refused("InvalidArgument", 400):
        begun(bucket, x_oss_object_acl="everyone")


def test_uploads_need_the_permission_of_their_writes(bucket: oss2.Bucket, as_user):
    upload_id = begun(bucket)
    name = bucket.bucket_name
    nothing = as_user().bucket(name)
    for ask in (
        lambda: nothing.init_multipart_upload("key"),
        lambda: nothing.upload_part("key", upload_id, 1, b"x"),
        lambda: nothing.list_parts("key", upload_id),
        lambda: complete(nothing, upload_id, [(1, "x")]),
        lambda: nothing.abort_multipart_upload("key", upload_id),
        nothing.list_multipart_uploads,
    ):
        with refused("AccessDenied", 403):
            ask()
    writer = as_user(allow("oss:PutObject", f"acs:oss:*:*:{name}/key")).bucket(name)
    part = put(writer, upload_id, 1, b"body")
    with refused("AccessDenied", 403):
        writer.abort_multipart_upload("key", upload_id)
    with refused("AccessDenied", 403):
        writer.init_multipart_upload("other")
    complete(writer, upload_id, [(1, part.etag)])
    keeper = as_user(allow("oss:ListMultipartUploads", f"acs:oss:*:*:{name}")).bucket(name)
    assert keeper.list_multipart_uploads().upload_list == []


def test_names_that_are_not_there(owner: Caller, bucket_name: str, bucket: oss2.Bucket):
    gone = owner.bucket(f"{bucket_name}-x")
    for ask in (
        lambda of: of.init_multipart_upload("key"),
        lambda of: of.upload_part("key", "0" * 32, 1, b"x"),
        lambda of: of.list_parts("key", "0" * 32),
        lambda of: complete(of, "0" * 32, [(1, "x")]),
        lambda of: of.abort_multipart_upload("key", "0" * 32),
        lambda of: of.list_multipart_uploads(),
    ):
        with refused("NoSuchBucket", 404):
            ask(gone)
    for method, params in (
        ("POST", {"uploads": ""}),
        ("PUT", {"uploadId": "x", "partNumber": "1"}),
        ("GET", {"uploadId": "x"}),
        ("POST", {"uploadId": "x"}),
        ("DELETE", {"uploadId": "x"}),
    ):
        with refused("InvalidBucketName", 400):
            bucket._do(method, "A_b", "key", params=params)
        with refused("InvalidObjectName", 400):
            call(bucket, method, "\\key", params=params)
    with refused("InvalidBucketName", 400):
        bucket._do("GET", "A_b", "", params={"uploads": ""})


@pytest.mark.parametrize("begin", [0, LEAST - 1, LEAST, LEAST + 2])
def test_an_object_of_parts_is_read_from_anywhere(bucket: oss2.Bucket, begin: int):
    bodies = [os.urandom(LEAST), b"", b"end"]
    upload_id = begun(bucket)
    put(bucket, upload_id, 1, bodies[0])
    put(bucket, upload_id, 3, bodies[2])
    complete(bucket, upload_id, None, x_oss_complete_all="yes")
    whole = b"".join(bodies)
    assert bucket.get_object("key", byte_range=(begin, None)).read() in (whole[begin:], whole)


def copy_part(bucket: oss2.Bucket, upload_id: str, number: int, source: str, **headers: str) -> Any:
    answer = call(
        bucket,
        "PUT",
        "key",
        params={"uploadId": upload_id, "partNumber": str(number)},
        headers={
            "x-oss-copy-source": source,
            **{f"x-oss-copy-source-{name.replace('_', '-')}": v for name, v in headers.items()},
        },
    )
    answer.read()
    return answer


def test_parts_are_copied_from_objects(bucket: oss2.Bucket):
    body = os.urandom(3 * 1024 * 1024 + 9)
    put_object = bucket.put_object("a b+é", body)
    upload_id = begun(bucket)
    first = bucket.upload_part_copy(
        bucket.bucket_name, "a b+é", (5, 2**20 + 100), "key", upload_id, 1
    )
    assert (
        first.etag == hashlib.md5(body[5 : 2**20 + 101], usedforsecurity=False).hexdigest().upper()
    )
    second = bucket.upload_part_copy(bucket.bucket_name, "a b+é", None, "key", upload_id, 2)
    assert second.etag == put_object.etag
    parts = [PartInfo(1, first.etag), PartInfo(2, second.etag)]
    bucket.complete_multipart_upload("key", upload_id, parts)
    bucket.delete_object("a b+é")
    assert bucket.get_object("key").read() == body[5 : 2**20 + 101] + body


def test_a_part_is_copied_from_an_object_of_parts(bucket: oss2.Bucket):
    upload_id = begun(bucket)
    bodies = [os.urandom(LEAST), os.urandom(LEAST), b"end"]
    for number, body in enumerate(bodies, start=1):
        put(bucket, upload_id, number, body)
    complete(bucket, upload_id, None, x_oss_complete_all="yes")
    source, again = f"/{bucket.bucket_name}/key", begun(bucket)
    copy_part(bucket, again, 1, source, range=f"bytes={LEAST - 2}-{2 * LEAST + 1}")
    complete(bucket, again, None, x_oss_complete_all="yes")
    whole = b"".join(bodies)
    assert bucket.get_object("key").read() == whole[LEAST - 2 : 2 * LEAST + 2]


def test_a_copied_part_is_as_the_caller_demands(bucket: oss2.Bucket):
    etag = bucket.put_object("from", b"hello").etag
    upload_id, source = begun(bucket), f"/{bucket.bucket_name}/from"
    assert copy_part(bucket, upload_id, 1, source, if_match=f'"{etag}"').status == 200
    with refused("PreconditionFailed", 412):
        copy_part(bucket, upload_id, 2, source, if_none_match="x", if_match="y")
    with pytest.raises(oss2.exceptions.NotModified):
        copy_part(bucket, upload_id, 2, source, if_none_match=etag)
    with pytest.raises(oss2.exceptions.NotModified):
        copy_part(bucket, upload_id, 2, source, if_modified_since="Tue, 01 Jan 2030 00:00:00 GMT")
    with refused("PreconditionFailed", 412):
        copy_part(bucket, upload_id, 2, source, if_unmodified_since="Tue, 01 Jan 2019 00:00:00 GMT")
    assert [each.part_number for each in bucket.list_parts("key", upload_id).parts] == [1]


def test_sources_and_targets_of_parts_that_are_not_there(bucket: oss2.Bucket, owner: Caller):
    name = bucket.bucket_name
    bucket.put_object("from", b"hello")
    upload_id = begun(bucket)
    for source, code, status in (
        (f"/{name}/none", "NoSuchKey", 404),
        (f"/{name}-x/from", "NoSuchBucket", 404),
        ("/A_b/from", "InvalidBucketName", 400),
        (f"/{name}/%5Cfrom", "InvalidObjectName", 400),
        (f"/{name}/%FF", "InvalidArgument", 400),
        (name, "InvalidArgument", 400),
        (f"/{name}/from?versionId=none", "NoSuchVersion", 404),
    ):
        with refused(code, status):
            copy_part(bucket, upload_id, 1, source)
    with refused("NoSuchUpload", 404):
        copy_part(bucket, "0" * 32, 1, f"/{name}/from")
    with refused("InvalidArgument", 400):
        copy_part(bucket, upload_id, 0, f"/{name}/from")
    bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig("Enabled"))
    marker = bucket.delete_object("from").versionid
    with refused("MethodNotAllowed", 405):
        copy_part(bucket, upload_id, 1, f"/{name}/from?versionId={marker}")
    archived = {"x-oss-storage-class": "Archive"}
    bucket.put_object("cold", b"x", headers=archived)
    with refused("InvalidObjectState", 403):
        copy_part(bucket, upload_id, 1, f"/{name}/cold")
    with refused("NoSuchBucket", 404):
        copy_part(owner.bucket(f"{name}-x"), upload_id, 1, f"/{name}/from")


def test_copying_a_part_needs_both_permissions(bucket: oss2.Bucket, as_user: Any):
    name = bucket.bucket_name
    bucket.put_object("from", b"hello")
    upload_id, source = begun(bucket), f"/{name}/from"
    for actions in ("oss:GetObject", "oss:PutObject"):
        user = as_user(allow(actions, f"acs:oss:*:*:{name}/*")).bucket(name)
        with refused("AccessDenied", 403):
            copy_part(user, upload_id, 1, source)
    both = as_user(allow(["oss:GetObject", "oss:PutObject"], f"acs:oss:*:*:{name}/*")).bucket(name)
    assert copy_part(both, upload_id, 1, source).status == 200


def test_an_upload_keeps_tags(bucket: oss2.Bucket, as_user: Any):
    upload_id = begun(bucket, x_oss_tagging="a=1&b=2")
    part = put(bucket, upload_id, 1, b"x")
    complete(bucket, upload_id, [(1, part.etag)])
    assert bucket.get_object_tagging("key").tag_set.tagging_rule == {"a": "1", "b": "2"}
    with refused("InvalidTag", 400):
        begun(bucket, x_oss_tagging="a=1&a=2")
    name = bucket.bucket_name
    writer = as_user(allow("oss:PutObject", f"acs:oss:*:*:{name}/*")).bucket(name)
    with refused("AccessDenied", 403):
        begun(writer, x_oss_tagging="a=1")
