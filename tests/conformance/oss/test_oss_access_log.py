"""Access logs: switched on by oss2, and what stands in the log objects of an hour."""

from collections.abc import Callable, Iterator

import oss2
import pytest
from alibabacloud_kms20160120 import models as k
from oss2.models import BucketLogging
from tests.conformance.conftest import Clients
from tests.conformance.documents import allow, policy, statement
from tests.conformance.harness import Server
from tests.conformance.oss_calls import Caller, call, keys_of, path_of, raw, refused
from tests.oss_forms import MULTIPART, body_of, policy_of, signed_v1
from tests.unit.services.oss.test_log_line import fields

from juyong.api.bench import Bench
from juyong.services.identity.facade import NewAccount
from juyong.services.oss.access_log import jobs, noting
from juyong.services.oss.access_log.jobs import write_logs
from juyong.services.oss.access_log.tables import LogLineRow
from juyong.services.oss.tables import BucketRow
from juyong.store.executor import Executor
from juyong.store.transaction import Transaction

Write = Callable[..., list[str]]


@pytest.fixture
def write(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Let an hour and a minute go by, for server and client, and the job run."""
    before, dated = server.clock.offset, oss2.utils.http_date
    monkeypatch.setattr(oss2.utils, "http_date", lambda: dated(server.clock()))

    def go(hours: int = 1) -> list[str]:
        server.clock.offset += hours * 3600 + 61
        running, heard = server.running, list[str]()
        write_logs(
            Bench(
                call=running.store.call,
                clock=server.clock,
                platform=running.pipeline.platform,
                passed_over=lambda _job, told: heard.append(told),
            )
        )
        return heard

    yield go
    server.clock.offset = before


@pytest.fixture
def target(owner: Caller, bucket_name: str) -> oss2.Bucket:
    made = owner.bucket(f"{bucket_name}-logs")
    made.create_bucket()
    return made


def waiting(server: Server, bucket: oss2.Bucket) -> list[list[str]]:
    """Return the fields of the lines that wait."""
    store: Executor = server.running.store
    rows = store.call(
        lambda tx: tx.find(LogLineRow, bucket_name=bucket.bucket_name, order=("seq",))
    )
    return [fields(row.line) for row in rows]


def written(target: oss2.Bucket) -> dict[str, list[list[str]]]:
    """Return the fields of the lines of each log object."""
    return {
        each.key: [
            fields(line) for line in target.get_object(each.key).read().decode().splitlines()
        ]
        for each in oss2.ObjectIterator(target, prefix="log/")
    }


def on(bucket: oss2.Bucket, target: oss2.Bucket) -> None:
    bucket.put_bucket_logging(BucketLogging(target.bucket_name, "log/"))


def test_a_log_is_switched_on_and_off(bucket: oss2.Bucket, target: oss2.Bucket):
    assert bucket.get_bucket_logging().target_bucket == ""
    on(bucket, target)
    found = bucket.get_bucket_logging()
    assert (found.target_bucket, found.target_prefix) == (target.bucket_name, "log/")
    assert bucket.delete_bucket_logging().status == 204
    assert bucket.delete_bucket_logging().status == 204
    assert bucket.get_bucket_logging().target_bucket == ""
    on(bucket, bucket)
    bucket.put_bucket_logging(BucketLogging("", ""))
    assert bucket.get_bucket_logging().target_bucket == ""


def put(bucket: oss2.Bucket, target: str, more: str = "") -> None:
    inner = f"<TargetBucket>{target}</TargetBucket>{more}"
    body = f"<BucketLoggingStatus><LoggingEnabled>{inner}</LoggingEnabled></BucketLoggingStatus>"
    call(bucket, "PUT", params={"logging": ""}, data=body)


def test_targets_that_are_refused(bucket: oss2.Bucket, stranger: Caller, bucket_name: str):
    with refused("InvalidTargetBucketForLogging", 400):
        put(bucket, "no-such-bucket-anywhere")
    foreign = stranger.bucket(f"{bucket_name}-other")
    foreign.create_bucket()
    with refused("InvalidTargetBucketForLogging", 403):
        put(bucket, foreign.bucket_name)
    with refused("OperationNotSupported", 400):
        put(bucket, bucket.bucket_name, "<LoggingRole>AliyunOSSLoggingDefaultRole</LoggingRole>")
    with refused("InvalidObjectName", 400):
        put(bucket, bucket.bucket_name, "<TargetPrefix>/a</TargetPrefix>")
    with refused("InvalidArgument", 400):
        put(bucket, bucket.bucket_name, f"<TargetPrefix>{'a' * 513}</TargetPrefix>")
    with refused("MalformedXML", 400):
        call(bucket, "PUT", params={"logging": ""}, data="<BucketLoggingStatus><a>")
    assert bucket.get_bucket_logging().target_bucket == ""


def test_a_target_in_another_region_is_refused(
    server: Server, bucket: oss2.Bucket, target: oss2.Bucket
):
    def move(tx: Transaction) -> None:
        row = tx.get(BucketRow, target.bucket_name)
        assert row is not None
        tx.update(row, region="cn-beijing")

    server.running.store.call(move)
    with refused("InvalidTargetBucketForLogging", 400):
        put(bucket, target.bucket_name)


def test_who_may_switch_a_log_on(
    bucket: oss2.Bucket, target: oss2.Bucket, as_user, anonymous: Caller
):
    for caller in (as_user(), anonymous):
        other = caller.bucket(bucket.bucket_name)
        for method in ("GET", "PUT", "DELETE"):
            with refused("AccessDenied", 403):
                call(other, method, params={"logging": ""}, data="<BucketLoggingStatus/>")
    only = as_user(allow("oss:PutBucketLogging", "*")).bucket(bucket.bucket_name)
    with refused("AccessDenied", 403) as caught:
        put(only, target.bucket_name)
    assert "oss:PutObject" in str(caught.value.body)
    objects = f"acs:oss:*:*:{target.bucket_name}/*"
    both = as_user(
        policy(statement("oss:PutBucketLogging", "*"), statement("oss:PutObject", objects))
    )
    put(both.bucket(bucket.bucket_name), target.bucket_name)


def test_each_request_leaves_a_line(
    server: Server, bucket: oss2.Bucket, target: oss2.Bucket, account: NewAccount
):
    on(bucket, target)
    bucket.put_object("a b", b"12345")
    assert bucket.get_object("a b", byte_range=(0, 1)).read() == b"12"
    with refused("NoSuchKey", 404):
        bucket.get_object("none")
    nobody = {"User-Agent": 'evil" "x', "Referer": "https://b.test/?Signature=s3cret"}
    path = f"{path_of(bucket, 'a b')}?Signature2=s3cret"
    assert raw(server.port, "GET", path, nobody).status == 403
    signed = bucket.sign_url("GET", "a b", 60)
    presigned = signed.partition(bucket.endpoint)[2]
    assert raw(server.port, "GET", presigned).status == 200
    wrong = presigned.replace("Signature=", "Signature=A")
    assert raw(server.port, "GET", wrong).status == 403
    assert raw(server.port, "POST", path_of(bucket)).status == 405
    assert raw(server.port, "GET", f"{path_of(bucket)}%FF").status == 400
    lines = waiting(server, bucket)
    assert [(each[5], each[14], each[19]) for each in lines[:7]] == [
        ("200", "PutBucketLogging", "-"),
        ("200", "PutObject", "-"),
        ("206", "GetObject", "-"),
        ("404", "GetObject", "NoSuchKey"),
        ("403", "GetObject", "AccessDenied"),
        ("200", "GetObject", "-"),
        ("403", "GetObject", "SignatureDoesNotMatch"),
    ]
    assert [each[5] for each in lines[7:]][:1] == ["405"]
    _, put_line, part, _, denied, good, bad = lines[:7]
    assert (part[6], part[17], part[24]) == ("2", "5", "Standard")
    assert (put_line[15], put_line[16], put_line[17]) == (bucket.bucket_name, "a%20b", "5")
    key_id = account.access_key_id
    assert (part[27], denied[27], good[27], bad[27]) == (key_id, "-", key_id, key_id)
    # A wrong signature proves nobody.
    assert (denied[13], bad[13]) == ("-", "-")
    assert part[13] == good[13] != "-"
    assert part[21].isdigit()
    text = str(lines)
    assert "s3cret" not in text
    assert presigned.partition("Signature=")[2].partition("&")[0] not in text
    assert denied[9] == "evil\\x22 \\x22x"


def test_a_request_to_a_site_leaves_one_line(
    server: Server, bucket: oss2.Bucket, target: oss2.Bucket
):
    bucket.put_bucket_acl("public-read")
    bucket.put_object("error.html", b"lost")
    bucket.put_bucket_website(oss2.models.BucketWebsite("index.html", "error.html"))
    on(bucket, target)
    host = {"Host": f"{bucket.bucket_name}.oss-cn-hangzhou.aliyuncs.com"}
    assert raw(server.port, "GET", "/none", host).status == 404
    (line,) = waiting(server, bucket)[1:]
    assert (line[5], line[14], line[16], line[19]) == ("404", "GetObject", "none", "NoSuchKey")
    assert line[4] == "GET /none HTTP/1.1"


def test_a_form_leaves_a_line_with_the_key_and_the_size_of_its_file(
    server: Server, bucket: oss2.Bucket, target: oss2.Bucket, owner: Caller
):
    on(bucket, target)
    keys = keys_of(owner)
    good = signed_v1(*keys, policy_of(["content-length-range", 0, 4]))
    wrong = {**good, "Signature": "AAAA"}
    for fields_of, file in ((good, b"body"), (wrong, b"body"), (good, b"bodies"), ({}, b"body")):
        form = body_of({"key": "a/${filename}", **fields_of}, file)
        raw(server.port, "POST", f"/{bucket.bucket_name}", MULTIPART, form)
    raw(server.port, "POST", f"/{bucket.bucket_name}", MULTIPART, b"no form")
    lines = waiting(server, bucket)[1:]
    assert [(each[5], each[14], each[16], each[17], each[19], each[27]) for each in lines] == [
        ("204", "PostObject", "a/photo.jpg", "4", "-", keys[0]),
        ("403", "PostObject", "a/photo.jpg", "-", "SignatureDoesNotMatch", keys[0]),
        ("400", "PostObject", "a/photo.jpg", "-", "EntityTooLarge", keys[0]),
        ("403", "PostObject", "a/photo.jpg", "-", "AccessDenied", "-"),
        ("400", "PostObject", "-", "-", "MalformedPOSTRequest", "-"),
    ]
    assert [each[13] != "-" for each in lines] == [True, False, True, False, False]
    assert not any(secret in str(lines) for secret in (good["Signature"], good["policy"]))


def test_an_hour_becomes_an_object(
    server: Server, bucket: oss2.Bucket, target: oss2.Bucket, write: Write
):
    on(bucket, target)
    bucket.put_object("key", b"body")
    write(0)
    write(1)
    (only,) = written(target).items()
    name, lines = only
    assert name.startswith(f"log/{bucket.bucket_name}20")
    assert name.endswith("-00-00-0000")
    assert [each[14] for each in lines] == ["PutBucketLogging", "PutObject"]
    assert waiting(server, bucket) == []
    write()
    assert list(written(target)) == [name]


def test_the_object_is_written_as_any_object_of_its_bucket(
    bucket: oss2.Bucket, target: oss2.Bucket, write: Write
):
    rule = oss2.models.ServerSideEncryptionRule(oss2.SERVER_SIDE_ENCRYPTION_AES256)
    target.put_bucket_encryption(rule)
    target.put_bucket_versioning(oss2.models.BucketVersioningConfig("Enabled"))
    on(bucket, target)
    write()
    (name,) = written(target)
    head = target.head_object(name)
    assert head.headers["x-oss-server-side-encryption"] == "AES256"
    assert head.versionid != "null"
    assert head.headers["Content-Type"] == "text/plain"


def test_a_log_object_stays_as_long_as_its_bucket_says(
    bucket: oss2.Bucket, target: oss2.Bucket, write: Write
):
    worm_id = target.init_bucket_worm(1).worm_id
    target.complete_bucket_worm(worm_id)
    on(bucket, target)
    write()
    (name,) = written(target)
    for end in (target.delete_object, lambda key: target.put_object(key, b"other")):
        with refused("FileImmutable", 409):
            end(name)
    write(24)
    bucket.put_object("key", b"body")
    write()
    assert list(written(target))[:1] == [name]
    assert len(written(target)) == 2
    target.delete_object(name)


def test_a_full_object_does_not_wait_and_overwrites_none(
    bucket: oss2.Bucket, target: oss2.Bucket, write: Write, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jobs, "AT_ONCE", 3)
    on(bucket, target)
    for _ in range(4):
        bucket.put_object("key", b"body")
    write()
    found = written(target)
    assert [name[-4:] for name in found] == ["0000", "0001"]
    assert [len(lines) for lines in found.values()] == [3, 2]


def test_lines_go_to_where_the_log_went_when_they_came(
    server: Server, bucket: oss2.Bucket, target: oss2.Bucket, write: Write
):
    on(bucket, target)
    bucket.delete_bucket_logging()
    bucket.put_object("key", b"body")
    write()
    ((_, lines),) = written(target).items()
    assert [each[14] for each in lines] == ["PutBucketLogging"]


@pytest.mark.parametrize("own", [False, True])
def test_logs_go_into_a_bucket_that_encrypts_by_default(  # noqa: PLR0917  # fixtures
    bucket: oss2.Bucket,
    target: oss2.Bucket,
    write: Write,
    admin: Clients,
    as_user: Callable[..., Caller],
    own: bool,
):
    key = admin.kms.create_key(k.CreateKeyRequest()).body.key_metadata.key_id if own else None
    target.put_bucket_encryption(oss2.models.ServerSideEncryptionRule("KMS", key))
    user = as_user(allow("oss:*", "*")).bucket(bucket.bucket_name)
    with refused("AccessDenied", 403) as caught:
        on(user, target)
    assert "kms:GenerateDataKey" in str(caught.value.body)
    on(bucket, target)
    bucket.put_object("key", b"body")
    assert [each for each in write() if bucket.bucket_name in each] == []
    ((name, _),) = written(target).items()
    head = target.head_object(name).headers
    assert head["x-oss-server-side-encryption"] == "KMS"
    if key is not None:
        assert head["x-oss-server-side-encryption-key-id"] == key


def test_a_target_that_is_gone_gets_nothing_and_nobody_else_does(
    server: Server, bucket: oss2.Bucket, target: oss2.Bucket, stranger: Caller, write: Write
):
    on(bucket, target)
    target.delete_bucket()
    other = stranger.bucket(target.bucket_name)
    other.create_bucket()
    log, why = f"the access log of bucket `{bucket.bucket_name}`", "InvalidTargetBucketForLogging"
    assert write() == [f"{log} waits: {why}"]
    assert len(waiting(server, bucket)) == 1
    assert [each.key for each in oss2.ObjectIterator(other)] == []
    assert write(3) == [f"{log} loses lines: {why}"]
    assert waiting(server, bucket) == []
    assert [each.key for each in oss2.ObjectIterator(other)] == []


def test_no_line_is_kept_beyond_what_the_database_shall_hold(
    server: Server, bucket: oss2.Bucket, target: oss2.Bucket, monkeypatch: pytest.MonkeyPatch
):
    def forget(tx: Transaction) -> None:
        for row in tx.find(LogLineRow):
            tx.delete(row)

    server.running.store.call(forget)
    monkeypatch.setattr(noting, "MOST_LINES", 3)
    monkeypatch.setattr(noting, "FRESH_SECONDS", 0)
    on(bucket, target)
    for _ in range(6):
        bucket.put_object("key", b"body")
    assert len(waiting(server, bucket)) == 4
    assert bucket.get_object("key").read() == b"body"
