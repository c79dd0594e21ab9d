"""Buckets as web sites: set by oss2, shown to a browser that calls by the bucket's host name."""

import http.client
from collections.abc import Callable

import oss2
import pytest
from lxml import etree
from oss2.models import (
    REDIRECT_TYPE_EXTERNAL,
    BucketWebsite,
    Condition,
    ConditionInlcudeHeader,
    Redirect,
    RoutingRule,
)
from tests.conformance.documents import allow
from tests.conformance.harness import Server
from tests.conformance.oss_calls import Caller, call, path_of, raw, refused

PUBLIC = {"x-oss-object-acl": "public-read"}
HTML = {**PUBLIC, "Content-Type": "text/html"}
Visit = Callable[..., http.client.HTTPResponse]


def put(bucket: oss2.Bucket, text: str) -> None:
    body = f"<WebsiteConfiguration>{text}</WebsiteConfiguration>"
    call(bucket, "PUT", params={"website": ""}, data=body)


@pytest.fixture
def visit(server: Server, bucket: oss2.Bucket) -> Visit:
    """Send what a browser sends, to the bucket's own name."""
    host = f"{bucket.bucket_name}.oss-cn-hangzhou.aliyuncs.com"

    def send(path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return raw(server.port, method, path, {"Host": host, **given})

    return send


def text_of(answer: http.client.HTTPResponse) -> tuple[int, bytes]:
    return answer.status, answer.content  # type: ignore[attr-defined]


def code_of(answer: http.client.HTTPResponse) -> tuple[int, str | None]:
    return answer.status, etree.fromstring(text_of(answer)[1]).findtext("Code")


INDEX = "<IndexDocument><Suffix>index.html</Suffix>{}</IndexDocument>"
ERROR = "<ErrorDocument><Key>error.html</Key>{}</ErrorDocument>"
SUB = "<SupportSubDir>true</SupportSubDir><Type>{}</Type>"


def rules(*texts: str) -> str:
    found = "".join(
        f"<RoutingRule><RuleNumber>{number}</RuleNumber>{text}</RoutingRule>"
        for number, text in enumerate(texts, 1)
    )
    return f"<RoutingRules>{found}</RoutingRules>"


def test_a_site_is_set_shown_and_deleted_by_oss2(bucket: oss2.Bucket):
    with refused("NoSuchWebsiteConfiguration", 404):
        bucket.get_bucket_website()
    condition = Condition(
        key_prefix_equals="old/",
        http_err_code_return_equals=404,
        include_header_list=[ConditionInlcudeHeader("x-a", "b")],
    )
    redirect = Redirect(
        redirect_type=REDIRECT_TYPE_EXTERNAL,
        pass_query_string=True,
        proto="https",
        host_name="example.com",
        http_redirect_code=301,
        replace_key_prefix_with="new/",
    )
    bucket.put_bucket_website(
        BucketWebsite("index.html", "error.html", [RoutingRule(7, condition, redirect)])
    )
    found = bucket.get_bucket_website()
    assert (found.index_file, found.error_file) == ("index.html", "error.html")
    (rule,) = found.rules
    assert (rule.rule_num, rule.condition.key_prefix_equals) == (7, "old/")
    assert rule.condition.http_err_code_return_equals == 404
    assert [(h.key, h.equals) for h in rule.condition.include_header_list] == [("x-a", "b")]
    assert (rule.redirect.host_name, rule.redirect.http_redirect_code) == ("example.com", 301)
    assert rule.redirect.pass_query_string is True
    assert bucket.delete_bucket_website().status == 204
    assert bucket.delete_bucket_website().status == 204
    with refused("NoSuchWebsiteConfiguration", 404):
        bucket.get_bucket_website()


def external(more: str = "") -> str:
    return f"<Redirect><RedirectType>External</RedirectType>{more}</Redirect>"


ANY = "<Condition/>"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "InvalidArgument"),
        ("<RoutingRules/>", "InvalidArgument"),
        ("<IndexDocument/>", "MalformedXML"),
        ("<IndexDocument><Suffix></Suffix></IndexDocument>", "InvalidArgument"),
        ("<IndexDocument><Suffix>a/b</Suffix></IndexDocument>", "InvalidArgument"),
        (INDEX.format("<Type>3</Type>"), "InvalidArgument"),
        ("<ErrorDocument><Key>/a</Key></ErrorDocument>", "InvalidArgument"),
        (ERROR.format("<HttpStatus>500</HttpStatus>"), "InvalidArgument"),
        (ERROR.format("<HttpStatus>302</HttpStatus>"), "InvalidArgument"),
        (rules(ANY), "MalformedXML"),
        (rules(external()), "MalformedXML"),
        (rules(f"{ANY}<Redirect><RedirectType>Else</RedirectType></Redirect>"), "InvalidArgument"),
        (rules(*[ANY + external()] * 21), "InvalidArgument"),
        (rules(ANY + external()).replace(">1<", ">0<"), "InvalidArgument"),
        (rules(ANY + external(), ANY + external()).replace(">2<", ">1<"), "InvalidArgument"),
        (rules(ANY + external("<HostName>a b</HostName>")), "InvalidArgument"),
        (rules(ANY + external("<HostName>a/b</HostName>")), "InvalidArgument"),
        (rules(ANY + external("<Protocol>ftp</Protocol>")), "InvalidArgument"),
        (rules(ANY + external("<HttpRedirectCode>303</HttpRedirectCode>")), "InvalidArgument"),
        (
            rules(
                ANY
                + external(
                    "<ReplaceKeyWith>a</ReplaceKeyWith><ReplaceKeyPrefixWith>b</ReplaceKeyPrefixWith>"
                )
            ),
            "InvalidArgument",
        ),
        (
            rules(
                "<Condition><IncludeHeader><Key>a</Key></IncludeHeader></Condition>" + external()
            ),
            "InvalidArgument",
        ),
        (
            rules(f"{ANY}<Redirect><RedirectType>Mirror</RedirectType></Redirect>"),
            "OperationNotSupported",
        ),
        (
            rules(f"{ANY}<Redirect><RedirectType>AliCDN</RedirectType></Redirect>"),
            "OperationNotSupported",
        ),
        (
            rules(f"{ANY}{external()}<LuaConfig><Script>x</Script></LuaConfig>"),
            "OperationNotSupported",
        ),
    ],
)
def test_sites_that_are_refused(bucket: oss2.Bucket, text: str, code: str):
    with refused(code, 400):
        put(bucket, text)
    with refused("NoSuchWebsiteConfiguration", 404):
        bucket.get_bucket_website()


