"""Forms that are judged while they arrive get the verdict of the same form judged whole."""

from functools import cache

import pytest
from tests.waf_pack.cases import form, req, upload
from tests.waf_pack.engines import rules

from juyong.engines.inspect.fast.engine import FastEngine


@cache
def engine():
    return FastEngine(rules())


def judged(sample, *, size):
    """Return the verdict on a form that comes in pieces."""
    one = engine().inspect(sample.request)
    assert one.request_head() is None
    reader = one.form_reader()
    for start in range(0, len(sample.body), size):
        reader.add(sample.body[start : start + size])
    return one.request_form(reader.end()), one.end()


@pytest.mark.parametrize(
    ("sample", "status"),
    [
        (upload(b"a.txt", b"x" * 300_000), None),
        (upload(b"a.php"), 403),
        (upload(b"a.png", b"<?php system($_GET[1]);" + b"x" * 200_000), 403),
        (form(b"X-A: b"), None),
        (form(b"Content-Transfer-Encoding: base64"), 403),
    ],
)
def test_verdict_is_that_of_the_whole(sample, status):
    one = engine().inspect(sample.request)
    whole = one.request_head() or one.request_body(sample.body)
    assert (whole.status if whole else None) == status
    verdict, report = judged(sample, size=4_096)
    assert verdict == whole
    assert [hit.rule for hit in report.hits] == [hit.rule for hit in one.end().hits]


def test_a_form_that_breaks_off_is_refused():
    sample = upload(b"a.txt")
    verdict, _ = judged(sample._replace(body=sample.body[:-6]), size=50)
    assert verdict.status in (400, 403)


def test_arguments_of_the_target_count_for_streamed_forms():
    many = upload(b"a.txt")
    target = b"/?" + b"&".join([b"a=1"] * 1_001)
    asked = req(target, method=b"POST", headers=many.request.headers[3:])
    one = engine().inspect(asked.request)
    assert one.request_head() is None
    reader = one.form_reader()
    reader.add(many.body)
    assert one.request_form(reader.end()) is not None


def test_other_bodies_are_judged_whole():
    one = engine().inspect(req(method=b"POST", kind=b"application/json").request)
    assert one.request_head() is None
    assert one.form_reader() is None
