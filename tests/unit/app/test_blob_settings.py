"""Where the settings keep blobs: each mistake is said, and no secret is."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from juyong.app.blobs import disk_of
from juyong.app.home import Home, open_home
from juyong.app.settings import BadSetting, Settings
from juyong.blobs.bucket.disk import BucketDisk
from juyong.blobs.disk import LocalDisk

ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "the-secret"}
GOOD = Settings(blob_store="s3://bucket/a/b", blob_endpoint="https://minio.example:9000")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return open_home(tmp_path / "home")


def test_blobs_are_in_the_home_without_a_setting(home: Home) -> None:
    assert isinstance(disk_of(home, Settings(), {}), LocalDisk)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"blob_store": "gs://bucket/a"}, "must begin with `s3://` or `oss://`"),
        ({"blob_store": "bucket"}, "must begin with"),
        ({"blob_store": "s3://"}, "must name a bucket"),
        ({"blob_store": "s3://UPPER/a"}, "must name a bucket"),
        ({"blob_store": "s3://bucket/a//b"}, "must name a bucket"),
        ({"blob_store": "s3://bucket/a?b"}, "must name a bucket"),
        ({"blob_endpoint": "http://minio.example"}, "must begin with `https://`"),
        ({"blob_endpoint": "http://127.0.0.1.example"}, "must begin with `https://`"),
        ({"blob_endpoint": "ftp://127.0.0.1"}, "must begin with `https://`"),
        ({"blob_endpoint": "minio.example"}, "must be a URL"),
        ({"blob_endpoint": "https://me:word@minio.example"}, "must be a URL"),
        ({"blob_endpoint": "https://minio.example/path"}, "must be a URL"),
        ({"blob_endpoint": "https://minio.example:99999"}, "must be a URL"),
        ({"blob_ca_file": "/no/such/file"}, "`blob_ca_file` names no file"),
        ({"blob_key_file": "/no/such/file"}, "`blob_key_file` names no file"),
        ({"blob_store": "oss://bucket/a"}, "needs `blob_key_file`, or OSS_ACCESS_KEY_ID and"),
    ],
)
def test_each_mistake_is_said(home: Home, changes: dict[str, str], text: str) -> None:
    with pytest.raises(BadSetting, match=text) as refused:
        disk_of(home, replace(GOOD, **changes), ENVIRONMENT)
    assert "the-secret" not in str(refused.value)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9", "http://localhost", "http://[::1]:9"])
def test_loopback_may_be_plain(home: Home, endpoint: str) -> None:
    assert isinstance(disk_of(home, replace(GOOD, blob_endpoint=endpoint), ENVIRONMENT), BucketDisk)


@pytest.mark.parametrize(
    ("content", "mode", "text"),
    [
        ("id\nthe-secret\n", 0o644, "must have mode 0600"),
        ("id\n", 0o600, "must have two lines"),
        ("id\nthe-secret\nmore\n", 0o600, "must have two lines"),
        ("id\nthe-secret\n", 0o600, None),
    ],
)
def test_the_access_key_is_in_a_private_file(
    home: Home, tmp_path: Path, content: str, mode: int, text: str | None
) -> None:
    path = tmp_path / "keys"
    path.write_text(content)
    path.chmod(mode)
    settings = replace(GOOD, blob_key_file=str(path))
    if text is None:
        assert isinstance(disk_of(home, settings, {}), BucketDisk)
        return
    with pytest.raises(BadSetting, match=text) as refused:
        disk_of(home, settings, {})
    assert "the-secret" not in str(refused.value)


@pytest.mark.parametrize(("kind", "client"), [("s3", "botocore"), ("oss", "alibabacloud_oss_v2")])
def test_a_client_that_is_not_installed_is_named(
    home: Home, monkeypatch: pytest.MonkeyPatch, kind: str, client: str
) -> None:
    for name in [each for each in sys.modules if each.startswith("juyong.blobs.bucket.")]:
        monkeypatch.delitem(sys.modules, name)
    for name in [client, *(each for each in sys.modules if each.startswith(f"{client}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    environment = {**ENVIRONMENT, "OSS_ACCESS_KEY_ID": "id", "OSS_ACCESS_KEY_SECRET": "s"}
    with pytest.raises(BadSetting, match=rf"pip install 'juyong\[{kind}\]'"):
        disk_of(home, replace(GOOD, blob_store=f"{kind}://bucket/a"), environment)
