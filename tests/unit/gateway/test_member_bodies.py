"""A long text within a JSON body: taken to the disk as its bytes, once the head allows the call."""

import base64
import io
import json
import os
import uuid
import zipfile
from typing import Any

import pytest
from msgspec.structs import replace
from tests.conformance.fc.packages import ECHO
from tests.unit.gateway.calls import v1_call
from tests.unit.gateway.test_roa_bodies import arriving, files
from tests.unit.gateway.test_roa_calls import (
    NOW,
    V2021,
    V2023,
    Roa,
    creation,
    function,
    opened,
    roa,
)

from juyong.api.errors import InvalidField
from juyong.api.request import Raw
from juyong.blobs.blocks import BLOCK
from juyong.gateway.arriving import ClientGone
from juyong.gateway.errors import BodyTooLarge, MalformedBody
from juyong.gateway.json_member import MOST_REST, MemberReader
from juyong.services.fc.fields import MOST_CODE

__all__ = ["function", "opened", "roa"]
ALL = f"/{V2023}/functions"
PATH = ("code", "zipFile")
SOURCE = "def handler(event, context):\n    return len(open('/code/data', 'rb').read())"
DATA = os.urandom(5 * BLOCK + 77)


def package(data: bytes = DATA) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("index.py", SOURCE)
        archive.writestr("data", data)
    return held.getvalue()


LARGE = base64.b64encode(package()).decode()


def body_of(name: str, text: str, **more: Any) -> bytes:
    return creation(name, code={"zipFile": text, **more})


def pieces(body: bytes, size: int = 65_537) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


def sent(roa: Roa, body: bytes, path: str = ALL, method: str = "POST", **given: Any) -> Raw:
    return arriving(roa.v3(method, path, body=body, **given), *pieces(body))


def call(roa: Roa, method: str, path: str) -> Any:
    return json.loads(roa(roa.v3(method, path)).body)


@pytest.mark.parametrize("version", ["v3", "v1"])
@pytest.mark.parametrize("how", ["whole", "in parts"])
def test_a_package_larger_than_a_body_that_is_read_whole(roa: Roa, version: str, how: str) -> None:
    body = body_of(f"large-{version}-{how[0]}", LARGE)
    request = getattr(roa, version)("POST", ALL, body=body)
    assert roa.running.pipeline.streams(replace(request, body=b""))
    made = json.loads(roa(request if how == "whole" else arriving(request, *pieces(body))).body)
    assert made["codeSize"] == len(package())
    path = f"{ALL}/{made['functionName']}"
    ran = roa(roa.v3("POST", f"{path}/invocations"))
    assert ran.body == str(len(DATA)).encode()
    before = files(roa)
    shorter = json.dumps({"code": {"zipFile": ECHO}, "timeout": 9}).encode()
    changed = json.loads(roa(sent(roa, shorter, path, "PUT")).body)
    assert (changed["timeout"], changed["codeChecksum"]) != (3, made["codeChecksum"])
    # The file stays an hour for those who began to read before.
    assert files(roa) == before


def test_the_older_version_takes_them_too(roa: Roa) -> None:
    host = {"host": "cn-hangzhou.fc.aliyuncs.com"}
    service = json.dumps({"serviceName": "s"}).encode()
    roa(roa.v3("POST", f"/{V2021}/services", body=service, headers=host))
    body = body_of("f", LARGE)
    where = f"/{V2021}/services/s/functions"
    made = json.loads(roa(sent(roa, body, where, headers=host)).body)
    assert made["codeSize"] == len(package())
    none = sent(roa, body, f"/{V2021}/services/none/functions", headers=host)
    assert roa.code(none) == (404, "ServiceNotFound")


def test_escapes_of_json_are_read(roa: Roa) -> None:
    text = ECHO.replace("A", "\\u0041").replace("+", "\\u002B").replace("/", "\\/")
    body = body_of("escaped", "X").replace(b'"X"', f'"{text}"'.encode())
    for size in (1, 7, 4096):
        request = arriving(roa.v3("POST", ALL, body=body), *pieces(body, size))
        made = json.loads(roa(request).body)
        assert made["codeSize"] == len(base64.b64decode(ECHO)), made
        roa(roa.v3("DELETE", f"{ALL}/escaped"))


