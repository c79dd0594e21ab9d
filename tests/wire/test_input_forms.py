"""Every form in which an official client writes a value is read; what is ambiguous is refused."""

import asyncio
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from tests.unit.gateway.calls import raw, v1_call, v3_call

from juyong.api.errors import ApiError, InvalidField
from juyong.api.fields import Items
from juyong.api.parameters import decode, fields_of
from juyong.api.request import Raw
from juyong.api.shape import Shape
from juyong.api.wire import WireFormat
from juyong.app.bootstrap import Credentials, read_credentials
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant, parse_iso
from juyong.gateway.signature import roa1
from juyong.gateway.wire import rpc, v3

FOLDER = Path(__file__).parent / "forms"
FORM = {"content-type": "application/x-www-form-urlencoded"}
AUTHORIZATION = (
    "ACS3-HMAC-SHA256 Credential=a,"
    "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-version,Signature=b"
)
V3_HEADERS = {"authorization": AUTHORIZATION, "x-acs-date": "2026-11-28T10:00:00Z"}


def cases(name: str) -> list[Any]:
    loaded = json.loads((FOLDER / f"{name}.json").read_text())["cases"]
    return [pytest.param(case, id=f"{n}: {case['client'][:40]}") for n, case in enumerate(loaded)]


class Tag(Shape, frozen=True, kw_only=True):
    key: str
    value: str = ""


def operation(
    ctx: object,
    *,
    flag: bool | None = None,
    count: int | None = None,
    name: Annotated[list[str], Items(0, 20)] | None = None,
    tag: list[Tag] | None = None,
    note: str | None = None,
) -> None: ...


FIELDS = {field.wire: field for field in fields_of(operation)}


def ways(case: dict[str, Any]) -> list[tuple[WireFormat, Raw]]:
    """Return every way in which a case can be sent: a query or a form, under V1 or V3."""
    if "json" in case:
        headers = {**V3_HEADERS, "content-type": "application/json; charset=utf-8"}
        return [
            (v3.FORMAT, raw(method="POST", headers=headers, body=json.dumps(case["json"]).encode()))
        ]
    text = case["send"]
    upper = {"content-type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8"}
    return [
        (rpc.FORMAT, raw(query=text)),
        (rpc.FORMAT, raw(method="POST", headers=FORM, body=text.encode())),
        (rpc.FORMAT, raw(method="POST", headers=upper, body=text.encode())),
        (v3.FORMAT, raw(method="POST", query=text, headers=V3_HEADERS)),
        (v3.FORMAT, raw(method="POST", headers={**V3_HEADERS, **FORM}, body=text.encode())),
    ]


@pytest.mark.parametrize("case", cases("parameters"))
def test_parameter(case: dict[str, Any]) -> None:
    field = FIELDS[case["parameter"]]
    wanted = field.default if case["value"] == "default" else case["value"]
    for wire, request in ways(case):
        if case["value"] is None:
            with pytest.raises((InvalidField, ApiError)):
                decode((field,), wire.read(request).params)
            continue
        (value,) = decode((field,), wire.read(request).params).values()
        assert msgspec.to_builtins(value) == wanted
        assert type(value) is type(wanted)


NOW = parse_iso(json.loads((FOLDER / "times.json").read_text())["moment"])


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("home")
    running = open_platform(home, settings=Settings(), clock=lambda: NOW)
    yield running
    running.store.close()


def signed(key: Credentials, protocol: str, written: str) -> Raw:
    """Sign a call whose time is written in some form."""
    pair = key.access_key_id, key.access_key_secret
    if protocol == "v1":
        return v1_call(*pair, NOW, Action="ListUsers", Timestamp=written)
    if protocol == "v3":
        return v3_call(*pair, NOW, "ListUsers", headers={"x-acs-date": written})
    headers = {
        "host": "fcv3.cn-hangzhou.aliyuncs.com",
        "date": written,
        "accept": "application/json",
        "x-acs-version": "2023-03-30",
        "x-acs-signature-nonce": uuid.uuid4().hex,
    }
    path = "/2023-03-30/functions"
    text = roa1.string_to_sign("GET", path, [], headers, bare_empty=True)
    headers["authorization"] = f"acs {pair[0]}:{roa1.sign(pair[1], text)}"
    return raw(path=path, headers=headers)


@pytest.mark.parametrize("case", cases("times"))
def test_time(opened: Running, case: dict[str, Any]) -> None:
    request = signed(read_credentials(opened.home), case["protocol"], case["send"])
    answer = asyncio.run(opened.pipeline.serve(request))
    assert (answer.status == 200) is case["served"], answer.body
    assert json.loads(answer.body).get("Code") == case.get("code")


def test_zone_of_the_machine_does_not_matter(
    opened: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    for written in ("2026-11-28T10:00:00.123Z", "2026-11-28T10:00:00Z"):
        assert parse_iso(written) == Instant(1_795_860_000)


def test_every_case_has_its_grade() -> None:
    loaded = [p.values[0] for name in ("parameters", "times") for p in cases(name)]
    assert {case["grade"] for case in loaded} == {"observed", "documented", "assumed"}
    assert (len(cases("parameters")), len(cases("times"))) == (49, 17)
