"""Signatures against vectors that official clients produced, one file a signature."""

import json
from pathlib import Path
from typing import Any

import pytest

from juyong.base.secret import Secret
from juyong.gateway.signature import roa1, v1, v3

FOLDER = Path(__file__).parent / "vectors"


def cases(name: str) -> list[Any]:
    loaded = json.loads((FOLDER / f"{name}.json").read_text())["cases"]
    return [pytest.param(case, id=case["name"]) for case in loaded]


def test_every_vector_file_is_used() -> None:
    assert {p.stem for p in FOLDER.glob("*.json")} == {"rpc_v1", "v3", "roa_v1"}


@pytest.mark.parametrize("case", cases("rpc_v1"))
def test_rpc_v1(case: dict[str, Any]) -> None:
    text = v1.string_to_sign(case["method"], case["params"].items())
    assert v1.sign(case["secret"], text) == case["signature"]
    assert v1.verify(Secret(case["secret"]), text, case["signature"])
    assert not v1.verify(Secret(case["secret"] + "x"), text, case["signature"])


@pytest.mark.parametrize("case", cases("v3"))
def test_v3(case: dict[str, Any]) -> None:
    signed = sorted(case["headers"])
    query = [tuple(pair) for pair in case["query"]]
    canonical = v3.canonical_request(case["method"], case["path"], query, case["headers"], signed)
    text = v3.string_to_sign(canonical)
    assert v3.sign(case["secret"], text) == case["signature"]
    assert not v3.verify(Secret("other"), text, case["signature"])


@pytest.mark.parametrize("case", cases("roa_v1"))
def test_roa_v1(case: dict[str, Any]) -> None:
    query = [tuple(pair) for pair in case["query"]]
    text = roa1.string_to_sign(
        case["method"], case["path"], query, case["headers"], bare_empty=True
    )
    assert roa1.sign(case["secret"], text) == case["signature"]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Basic abc",
        "ACS3-HMAC-SM3 Credential=a,SignedHeaders=host,Signature=b",
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host",
        "ACS3-HMAC-SHA256 Credential=a,Credential=b,SignedHeaders=host,Signature=c",
        "ACS3-HMAC-SHA256 Credential=,SignedHeaders=host,Signature=c",
        "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=c,More=d",
    ],
)
def test_unreadable_v3_header_is_refused(value: str) -> None:
    with pytest.raises(v3.Unreadable):
        v3.parse_authorization(value)


def test_spaces_after_commas_are_tolerated() -> None:
    found = v3.parse_authorization(
        "ACS3-HMAC-SHA256 Credential=a, SignedHeaders=host;x-acs-date, Signature=c"
    )
    assert found == v3.Authorization("a", ("host", "x-acs-date"), "c")
