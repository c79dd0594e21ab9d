"""Objects through the second SDK, alibabacloud_oss_v2."""

import alibabacloud_oss_v2 as oss
import pytest

KEY = "a/ü +"


def test_an_object_is_put_read_and_copied(client: oss.Client, named: dict[str, str]):
    asked = oss.PutObjectRequest(
        key=KEY, body=b"hello", metadata={"k": "v"}, tagging="a=b", **named
    )
    assert client.put_object(asked).hash_crc64 == "11177612005948864433"
    got = client.get_object(
        oss.GetObjectRequest(key=KEY, range_header="bytes=1-2", range_behavior="standard", **named)
    )
    assert (got.status_code, got.body.content, got.metadata["k"]) == (206, b"el", "v")
    assert client.head_object(oss.HeadObjectRequest(key=KEY, **named)).content_length == 5
    assert client.get_object_meta(oss.GetObjectMetaRequest(key=KEY, **named)).content_length == 5
    source = {"source_bucket": named["bucket"], "source_key": KEY}
    assert client.copy_object(oss.CopyObjectRequest(key="copy", **source, **named)).etag
    tags = client.get_object_tagging(oss.GetObjectTaggingRequest(key="copy", **named)).tag_set.tags
    assert [(tag.key, tag.value) for tag in tags] == [("a", "b")]
    client.put_object_acl(oss.PutObjectAclRequest(key="copy", acl="public-read", **named))
    shown = client.get_object_acl(oss.GetObjectAclRequest(key="copy", **named))
    assert (shown.acl, shown.owner.id) == ("public-read", shown.owner.display_name)
    assert client.is_object_exist(named["bucket"], "copy")
    assert not client.is_object_exist(named["bucket"], "none")


def test_an_object_grows_and_is_linked(client: oss.Client, named: dict[str, str]):
    for at, part in ((0, b"one"), (3, b"two")):
        done = client.append_object(
            oss.AppendObjectRequest(key="log", position=at, body=part, **named)
        )
        assert done.next_position == at + 3
    with pytest.raises(oss.exceptions.OperationError) as caught:
        client.append_object(oss.AppendObjectRequest(key="log", position=3, body=b"x", **named))
    error = caught.value.unwrap()
    assert (error.code, error.status_code) == ("PositionNotEqualToLength", 409)
    client.put_symlink(oss.PutSymlinkRequest(key="link", symlink_target="log", **named))
    got = client.get_object(oss.GetObjectRequest(key="link", **named))
    assert got.body.content == b"onetwo"


def test_an_object_is_restored(client: oss.Client, named: dict[str, str]):
    client.put_object(
        oss.PutObjectRequest(key="cold", body=b"x", storage_class="ColdArchive", **named)
    )
    wanted = oss.RestoreRequest(days=2, tier="Expedited")
    asked = oss.RestoreObjectRequest(key="cold", restore_request=wanted, **named)
    assert client.restore_object(asked).status_code == 202
    told = client.head_object(oss.HeadObjectRequest(key="cold", **named)).restore
    assert told == 'ongoing-request="true"'


def test_objects_go_together(client: oss.Client, named: dict[str, str]):
    keys = [KEY, "b&<c"]
    for key in keys:
        client.put_object(oss.PutObjectRequest(key=key, body=b"x", **named))
    done = client.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(
            encoding_type="url", objects=[oss.DeleteObject(key=key) for key in keys], **named
        )
    )
    assert [each.key for each in done.deleted_objects] == keys
    assert client.delete_object(oss.DeleteObjectRequest(key="none", **named)).status_code == 204
