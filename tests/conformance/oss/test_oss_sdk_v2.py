"""Uploads, versions and lists through the second SDK, alibabacloud_oss_v2."""

import io
import os
from collections.abc import Iterator

import alibabacloud_oss_v2 as oss
import pytest
import requests
from alibabacloud_oss_v2.transport.requests_client import RequestsHttpClient
from tests.conformance.harness import Server

from juyong.services.identity.facade import NewAccount

PART = 200 * 1024


@pytest.fixture
def client(server: Server, account: NewAccount) -> Iterator[oss.Client]:
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        account.access_key_id, account.secret.reveal()
    )
    config.region = "cn-hangzhou"
    config.endpoint = f"http://127.0.0.1:{server.port}"
    config.use_path_style = True
    with requests.Session() as session:
        config.http_client = RequestsHttpClient(session=session)
        yield oss.Client(config)


@pytest.fixture
def bucket(client: oss.Client, bucket_name: str) -> str:
    client.put_bucket(oss.PutBucketRequest(bucket=bucket_name))
    return bucket_name


def test_the_uploader_and_the_downloader(client: oss.Client, bucket: str):
    body = os.urandom(3 * PART + 17)
    up = client.uploader(part_size=PART, parallel_num=3)
    done = up.upload_from(oss.PutObjectRequest(bucket=bucket, key="a b+é"), io.BytesIO(body))
    assert done.etag.strip('"').endswith("-4")
    assert done.hash_crc64
    out = io.BytesIO()
    down = client.downloader(part_size=PART, parallel_num=3)
    down.download_to(oss.GetObjectRequest(bucket=bucket, key="a b+é"), out)
    assert out.getvalue() == body


def test_the_paginators(client: oss.Client, bucket: str):
    client.put_bucket_versioning(
        oss.PutBucketVersioningRequest(
            bucket=bucket,
            versioning_configuration=oss.VersioningConfiguration(status="Enabled"),
        )
    )
    for key in ("a/1", "a b+é", "c"):
        for body in (b"1", b"2"):
            client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=body))
        client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key=key))
    client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key="c"))
    keys = [
        each.key
        for page in client.list_objects_v2_paginator(limit=1).iter_page(
            oss.ListObjectsV2Request(bucket=bucket)
        )
        for each in page.contents or ()
    ]
    assert keys == ["a b+é", "a/1"]
    versions, markers = [], []
    for page in client.list_object_versions_paginator(limit=2).iter_page(
        oss.ListObjectVersionsRequest(bucket=bucket)
    ):
        versions += [each.key for each in page.version or ()]
        markers += [each.key for each in page.delete_marker or ()]
    assert versions == ["a b+é", "a b+é", "a/1", "a/1", "c", "c"]
    assert markers == ["c"]
    uploads = [
        each.key
        for page in client.list_multipart_uploads_paginator(limit=1).iter_page(
            oss.ListMultipartUploadsRequest(bucket=bucket)
        )
        for each in page.uploads or ()
    ]
    assert uploads == ["a b+é", "a/1", "c"]


def test_parts_one_by_one(client: oss.Client, bucket: str):
    key = "key"
    begun = client.initiate_multipart_upload(
        oss.InitiateMultipartUploadRequest(bucket=bucket, key=key)
    )
    bodies = [os.urandom(PART), b"end"]
    for number, body in enumerate(bodies, start=1):
        client.upload_part(
            oss.UploadPartRequest(
                bucket=bucket,
                key=key,
                upload_id=begun.upload_id,
                part_number=number,
                body=body,
            )
        )
    pages = client.list_parts_paginator(limit=1).iter_page(
        oss.ListPartsRequest(bucket=bucket, key=key, upload_id=begun.upload_id)
    )
    assert [part.size for page in pages for part in page.parts] == [PART, 3]
    done = client.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(
            bucket=bucket, key=key, upload_id=begun.upload_id, complete_all="yes"
        )
    )
    assert done.key == key
    got = client.get_object(oss.GetObjectRequest(bucket=bucket, key=key))
    assert got.body.read() == b"".join(bodies)
    assert got.hash_crc64 == done.hash_crc64


def test_a_web_site(client: oss.Client, bucket: str):
    site = oss.WebsiteConfiguration(
        index_document=oss.IndexDocument(suffix="index.html", support_sub_dir=True, type=2),
        error_document=oss.ErrorDocument(key="error.html", http_status=404),
        routing_rules=oss.RoutingRules(
            routing_rules=[
                oss.RoutingRule(
                    rule_number=3,
                    condition=oss.RoutingRuleCondition(
                        key_prefix_equals="old/",
                        include_headers=[oss.RoutingRuleIncludeHeader(key="a", starts_with="b")],
                    ),
                    redirect=oss.RoutingRuleRedirect(
                        redirect_type="External", host_name="example.com", http_redirect_code=307
                    ),
                )
            ]
        ),
    )
    client.put_bucket_website(
        oss.PutBucketWebsiteRequest(bucket=bucket, website_configuration=site)
    )
    got = client.get_bucket_website(oss.GetBucketWebsiteRequest(bucket=bucket))
    found = got.website_configuration
    assert (found.index_document.suffix, found.index_document.type) == ("index.html", 2)
    assert (found.error_document.key, found.error_document.http_status) == ("error.html", 404)
    (rule,) = found.routing_rules.routing_rules
    assert (rule.rule_number, rule.condition.key_prefix_equals) == (3, "old/")
    assert rule.condition.include_headers[0].starts_with == "b"
    assert (rule.redirect.host_name, rule.redirect.http_redirect_code) == ("example.com", 307)
    done = client.delete_bucket_website(oss.DeleteBucketWebsiteRequest(bucket=bucket))
    assert done.status_code == 204


def test_an_access_log(client: oss.Client, bucket: str):
    got = client.get_bucket_logging(oss.GetBucketLoggingRequest(bucket=bucket))
    assert got.bucket_logging_status.logging_enabled is None
    wanted = oss.LoggingEnabled(target_bucket=bucket, target_prefix="log/")
    client.put_bucket_logging(
        oss.PutBucketLoggingRequest(
            bucket=bucket, bucket_logging_status=oss.BucketLoggingStatus(logging_enabled=wanted)
        )
    )
    got = client.get_bucket_logging(oss.GetBucketLoggingRequest(bucket=bucket))
    found = got.bucket_logging_status.logging_enabled
    assert (found.target_bucket, found.target_prefix) == (bucket, "log/")
    done = client.delete_bucket_logging(oss.DeleteBucketLoggingRequest(bucket=bucket))
    assert done.status_code == 204
