"""Material at rest: golden vectors, tampering, and rows that were swapped."""

import base64
import json
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import fields, replace

from juyong.engines.crypto.keys import BadInput
from juyong.engines.crypto.sealing import MaterialPlace, MaterialSealer, MaterialTampered

CASES = json.loads((Path(__file__).parent / "vectors/material_v1.json").read_text())["cases"]
KEY = bytes(range(32))
NONCE = bytes(range(12))
PLACE = MaterialPlace(
    account_id="1000000000000001",
    key_id="key-1",
    version_id="version-1",
    spec="Aliyun_AES_256",
    usage="ENCRYPT/DECRYPT",
    origin="Aliyun_KMS",
    protection="SOFTWARE",
)
MATERIAL = b"m" * 32


def sealed():
    return MaterialSealer(KEY).seal(PLACE, nonce=NONCE, material=MATERIAL)


def test_all_golden_vectors_run():
    assert len(CASES) == 3


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_golden_vector(case):
    sealer = MaterialSealer(bytes.fromhex(case["account_key"]))
    place, material = MaterialPlace(**case["place"]), bytes.fromhex(case["material"])
    row = base64.b64decode(case["sealed"])
    assert sealer.open(place, row) == material
    assert sealer.seal(place, nonce=bytes.fromhex(case["nonce"]), material=material) == row
    assert sealer.fingerprint(place.key_id, material).hex() == case["fingerprint"]


def test_every_flipped_bit_is_noticed():
    row, flips = sealed(), 0
    for at in range(len(row)):
        for bit in range(8):
            wrong = bytearray(row)
            wrong[at] ^= 1 << bit
            with pytest.raises(MaterialTampered):
                MaterialSealer(KEY).open(PLACE, bytes(wrong))
            flips += 1
    assert flips == (1 + 12 + 32 + 16) * 8


def test_every_other_length_is_noticed():
    row = sealed()
    for wrong in (*(row[:size] for size in range(len(row))), row + b"\0"):
        with pytest.raises(MaterialTampered):
            MaterialSealer(KEY).open(PLACE, wrong)


@pytest.mark.parametrize("name", [each.name for each in fields(MaterialPlace)])
def test_a_row_does_not_open_in_another_place(name):
    assert MaterialSealer(KEY).open(PLACE, sealed()) == MATERIAL
    for value in ("", "other", getattr(PLACE, name) + "0"):
        with pytest.raises(MaterialTampered):
            MaterialSealer(KEY).open(replace(PLACE, **{name: value}), sealed())


def test_neighbouring_fields_do_not_run_together():
    names = [each.name for each in fields(MaterialPlace)]
    for first, second in pairwise(names):
        a, b = getattr(PLACE, first), getattr(PLACE, second)
        moved = replace(PLACE, **{first: a + b[:1], second: b[1:]})
        assert moved.encoded() != PLACE.encoded()
        with pytest.raises(MaterialTampered):
            MaterialSealer(KEY).open(moved, sealed())


def test_every_field_is_in_the_place():
    values = [getattr(PLACE, each.name) for each in fields(MaterialPlace)]
    assert all(value.encode() in PLACE.encoded() for value in values)
    assert len(PLACE.encoded()) == sum(map(len, values)) + 4 * len(values)


def test_another_account_key_does_not_open():
    with pytest.raises(MaterialTampered):
        MaterialSealer(bytes(32)).open(PLACE, sealed())


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_account_key_has_32_bytes(size):
    with pytest.raises(BadInput):
        MaterialSealer(bytes(size))


@pytest.mark.parametrize("size", [0, 11, 13])
def test_nonce_has_twelve_bytes(size):
    with pytest.raises(BadInput):
        MaterialSealer(KEY).seal(PLACE, nonce=bytes(size), material=b"")


def test_fingerprint_knows_the_same_material_of_one_key_again():
    sealer = MaterialSealer(KEY)
    known = sealer.fingerprint("key-1", MATERIAL)
    assert len(known) == 32
    sealer.check_fingerprint("key-1", MATERIAL, known)
    for key_id, material in (("key-2", MATERIAL), ("key-1", b"n" * 32), ("key-1", MATERIAL[1:])):
        with pytest.raises(BadInput):
            sealer.check_fingerprint(key_id, material, known)
    with pytest.raises(BadInput):
        MaterialSealer(bytes(32)).check_fingerprint("key-1", MATERIAL, known)
    assert sealer.fingerprint("key-1m", b"m" * 31) != known


def test_nothing_shows_material():
    with pytest.raises(MaterialTampered) as refused:
        MaterialSealer(bytes(32)).open(PLACE, sealed())
    for text in (repr(MaterialSealer(KEY)), str(refused.value), repr(refused.value)):
        assert "mmm" not in text
        assert KEY.hex()[:8] not in text
