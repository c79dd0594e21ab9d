"""Both Python SDKs of OSS live through the story: no endpoint but the one they make of the region.

Arguments: the SDK, `http` or `https`, `v1` or `v4`, and the bucket. Prints one line of JSON.
"""

import json
import sys
from typing import Any

import alibabacloud_oss_v2 as oss
import oss2
import requests

KEY, BODY = "folder/a b+é.txt", b"words of a client"


def first(scheme: str, signature: str, name: str) -> dict[str, Any]:
    """Tell the story with oss2."""
    auth = oss2.ProviderAuthV4 if signature == "v4" else oss2.ProviderAuth
    provider = oss2.credentials.EnvironmentVariableCredentialsProvider()
    endpoint = f"{scheme}://oss-cn-hangzhou.aliyuncs.com"
    bucket = oss2.Bucket(auth(provider), endpoint, name, region="cn-hangzhou")
    bucket.create_bucket()
    bucket.put_object(KEY, BODY, headers={"x-oss-meta-owner": "ann"})
    found = bucket.get_object(KEY)
    told = {"body": found.read().decode(), "owner": found.headers["x-oss-meta-owner"]}
    told["listed"] = [each.key for each in oss2.ObjectIteratorV2(bucket)]
    address = bucket.sign_url("GET", KEY, 60, slash_safe=True)
    told["presigned"] = requests.get(address, timeout=20).text
    try:
        bucket.get_object("absent")
    except oss2.exceptions.NoSuchKey as refused:
        told["absent"] = refused.code
    bucket.batch_delete_objects([KEY])
    bucket.delete_bucket()
    return told


def second(scheme: str, signature: str, name: str) -> dict[str, Any]:
    """Tell the story with alibabacloud_oss_v2."""
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.EnvironmentVariableCredentialsProvider()
    config.region, config.disable_ssl = "cn-hangzhou", scheme == "http"
    config.signature_version = signature
    client = oss.Client(config)
    named = {"bucket": name, "key": KEY}
    client.put_bucket(oss.PutBucketRequest(bucket=name))
    client.put_object(oss.PutObjectRequest(**named, body=BODY, metadata={"owner": "ann"}))
    found = client.get_object(oss.GetObjectRequest(**named))
    told = {"body": found.body.read().decode(), "owner": found.metadata["owner"]}
    pages = client.list_objects_v2_paginator().iter_page(oss.ListObjectsV2Request(bucket=name))
    told["listed"] = [each.key for page in pages for each in page.contents or ()]
    address = client.presign(oss.GetObjectRequest(**named)).url
    told["presigned"] = requests.get(address, timeout=20).text
    try:
        client.get_object(oss.GetObjectRequest(bucket=name, key="absent"))
    except oss.exceptions.OperationError as refused:
        told["absent"] = refused.unwrap().code
    client.delete_object(oss.DeleteObjectRequest(**named))
    client.delete_bucket(oss.DeleteBucketRequest(bucket=name))
    return told


if __name__ == "__main__":
    sdk, *rest = sys.argv[1:]
    print(json.dumps({"oss2": first, "oss_v2": second}[sdk](*rest)))