def test_who_may_set_a_site(bucket: oss2.Bucket, as_user, anonymous: Caller):
    text = f"<WebsiteConfiguration>{INDEX.format('')}</WebsiteConfiguration>"
    for caller in (as_user(), anonymous):
        other = caller.bucket(bucket.bucket_name)
        for method in ("GET", "PUT", "DELETE"):
            with refused("AccessDenied", 403):
                call(other, method, params={"website": ""}, data=text)
    setter = as_user(allow("oss:PutBucketWebsite", "*")).bucket(bucket.bucket_name)
    put(setter, INDEX.format(""))
    with refused("AccessDenied", 403):
        setter.get_bucket_website()


def test_the_front_page_is_shown_to_a_browser(bucket: oss2.Bucket, visit: Visit):
    bucket.put_object("index.html", b"<p>hello", headers=HTML)
    assert code_of(visit("/")) == (403, "AccessDenied")
    assert visit("/", "HEAD").status == 405
    put(bucket, INDEX.format(""))
    for path in ("/", "/?utm=x", "/folder/", "/a/b/"):
        answer = visit(path)
        assert text_of(answer) == (200, b"<p>hello")
        assert answer.headers["Content-Type"] == "text/html"
        assert answer.headers["Content-Disposition"] is None
    head = visit("/", "HEAD")
    assert (head.status, head.headers["Content-Length"]) == (200, "8")
    assert visit("/", if_none_match=head.headers["ETag"]).status == 304
    assert text_of(visit("/", range="bytes=0-1")) == (206, b"<p")


def test_a_signed_call_and_a_list_are_what_they_were(bucket: oss2.Bucket, visit: Visit):
    bucket.put_bucket_acl("public-read")
    bucket.put_object("index.html", b"<p>hello")
    put(bucket, INDEX.format("") + ERROR.format(""))
    bucket.put_object("error.html", b"<p>lost")
    assert [each.key for each in oss2.ObjectIterator(bucket)] == ["error.html", "index.html"]
    with refused("NoSuchKey", 404):
        bucket.get_object("none")
    signed = bucket.sign_url("GET", "none", 60).partition(bucket.bucket_name)[2]
    assert b"<Code>SignatureDoesNotMatch<" not in text_of(visit(signed))[1]
    assert code_of(visit(signed)) == (404, "NoSuchKey")
    for query in ("prefix=", "list-type=2", "max-keys=1", "delimiter=/"):
        assert b"<ListBucketResult>" in text_of(visit(f"/?{query}"))[1]
    assert code_of(visit("/?acl")) == (403, "AccessDenied")
    assert code_of(visit("/index.html?acl")) == (403, "AccessDenied")


