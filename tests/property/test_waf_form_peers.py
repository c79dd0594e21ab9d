"""Forms that common clients write are read as they meant them, and as Python's mail parser reads."""

from email.parser import BytesParser
from email.policy import HTTP

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engines.inspect.requests import request

from juyong.engines.inspect.bodies.read import read_body
from juyong.engines.inspect.limits import Limits

_NAMES = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\\'"), max_size=20
)
_FIELDS = st.dictionaries(_NAMES.filter(bool), st.text(max_size=40), min_size=1, max_size=5)


def read(kind: str, body: bytes):
    return read_body(request(method=b"POST", kind=kind.encode()), body, Limits())


@given(fields=_FIELDS, content=st.binary(max_size=200))
def test_a_form_of_httpx_is_read_as_meant(fields, content):
    sent = httpx.Request(
        "POST", "http://a.example/", data=fields, files={"file": ("n.bin", content, "a/b")}
    )
    parsed = read(sent.headers["content-type"], sent.read())
    assert parsed.refusal is None
    # Clients write quotes and line breaks in names as percent codes, as browsers do.
    expected = [
        (_quoted(name), text.encode("utf-8", "surrogatepass")) for name, text in fields.items()
    ]
    assert parsed.arguments == expected
    assert [(file.name, file.filename, file.size) for file in parsed.files] == [
        (b"file", b"n.bin", len(content))
    ]


def _quoted(name: str) -> bytes:
    return name.encode().replace(b'"', b"%22")


@given(fields=_FIELDS)
def test_a_form_of_httpx_is_what_a_mail_parser_reads(fields):
    sent = httpx.Request(
        "POST",
        "http://a.example/",
        files={
            name: (None, text.encode("utf-8", "surrogatepass")) for name, text in fields.items()
        },
    )
    kind, body = sent.headers["content-type"], sent.read()
    parsed = read(kind, body)
    mail = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body
    )
    theirs = [part.get_payload(decode=True) for part in mail.iter_parts()]
    assert [value.splitlines() for _, value in parsed.arguments] == [
        text.splitlines() for text in theirs
    ]


@given(
    pairs=st.lists(
        st.tuples(st.text(max_size=10).filter(bool), st.text(max_size=20)), min_size=1, max_size=5
    )
)
def test_a_urlencoded_form_of_httpx_is_read_as_meant(pairs):
    plain = [(name, text) for name, text in pairs]
    try:
        sent = httpx.Request("POST", "http://a.example/", data=dict(plain))
    except UnicodeEncodeError:
        pytest.skip("the client refuses surrogates")
    parsed = read(sent.headers["content-type"], sent.read())
    assert parsed.arguments == [(a.encode(), b.encode()) for a, b in dict(plain).items()]
