"""Bodies of ROA calls that arrive behind their head: judged first, held to their signature, gone."""

import base64
import json
from collections.abc import MutableMapping
from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.gateway.test_roa_calls import HOST, V2021, V2023, Roa, function, opened, roa

from juyong.api.fields import LongestBody
from juyong.api.operation import Route, operation
from juyong.api.request import Raw
from juyong.blobs.blocks import BLOCK
from juyong.gateway.arriving import ClientGone, Received
from juyong.services.fc.fields import MOST_EVENT

__all__ = ["function", "opened", "roa"]
EVENT = b"0123456789abcdef" * (BLOCK // 8)


def path_of(name: str) -> str:
    return f"/{V2023}/functions/{name}/invocations"


def arriving(request: Raw, *parts: bytes, length: int | None = None, ends: bool = True) -> Raw:
    """Return a request whose body comes behind its head; it may stop before its end."""
    waiting = list(parts)

    async def receive() -> MutableMapping[str, Any]:
        if not waiting:
            return {"type": "http.disconnect"}
        part = waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(waiting) or not ends}

    whole = sum(map(len, parts)) if length is None else length
    return replace(request, body=b"", arriving=Received(receive, whole))


def files(roa: Roa) -> list[str]:
    disk = roa.running.pipeline.platform.disk
    return [blob_id for blob_id, _ in (*disk.published(), *disk.unpublished())]


@pytest.fixture(autouse=True)
def _nothing_stays(roa: Roa) -> Any:
    before = files(roa)
    yield
    assert files(roa) == before


@pytest.mark.parametrize("version", ["v3", "v1"])
def test_a_body_arrives_in_parts_under_both_signatures(
    roa: Roa,
    function: str,
    version: str,
) -> None:
    signed = getattr(roa, version)("POST", path_of(function), body=EVENT)
    assert roa.running.pipeline.streams(replace(signed, body=b""))
    half = len(EVENT) // 2
    answer = roa(arriving(signed, EVENT[:half], EVENT[half:]))
    assert (answer.status, answer.body) == (200, EVENT)


@pytest.mark.parametrize("version", ["v3", "v1"])
@pytest.mark.parametrize("sent", [EVENT[:-1] + b"X", EVENT[:-1], EVENT + b"X", b"", b"short"])
def test_another_body_than_the_signed_one_is_not_run(
    roa: Roa,
    function: str,
    version: str,
    sent: bytes,
) -> None:
    signed = getattr(roa, version)("POST", path_of(function), body=EVENT)
    status, code = roa.code(arriving(signed, sent))
    assert (status, code) == (400, json.loads(roa(replace(signed, body=sent)).body)["Code"])


def test_a_body_without_its_md5_is_not_run(roa: Roa, function: str) -> None:
    bare = roa.v1("POST", path_of(function))
    assert roa(arriving(bare, b"")).status == 200
    assert roa.code(arriving(roa.v1("POST", path_of(function)), b"x"))[0] == 400
    for wrong in ("%%%", base64.b64encode(b"short").decode()):
        signed = roa.v1("POST", path_of(function), **{"content-md5": wrong})
        assert roa.code(arriving(signed, b"x"))[0] == 400


def test_a_digest_that_is_none_fits_no_body(roa: Roa, function: str) -> None:
    signed = roa.v3("POST", path_of(function), headers={"x-acs-content-sha256": "no hex"})
    assert roa.code(arriving(signed, b""))[0] == 400


def test_a_call_that_is_refused_reads_no_body(roa: Roa, function: str) -> None:
    """The client would be heard to leave if any of the body were asked for."""
    signed = roa.v3("POST", path_of(function), body=EVENT)
    wrong = {**signed.headers, "authorization": signed.headers["authorization"][:-4] + "0000"}
    assert roa.code(arriving(replace(signed, headers=wrong), length=9, ends=False))[0] == 400
    missing = roa.v3("POST", path_of("none"), body=EVENT)
    assert roa.code(arriving(missing, length=9, ends=False)) == (404, "FunctionNotFound")


def test_a_client_that_leaves_in_the_middle(roa: Roa, function: str) -> None:
    signed = roa.v3("POST", path_of(function), body=EVENT)
    with pytest.raises(ClientGone):
        roa(arriving(signed, EVENT[:BLOCK], ends=False))


@pytest.mark.parametrize("length", [MOST_EVENT + 1, None])
def test_a_body_that_is_too_long(roa: Roa, function: str, length: int | None) -> None:
    signed = roa.v3("POST", path_of(function), body=EVENT)
    parts = () if length else [bytes(BLOCK)] * (MOST_EVENT // BLOCK) + [b"x"]
    request = arriving(signed, *parts, length=length)
    if length is None:
        assert isinstance(request.arriving, Received)
        request.arriving.length = None
    assert roa.code(request) == (400, "EntityTooLarge")


def test_only_what_takes_a_body_in_parts_is_served_before_its_body_is_whole(
    roa: Roa,
) -> None:
    streams = roa.running.pipeline.streams
    invoked = roa.v3("POST", path_of("f"))
    assert streams(invoked)
    older = f"/{V2021}/services/s/functions/f/invocations"
    assert streams(roa.v3("POST", older, headers={"host": "1.cn-hangzhou.fc.aliyuncs.com"}))
    assert not streams(roa.v3("POST", older))  # a host of the current version alone
    assert streams(replace(invoked, headers={**invoked.headers, "host": "127.0.0.1:1"}))
    for other in (
        roa.v3("GET", f"/{V2023}/functions"),
        roa.v3("DELETE", f"/{V2023}/functions/f"),
        roa.v3("PUT", path_of("f")),
        roa.v3("POST", path_of("%ff")),
        replace(invoked, headers={**invoked.headers, "host": "kms.cn-hangzhou.aliyuncs.com"}),
        replace(invoked, headers={"host": HOST}),
        replace(
            invoked,
            path="/functions/f/invocations",
            headers={"host": "a:1", "authorization": "acs a:b"},
        ),
    ):
        assert not streams(other)


def test_an_action_that_the_path_denies_is_refused_unread(roa: Roa) -> None:
    signed = roa.v3("POST", path_of("f"), headers={"x-acs-action": "CreateFunction"})
    assert roa.code(arriving(signed, length=9, ends=False))[0] in (400, 404)


def test_a_product_announces_what_takes_its_body_in_parts() -> None:
    from typing import Annotated

    from juyong.api.access import acs
    from juyong.api.answers import RawAnswer
    from juyong.api.context import Context
    from juyong.blobs.arrived import Blob
    from juyong.services.fc.product import PRODUCT

    def takes(ctx: Context, *, body: Annotated[Blob, LongestBody(1)]) -> RawAnswer:
        """Take a body."""
        return RawAnswer()

    route = Route(method="POST", path="/2023-03-30/unannounced")
    with pytest.raises(TypeError, match="`receiving` of its product"):
        operation(PRODUCT, "Unannounced", resource=acs("fc", "x"), route=route)(takes)
    assert "Unannounced" not in PRODUCT.operations