@pytest.fixture
def _nothing_stays(roa: Roa) -> Any:
    before = files(roa)
    yield
    assert files(roa) == before


@pytest.fixture
def stranger(roa: Roa) -> Roa:
    """A user of the account who is allowed nothing."""
    name, key = f"stranger-{uuid.uuid4().hex[:8]}", roa.key

    def ram(action: str) -> Any:
        asked = {"Action": action, "Version": "2015-05-01", "UserName": name}
        host = "ram.aliyuncs.com"
        return v1_call(key.access_key_id, key.access_key_secret, NOW, host=host, **asked)

    assert roa(ram("CreateUser")).status == 200
    made = json.loads(roa(ram("CreateAccessKey")).body)["AccessKey"]
    found = {"access_key_id": made["AccessKeyId"], "access_key_secret": made["AccessKeySecret"]}
    return Roa(roa.running, replace(key, **found))


def unread(request: Raw) -> Raw:
    """Return a request whose client would be heard to leave if any of its body were asked for."""
    return arriving(request, length=9, ends=False)


@pytest.mark.usefixtures("_nothing_stays")
def test_a_caller_whom_the_head_shows_to_be_refused_sends_no_body(
    roa: Roa, function: str, stranger: Roa
) -> None:
    body = json.dumps({"code": {"zipFile": LARGE}}).encode()
    one = f"{ALL}/{function}"
    signed = roa.v3("PUT", one, body=body)
    wrong = {**signed.headers, "authorization": signed.headers["authorization"][:-4] + "0000"}
    assert roa.code(unread(replace(signed, headers=wrong)))[0] == 400
    late = roa.v3("PUT", one, body=body, headers={"x-acs-date": "2020-01-01T00:00:00Z"})
    assert roa.code(unread(late))[0] == 400
    missing = roa.v3("PUT", f"{ALL}/none", body=body)
    assert roa.code(unread(missing)) == (404, "FunctionNotFound")
    for path in (one, f"{ALL}/none"):
        denied = stranger.v3("PUT", path, body=body)
        assert stranger.code(unread(denied)) == (403, "AccessDenied")
    events = [
        (event["eventName"], event.get("errorCode"))
        for event in map(json.loads, bodies_of_events(roa))
        if event["userIdentity"].get("userName", "").startswith("stranger")
    ]
    assert events.count(("UpdateFunction", "AccessDenied")) >= 2


def bodies_of_events(roa: Roa) -> list[str]:
    from juyong.audit.tables import EventRow

    roa.running.store.settle()
    return roa.running.store.call(lambda tx: [row.body for row in tx.find(EventRow)])


@pytest.mark.usefixtures("_nothing_stays")
def test_a_caller_whom_the_body_shows_to_be_denied_leaves_nothing(stranger: Roa) -> None:
    assert stranger.code(sent(stranger, body_of("f", LARGE))) == (403, "AccessDenied")


@pytest.mark.usefixtures("_nothing_stays")
@pytest.mark.parametrize("version", ["v3", "v1"])
def test_another_body_than_the_signed_one_makes_no_function(roa: Roa, version: str) -> None:
    body = body_of("swapped", LARGE)
    other = body_of("swapped", base64.b64encode(package(DATA[::-1])).decode())
    signed = getattr(roa, version)("POST", ALL, body=body)
    for wrong in (other, body + b" ", body[:-1]):
        assert roa.code(arriving(signed, *pieces(wrong)))[0] == 400
    assert roa.code(roa.v3("GET", f"{ALL}/swapped")) == (404, "FunctionNotFound")


@pytest.mark.usefixtures("_nothing_stays")
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (LARGE[:-1], "not well formed"),
        (LARGE + "====", "not well formed"),
        (LARGE[:900] + "=" + LARGE[901:], "not well formed"),
        (LARGE[:900] + " " + LARGE[900:], "not well formed"),
        (LARGE[:900] + "\n" + LARGE[900:], "not well formed"),
        (LARGE[:900] + "ü" + LARGE[900:], "not well formed"),
        (base64.b64encode(DATA).decode(), "cannot be read as a zip file"),
        ("", "either zipFile or an object"),
    ],
)
def test_a_text_that_is_no_package(roa: Roa, text: str, why: str) -> None:
    answer = roa(sent(roa, body_of("f", text)))
    assert answer.status == 400
    found = json.loads(answer.body)
    assert found["Code"] == "InvalidArgument"
    assert why in found["Message"]


