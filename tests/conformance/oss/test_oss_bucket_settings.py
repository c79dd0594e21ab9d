"""What is set on a bucket: tags, referers, cross-origin rules, and what nobody sets."""

import http.client

import oss2
import pytest
from oss2 import models as m
from tests.conformance.documents import allow
from tests.conformance.harness import Server
from tests.conformance.oss_calls import Caller, call, path_of, raw, refused

PAGE = "https://app.example.test"
SETTINGS = {
    "tagging": "Tagging",
    "referer": "RefererConfiguration",
    "cors": "CORSConfiguration",
}
RULE = "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>{}</AllowedMethod></CORSRule>"
DOCUMENTS = {
    "tagging": "<Tagging><TagSet/></Tagging>",
    "referer": "<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer>"
    "</RefererConfiguration>",
    "cors": f"<CORSConfiguration>{RULE.format('GET')}</CORSConfiguration>",
}


def tags(**given: str) -> m.Tagging:
    rule = m.TaggingRule()
    for key, value in given.items():
        rule.add(key, value)
    return m.Tagging(rule)


def names(oss: oss2.Service, **asked: object) -> list[str]:
    return [each.name for each in oss.list_buckets(**asked).buckets]


@pytest.mark.parametrize("setting", SETTINGS)
def test_documents_that_are_none_are_refused(bucket: oss2.Bucket, setting: str):
    root = SETTINGS[setting]
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><{root}>&e;</{root}>'
    for body in ("", "<", "<Other/>", f"<{root}><unclosed></{root}>", entity):
        with refused("MalformedXML", 400):
            call(bucket, "PUT", params={setting: ""}, data=body)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_user_needs_a_permission_for_each_setting(
    bucket: oss2.Bucket, as_user, anonymous: Caller, setting: str
):
    for caller in (as_user(), anonymous):
        other = caller.bucket(bucket.bucket_name)
        for method in ("GET", "PUT"):
            with refused("AccessDenied", 403):
                call(other, method, params={setting: ""}, data=DOCUMENTS[setting])


def test_tags_are_set_read_and_taken_off(bucket: oss2.Bucket):
    assert bucket.get_bucket_tagging().tag_set.tagging_rule == {}
    bucket.put_bucket_tagging(tags(team="red", env="test"))
    bucket.put_bucket_tagging(tags(team="blue", cost="a b"))
    assert bucket.get_bucket_tagging().tag_set.tagging_rule == {"team": "blue", "cost": "a b"}
    call(bucket, "DELETE", params={"tagging": "cost"})
    assert bucket.get_bucket_tagging().tag_set.tagging_rule == {"team": "blue"}
    bucket.delete_bucket_tagging()
    assert bucket.get_bucket_tagging().tag_set.tagging_rule == {}


@pytest.mark.parametrize(
    "given",
    [{"": "v"}, {"k" * 129: "v"}, {"k": "v" * 257}, {f"k{n}": "v" for n in range(21)}],
    ids=["no key", "long key", "long value", "too many"],
)
def test_tags_that_no_bucket_has(bucket: oss2.Bucket, given: dict[str, str]):
    body = "".join(f"<Tag><Key>{k}</Key><Value>{v}</Value></Tag>" for k, v in given.items())
    with refused("InvalidArgument", 400):
        call(
            bucket,
            "PUT",
            params={"tagging": ""},
            data=f"<Tagging><TagSet>{body}</TagSet></Tagging>",
        )


def test_tags_are_conditions_of_policies(bucket: oss2.Bucket, as_user):
    blue = {"StringEquals": {"oss:BucketTag/team": "blue"}}
    reader = as_user(allow("oss:GetBucketInfo", "*", condition=blue)).bucket(bucket.bucket_name)
    with refused("AccessDenied", 403):
        reader.get_bucket_info()
    bucket.put_bucket_tagging(tags(team="blue"))
    assert reader.get_bucket_info().name == bucket.bucket_name