def test_no_site_is_at_the_platforms_own_address(server: Server, bucket: oss2.Bucket):
    bucket.put_bucket_acl("public-read")
    bucket.put_object("index.html", b"<p>hello", headers={"Content-Type": "text/html"})
    redirected = external("<HostName>example.com</HostName>")
    put(bucket, INDEX.format("") + ERROR.format("") + rules(ANY + redirected))
    assert b"<ListBucketResult>" in text_of(raw(server.port, "GET", path_of(bucket)))[1]
    assert code_of(raw(server.port, "GET", path_of(bucket, "none"))) == (404, "NoSuchKey")
    shown = raw(server.port, "GET", path_of(bucket, "index.html"))
    assert shown.headers["Content-Disposition"] == "attachment"


def test_a_page_is_judged_as_its_object(bucket: oss2.Bucket, visit: Visit):
    put(bucket, INDEX.format("") + ERROR.format(""))
    bucket.put_object("index.html", b"secret")
    assert code_of(visit("/")) == (403, "AccessDenied")
    assert visit("/", "HEAD").status == 403
    bucket.put_bucket_acl("public-read")
    assert text_of(visit("/")) == (200, b"secret")
    bucket.put_object("error.html", b"<p>lost", headers={"x-oss-object-acl": "private"})
    assert code_of(visit("/none")) == (404, "NoSuchKey")
    bucket.put_bucket_acl("private")
    bucket.put_object("error.html", b"<p>lost", headers=PUBLIC)
    # Whether there is an object is told to nobody who may not read it.
    assert code_of(visit("/none")) == code_of(visit("/index.html")) == (403, "AccessDenied")


def test_a_page_is_judged_by_the_page_that_it_comes_from(bucket: oss2.Bucket, visit: Visit):
    put(bucket, INDEX.format(""))
    bucket.put_object("index.html", b"<p>hello", headers=PUBLIC)
    bucket.put_bucket_referer(
        oss2.models.BucketReferer(allow_empty_referer=True, referers=["https://app.example.test/*"])
    )
    assert visit("/", referer="https://app.example.test/a").status == 200
    assert code_of(visit("/", referer="https://evil.example.test/")) == (403, "AccessDenied")


@pytest.mark.parametrize(("given", "status"), [("", 404), ("<HttpStatus>200</HttpStatus>", 200)])
def test_what_is_missing_shows_the_error_document(
    bucket: oss2.Bucket, visit: Visit, given: str, status: int
):
    bucket.put_bucket_acl("public-read")
    put(bucket, ERROR.format(given))
    assert code_of(visit("/none")) == (404, "NoSuchKey")
    bucket.put_object("error.html", b"<p>lost", headers={"Content-Type": "text/html"})
    for answer in (visit("/none"), visit("/none?a=b", range="bytes=0-1", if_match="x")):
        assert text_of(answer) == (status, b"<p>lost")
        assert answer.headers["Content-Type"] == "text/html"
    head = visit("/none", "HEAD")
    assert (head.status, head.headers["Content-Length"]) == (status, "7")
    # Without an index document, the front is the list.
    assert b"<ListBucketResult>" in text_of(visit("/"))[1]


def test_folders_have_pages_of_their_own(bucket: oss2.Bucket, visit: Visit):
    bucket.put_bucket_acl("public-read")
    for key in ("index.html", "a b/index.html", "error.html"):
        bucket.put_object(key, key.encode())
    put(bucket, INDEX.format(SUB.format(0)) + ERROR.format(""))
    assert text_of(visit("/a%20b/")) == (200, b"a b/index.html")
    assert text_of(visit("/none/")) == (404, b"error.html")
    moved = visit("/a%20b")
    assert (moved.status, moved.headers["Location"]) == (302, "/a%20b/")
    assert visit("/a%20b", "HEAD").status == 302
    assert text_of(visit("/none")) == (404, b"error.html")
    put(bucket, INDEX.format(SUB.format(1)) + ERROR.format(""))
    assert text_of(visit("/a%20b")) == (404, b"error.html")
    put(bucket, INDEX.format(SUB.format(2)) + ERROR.format(""))
    assert text_of(visit("/a%20b")) == (200, b"a b/index.html")
    assert text_of(visit("/none")) == (404, b"error.html")
    put(bucket, INDEX.format("<Type>2</Type>"))
    assert code_of(visit("/a%20b")) == (404, "NoSuchKey")