@pytest.mark.usefixtures("_nothing_stays")
@pytest.mark.parametrize(
    "body",
    [
        b'{"functionName":"f","code":{"zipFile":"%s","zipFile":"%s"}}' % (2 * (LARGE.encode(),)),
        b'{"code":{"zipFile":"%s"},"code":{},"functionName":"f"}' % LARGE.encode(),
        b'{"code":{"zipFile":"%s"}' % LARGE.encode(),
        b'{"code":{"zipFile":"%s' % LARGE.encode(),
        b'{"code" "x" {"zipFile":"%s"}}' % LARGE.encode(),
        b'[{"code":{"zipFile":"%s"}}]' % LARGE.encode(),
        b"[" * 100_000,
        b'"text"',
        b"\xff",
    ],
)
def test_a_document_that_has_no_reading_or_two(roa: Roa, body: bytes) -> None:
    assert roa.code(sent(roa, body))[0] in (400, 413)


@pytest.mark.usefixtures("_nothing_stays")
def test_what_is_too_long(roa: Roa) -> None:
    announced = roa.v3("POST", ALL, body=b"x")
    too_long = arriving(announced, length=2 * MOST_CODE + 1, ends=False)
    assert roa.code(too_long) == (400, "InvalidArgument")
    beside = body_of("f", ECHO, checksum="1" * MOST_REST)
    assert roa.code(sent(roa, beside)) == (400, "InvalidArgument")
    elsewhere = creation("f", description=LARGE)
    assert roa.code(sent(roa, elsewhere)) == (400, "InvalidArgument")


@pytest.mark.usefixtures("_nothing_stays")
def test_a_client_that_leaves_in_the_middle_of_a_package(roa: Roa) -> None:
    body = body_of("f", LARGE)
    signed = roa.v3("POST", ALL, body=body)
    with pytest.raises(ClientGone):
        roa(arriving(signed, body[: 3 * BLOCK], ends=False))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64, 10_000])
def test_a_document_is_taken_apart_alike_however_it_is_cut(size: int) -> None:
    text = base64.b64encode(DATA[:500]).decode()
    document = {
        "zipFile": "outside",
        "list": [{"zipFile": "in a list"}, "code", 1.5, None],
        "other": {"zipFile": "of another", "code": {"zipFile": "deeper"}},
        'od"d\\': "a\\u0022b",
        "code": {"a": "b", "zipFile": text, "checksum": "1"},
    }
    body = json.dumps(document, indent=1).replace("zipFile", "zip\\u0046ile", 2).encode()
    reader = MemberReader(PATH)
    found = b"".join(map(reader.add, pieces(body, size)))
    assert found == DATA[:500]
    document["code"].pop("zipFile")  # type: ignore[attr-defined]
    assert reader.members() == document
    assert reader.found


@pytest.mark.parametrize("given", [b"", b"{}", b'{"code":{"zipFile":null}}', b'{"code":"x"}'])
def test_a_document_without_the_text(given: bytes) -> None:
    reader = MemberReader(PATH)
    assert reader.add(given) == b""
    assert not reader.found
    assert "zipFile" not in str(reader.members())


@pytest.mark.parametrize("value", [b"1", b"{}", b"[]", b"true"])
def test_another_thing_than_a_text(value: bytes) -> None:
    reader = MemberReader(PATH)
    reader.add(b'{"code":{"zipFile":%s}}' % value)
    with pytest.raises(InvalidField):
        reader.members()


def test_steps_are_bounded_by_the_rest() -> None:
    with pytest.raises(BodyTooLarge):
        MemberReader(PATH).add(b'"",' * MOST_REST)
    with pytest.raises(MalformedBody):
        MemberReader(PATH).add(b"[" * MOST_REST)