def test_buckets_are_listed_by_tag_and_resource_group(
    oss: oss2.Service, owner: Caller, bucket: oss2.Bucket
):
    other = owner.bucket(f"{bucket.bucket_name}-2")
    other.create_bucket()
    other.put_bucket_tagging(tags(team="blue"))
    both = [bucket.bucket_name, other.bucket_name]
    for params, wanted in (
        ({"tag-key": "team"}, both[1:]),
        ({"tag-key": "team", "tag-value": "blue"}, both[1:]),
        ({"tag-key": "team", "tag-value": "red"}, []),
        ({"tag-key": "none"}, []),
    ):
        assert names(oss, params=params) == wanted
    group = call(bucket, "GET", params={"resourceGroup": ""}).read().decode()
    group = group.partition("<ResourceGroupId>")[2].partition("<")[0]
    assert names(oss, headers={"x-oss-resource-group-id": group}) == both
    assert names(oss, headers={"x-oss-resource-group-id": "rg-other"}) == []
    with refused("InvalidArgument", 400):
        names(oss, params={"tag-value": "blue"})


def test_buckets_are_listed_in_pages(oss: oss2.Service, owner: Caller, bucket_name: str):
    made = [f"{bucket_name}-{n}" for n in range(5)]
    for name in made:
        owner.bucket(name).create_bucket()
    first = oss.list_buckets(max_keys=2)
    assert ([b.name for b in first.buckets], first.is_truncated) == (made[:2], True)
    assert first.next_marker == made[1]
    last = oss.list_buckets(max_keys=3, marker=first.next_marker)
    assert ([b.name for b in last.buckets], last.is_truncated) == (made[2:], False)
    assert [b.name for b in oss2.BucketIterator(oss, max_keys=1)] == made
    assert names(oss, prefix=made[3]) == made[3:4]
    for most in ("0", "1001", "x"):
        with refused("InvalidArgument", 400):
            oss.list_buckets(params={"max-keys": most})


def test_from_which_pages_objects_are_fetched(server: Server, bucket: oss2.Bucket):
    bucket.put_object("key", b"body", headers={"x-oss-object-acl": "public-read"})
    assert bucket.get_bucket_referer().allow_empty_referer is True

    def fetched(referer: str | None, path: str = path_of(bucket, "key")) -> int:
        headers = {} if referer is None else {"Referer": referer}
        return raw(server.port, "GET", path, headers).status

    assert fetched(None) == fetched("https://evil.example.test/") == 200
    bucket.put_bucket_referer(
        m.BucketReferer(
            allow_empty_referer=False, referers=[f"{PAGE}/*", "https://?.example.test/*"]
        )
    )
    assert fetched(f"{PAGE}/a?b=https://x") == fetched("https://a.example.test/") == 200
    assert fetched("https://evil.example.test/") == fetched(None) == 403
    answer = raw(server.port, "GET", path_of(bucket, "key"))
    assert b"<Message>You are denied by bucket referer policy.</Message>" in answer.content
    presigned = bucket.sign_url("GET", "key", 60).partition(bucket.bucket_name)[2]
    assert fetched(None, f"/{bucket.bucket_name}{presigned}") == 403
    assert fetched(f"{PAGE}/", f"/{bucket.bucket_name}{presigned}") == 200
    # A signed header tells who calls; the page does not count then.
    assert bucket.get_object("key").read() == b"body"