def test_a_folder_is_not_told_by_a_page_that_the_caller_may_not_read(
    bucket: oss2.Bucket, visit: Visit
):
    bucket.put_bucket_acl("public-read")
    bucket.put_object("a/index.html", b"secret", headers={"x-oss-object-acl": "private"})
    for kind in (0, 2):
        put(bucket, INDEX.format(SUB.format(kind)))
        assert code_of(visit("/a")) == (404, "NoSuchKey")


def when(**conditions: str) -> str:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in conditions.items())
    return f"<Condition>{inner}</Condition>"


def test_rules_send_a_browser_elsewhere(bucket: oss2.Bucket, visit: Visit):
    bucket.put_bucket_acl("public-read")
    bucket.put_object("here", b"here")
    put(
        bucket,
        rules(
            when(KeyPrefixEquals="gone/", HttpErrorCodeReturnedEquals="404")
            + external(
                "<Protocol>https</Protocol><HostName>example.com</HostName>"
                "<ReplaceKeyPrefixWith>new/</ReplaceKeyPrefixWith>"
                "<PassQueryString>true</PassQueryString><HttpRedirectCode>301</HttpRedirectCode>"
            ),
            when(KeySuffixEquals=".old") + external("<ReplaceKeyWith>v/${key}</ReplaceKeyWith>"),
            when(KeyPrefixEquals="he") + external("<ReplaceKeyWith>never</ReplaceKeyWith>"),
        ).replace(">3<", ">30<"),
    )
    moved = visit("/gone/a%20b?x=1&y=%C3%A9")
    assert moved.status == 301
    assert moved.headers["Location"] == "https://example.com/new/a%20b?x=1&y=%C3%A9"
    assert len(moved.headers["x-oss-request-id"]) == 24
    assert visit("/gone/a", "HEAD").headers["Location"] == "https://example.com/new/a"
    bucket.put_object("gone/a", b"there it is")
    assert text_of(visit("/gone/a")) == (200, b"there it is")
    host = f"{bucket.bucket_name}.oss-cn-hangzhou.aliyuncs.com"
    other = visit("/a.old")
    assert (other.status, other.headers["Location"]) == (302, f"http://{host}/v/a.old")
    # A rule without a status counts whether there is an object or not.
    assert visit("/here").headers["Location"] == f"http://{host}/never"
    assert bucket.get_object("here").read() == b"here"
    assert visit("/here", "PUT").status == 403


def test_a_rule_for_what_may_not_be_read(bucket: oss2.Bucket, visit: Visit):
    put(
        bucket,
        rules(
            when(HttpErrorCodeReturnedEquals="403")
            + external("<ReplaceKeyWith>login</ReplaceKeyWith>")
        ),
    )
    assert visit("/private").headers["Location"].endswith("/login")
    assert visit("/").headers["Location"].endswith("/login")


def test_a_rule_shows_another_object(bucket: oss2.Bucket, visit: Visit):
    bucket.put_bucket_acl("public-read")
    bucket.put_object("new/a", b"new a")
    bucket.put_object("error.html", b"lost")
    inside = (
        "<Redirect><RedirectType>Internal</RedirectType>"
        "<ReplaceKeyPrefixWith>{}</ReplaceKeyPrefixWith></Redirect>"
    )
    put(bucket, ERROR.format("") + rules(when(KeyPrefixEquals="old/") + inside.format("new/")))
    assert text_of(visit("/old/a")) == (200, b"new a")
    assert text_of(visit("/old/b")) == (404, b"lost")
    put(bucket, rules(when(KeyPrefixEquals="old/") + inside.format("")))
    # A rule that leaves nothing of the key shows no list.
    assert code_of(visit("/old/")) == (404, "NoSuchKey")
    bucket.put_object("a", b"secret", headers={"x-oss-object-acl": "private"})
    assert code_of(visit("/old/a")) == (403, "AccessDenied")


def test_a_site_goes_with_its_bucket(owner: Caller, bucket: oss2.Bucket):
    put(bucket, INDEX.format(""))
    bucket.delete_bucket()
    again = owner.bucket(bucket.bucket_name)
    again.create_bucket()
    with refused("NoSuchWebsiteConfiguration", 404):
        again.get_bucket_website()
