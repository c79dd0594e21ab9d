"""The crypto engine against vectors of other implementations; see vectors/crypto/PROVENANCE.md."""

import json
import os
from pathlib import Path

import pytest
from tests.wire.wycheproof import judge

FOLDER = Path(__file__).parent / "vectors" / "crypto"
_SETTING = "JUYONG_TEST_VECTORS"


def test_our_own_vectors() -> None:
    tally = judge(FOLDER)
    assert tally.differing == []
    assert tally.foreign == []
    assert tally.ran == {
        "AES-GCM": 162,
        "ECDSA EC_P256": 53,
        "ECDSA EC_P256K": 33,
        "HMAC": 92,
        "RSA-OAEP": 76,
        "RSA-PKCS1": 116,
        "RSA-PSS": 158,
        "SM2DSA": 33,
        "SM2PKE": 28,
        "SM4-GCM": 28,
    }
    assert tally.refused == {
        "MGF takes the same hash": 26,
        "codes are whole": 20,
        "keys have the size of the hash": 20,
        "no spec of this size": 1,
        "nonces have 12 bytes": 39,
        "tags have 16 bytes": 39,
        "there are no labels": 3,
    }


def test_a_wrong_answer_is_noticed(tmp_path: Path) -> None:
    content = json.loads((FOLDER / "hmac_sha256_test.json").read_bytes())
    test = content["testGroups"][0]["tests"][0]
    assert test["result"] == "valid"
    test["result"] = "invalid"
    (tmp_path / "turned.json").write_text(json.dumps(content))
    (tmp_path / "other.json").write_text('{"algorithm": "X25519", "testGroups": []}')
    tally = judge(tmp_path)
    assert tally.differing == [f"turned.json {test['tcId']}: {test['comment']}"]
    assert tally.foreign == ["other.json"]


@pytest.mark.skipif(_SETTING not in os.environ, reason=f"{_SETTING} names no folder of vectors")
def test_published_vectors(capsys: pytest.CaptureFixture[str]) -> None:
    tally = judge(Path(os.environ[_SETTING]))
    with capsys.disabled():
        print(f"\nran {dict(tally.ran)}\nrefused {dict(tally.refused)}")
    assert tally.differing == []
    wanted = {"AES-GCM", "RSA-OAEP", "RSA-PSS", "RSA-PKCS1", "HMAC"}
    wanted |= {"ECDSA EC_P256", "ECDSA EC_P256K"}
    assert wanted <= set(tally.ran), "the folder lacks vectors of a family"