@pytest.mark.parametrize(
    ("settings", "referer", "status"),
    [
        ("<RefererBlacklist><Referer>https://evil*</Referer></RefererBlacklist>", "https://a", 200),
        (
            "<RefererBlacklist><Referer>https://evil*</Referer></RefererBlacklist>",
            "https://evil.test",
            403,
        ),
        ("<TruncatePath>true</TruncatePath>{}", "https://app.example.test/a/b?c", 200),
        ("<TruncatePath>false</TruncatePath>{}", "https://app.example.test/a/b?c", 403),
        (
            "<AllowTruncateQueryString>false</AllowTruncateQueryString>{}",
            "https://app.example.test?c",
            403,
        ),
        ("{}", "https://app.example.test?c", 200),
    ],
)
def test_how_pages_are_compared(
    server: Server, bucket: oss2.Bucket, settings: str, referer: str, status: int
):
    white = f"<RefererList><Referer>{PAGE}</Referer></RefererList>"
    inner = f"<AllowEmptyReferer>True</AllowEmptyReferer>{settings.replace('{}', white)}"
    document = f"<RefererConfiguration>{inner}</RefererConfiguration>"
    call(bucket, "PUT", params={"referer": ""}, data=document)
    bucket.put_object("key", b"body", headers={"x-oss-object-acl": "public-read"})
    answer = raw(server.port, "GET", path_of(bucket, "key"), {"Referer": referer})
    assert answer.status == status


@pytest.mark.parametrize("setting", ["referer", "cors"])
def test_settings_have_an_end(bucket: oss2.Bucket, setting: str):
    long = "x" * 21_000
    document = {
        "referer": "<RefererConfiguration><AllowEmptyReferer>true</AllowEmptyReferer><RefererList>"
        f"<Referer>{long}</Referer></RefererList></RefererConfiguration>",
        "cors": f"<CORSConfiguration><CORSRule><AllowedOrigin>{long}</AllowedOrigin>"
        "<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>",
    }[setting]
    with refused("InvalidArgument", 400):
        call(bucket, "PUT", params={setting: ""}, data=document)


def rules(**more: object) -> m.BucketCors:
    settings = {"allowed_origins": [PAGE], "allowed_methods": ["GET", "PUT"], **more}
    return m.BucketCors([m.CorsRule(**settings)])


def preflight(
    server: Server,
    bucket: oss2.Bucket,
    method: str = "PUT",
    *,
    headers: str = "",
    origin: str = PAGE,
    key: str = "key",
) -> http.client.HTTPResponse:
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers:
        asked["Access-Control-Request-Headers"] = headers
    return raw(server.port, "OPTIONS", path_of(bucket, key), asked)


def test_cross_origin_rules_are_set_read_and_deleted(bucket: oss2.Bucket):
    with refused("NoSuchCORSConfiguration", 404):
        bucket.get_bucket_cors()
    more = {"allowed_headers": ["x-*"], "expose_headers": ["ETag"], "max_age_seconds": 60}
    bucket.put_bucket_cors(rules(**more))
    (found,) = bucket.get_bucket_cors().rules
    assert (found.allowed_origins, found.allowed_methods) == ([PAGE], ["GET", "PUT"])
    assert (found.allowed_headers, found.expose_headers, found.max_age_seconds) == tuple(
        more.values()
    )
    bucket.delete_bucket_cors()
    bucket.delete_bucket_cors()
    with refused("NoSuchCORSConfiguration", 404):
        bucket.get_bucket_cors()


@pytest.mark.parametrize(
    "more",
    [
        {"allowed_origins": ["https://*.*"]},
        {"allowed_headers": ["x-*-*"]},
        {"expose_headers": ["x-*"]},
    ],
)
def test_cross_origin_rules_have_one_star(bucket: oss2.Bucket, more: dict[str, list[str]]):
    with refused("InvalidArgument", 400):
        bucket.put_bucket_cors(rules(**more))


@pytest.mark.parametrize(
    ("code", "inner"),
    [
        ("MalformedXML", ""),
        ("MalformedXML", "<CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>"),
        ("InvalidArgument", RULE.format("BREW")),
        ("InvalidArgument", RULE.format("GET") * 11),
    ],
)
def test_cross_origin_rules_that_are_none(bucket: oss2.Bucket, code: str, inner: str):
    document = f"<CORSConfiguration>{inner}</CORSConfiguration>"
    with refused(code, 400):
        call(bucket, "PUT", params={"cors": ""}, data=document)


def test_what_a_browser_asks_first(server: Server, bucket: oss2.Bucket):
    assert preflight(server, bucket).status == 403
    bucket.put_bucket_cors(
        rules(allowed_headers=["X-OSS-*"], expose_headers=["ETag"], max_age_seconds=60)
    )
    told = preflight(server, bucket, headers="x-oss-date, X-Oss-Meta-A")
    assert (told.status, told.headers["Access-Control-Allow-Origin"]) == (200, PAGE)
    assert told.headers["Access-Control-Allow-Methods"] == "GET, PUT"
    assert told.headers["Access-Control-Allow-Headers"] == "x-oss-date, x-oss-meta-a"
    assert told.headers["Access-Control-Expose-Headers"] == "ETag"
    assert (told.headers["Access-Control-Max-Age"], told.headers["Vary"]) == ("60", "Origin")
    for answer in (
        preflight(server, bucket, method="DELETE"),
        preflight(server, bucket, headers="authorization"),
        preflight(server, bucket, origin="https://evil.example.test"),
    ):
        assert answer.status == 403
        assert b"<Code>AccessForbidden</Code>" in answer.content


@pytest.mark.parametrize(
    ("name", "code"), [("absent-bucket", b"NoSuchBucket"), ("Bad_Bucket", b"InvalidBucketName")]
)
def test_a_browser_asks_of_no_bucket(server: Server, name: str, code: bytes):
    asked = {"Origin": PAGE, "Access-Control-Request-Method": "PUT"}
    for path in (f"/{name}/key", f"/{name}"):
        answer = raw(server.port, "OPTIONS", path, asked)
        assert b"<Code>" + code in answer.content


def test_what_a_browser_asks_before_it_posts_a_form(server: Server, bucket: oss2.Bucket):
    assert preflight(server, bucket, "POST", key="").status == 403
    bucket.put_bucket_cors(rules(allowed_methods=["POST"]))
    told = preflight(server, bucket, "POST", key="")
    assert (told.status, told.headers["Access-Control-Allow-Origin"]) == (200, PAGE)
    host = f"{bucket.bucket_name}.oss-cn-hangzhou.aliyuncs.com"
    asked = {"Host": host, "Origin": PAGE, "Access-Control-Request-Method": "POST"}
    assert raw(server.port, "OPTIONS", "/", asked).status == 200
    assert preflight(server, bucket, "PUT", key="").status == 403


def test_a_page_of_an_allowed_origin_reads_answers(bucket: oss2.Bucket):
    bucket.put_object("key", b"body")

    def told(method: str = "GET", origin: str = PAGE) -> http.client.HTTPMessage:
        return call(bucket, method, "key", headers={"Origin": origin}).headers

    assert "Access-Control-Allow-Origin" not in told()
    bucket.put_bucket_cors(rules(expose_headers=["ETag"]))
    assert told()["Access-Control-Allow-Origin"] == PAGE
    assert told("PUT")["Access-Control-Expose-Headers"] == "ETag"
    assert "Access-Control-Allow-Origin" not in told(origin="https://evil.example.test")
    bucket.put_bucket_cors(rules(allowed_origins=["*"]))
    assert told(origin="https://any.example.test")["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in told("DELETE")


def test_what_nobody_sets(bucket: oss2.Bucket):
    bucket.put_object("key", b"body")
    assert bucket.get_bucket_location().location == "oss-cn-hangzhou"
    stat = bucket.get_bucket_stat()
    assert (stat.storage_size_in_bytes, stat.object_count) == (4, 1)
    assert bucket.get_bucket_logging().target_bucket == ""
    assert bucket.get_bucket_request_payment().payer == "BucketOwner"
    with refused("NoSuchTransferAccelerationConfiguration", 404):
        bucket.get_bucket_transfer_acceleration()
    with refused("OperationNotSupported", 400):
        call(bucket, "PUT", params={"userDefinedLogFieldsConfig": ""})
