"""Ciphertext blobs: golden vectors, tampering at every position, and what is bound."""

import base64
import json
from pathlib import Path

import pytest
from tests.unit.engines.crypto import made

from juyong.engines.crypto.context import EncryptionContext
from juyong.engines.crypto.envelope import Algorithm, Kind, algorithm_of, peek, seal, unseal
from juyong.engines.crypto.keys import BadInput, NotOffered, Undecipherable
from juyong.engines.crypto.software import generate, load_symmetric
from juyong.engines.crypto.specs import SPECS

CASES = json.loads((Path(__file__).parent / "vectors/envelope_v1.json").read_text())["cases"]
EMPTY = EncryptionContext()


def opened(blob, spec="Aliyun_AES_256", context=EMPTY):
    key = load_symmetric(spec, made.material(spec))
    return unseal(key, peek(blob), algorithm=algorithm_of(spec), context=context)


def test_golden_vectors_are_complete():
    assert len(CASES) == 24
    assert {(case["spec"], case["kind"]) for case in CASES} == {
        (spec, kind.name) for spec in made.SYMMETRIC for kind in Kind
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_golden_vector(case):
    key = load_symmetric(case["spec"], bytes.fromhex(case["key"]))
    algorithm, context = algorithm_of(case["spec"]), EncryptionContext.parse(case["context"])
    blob, plaintext = base64.b64decode(case["blob"]), bytes.fromhex(case["plaintext"])
    assert context.canonical == case["canonical"].encode()
    header = peek(blob)
    assert (header.version_id, header.kind) == (case["version_id"], Kind[case["kind"]])
    assert header.algorithm is algorithm
    assert unseal(key, header, algorithm=algorithm, context=context) == plaintext
    assert blob == seal(
        key,
        version_id=case["version_id"],
        algorithm=algorithm,
        kind=Kind[case["kind"]],
        nonce=bytes.fromhex(case["nonce"]),
        plaintext=plaintext,
        context=context,
    )


def test_numbers_never_change():
    assert {each.name: each.value for each in Algorithm} == {
        "AES_256_GCM": 1,
        "AES_192_GCM": 2,
        "AES_128_GCM": 3,
        "SM4_GCM": 4,
    }
    assert {each.name: each.value for each in Kind} == {"STRING": 1, "RAW": 2}


@pytest.mark.parametrize("spec", made.SYMMETRIC)
def test_blob_begins_with_its_key_version(spec):
    blob = made.blob(spec)
    assert blob.startswith(made.VERSION_ID.encode())
    assert len(blob) == 36 + 3 + 12 + 5 + 16
    assert opened(blob, spec) == b"hello"


@pytest.mark.parametrize("spec", made.SYMMETRIC)
def test_every_flipped_bit_is_noticed(spec):
    blob = made.blob(spec)
    flips = 0
    for at in range(len(blob)):
        for bit in range(8):
            wrong = bytearray(blob)
            wrong[at] ^= 1 << bit
            with pytest.raises(Undecipherable):
                opened(bytes(wrong), spec)
            flips += 1
    assert flips == len(blob) * 8 == 576


def test_every_other_length_is_noticed():
    blob = made.blob()
    for wrong in (*(blob[:size] for size in range(len(blob))), blob + b"\0", b"\0" + blob):
        with pytest.raises(Undecipherable):
            opened(wrong)


def test_all_refusals_read_the_same():
    blob = made.blob()
    wrongs = (b"", blob[:-1], blob[1:], b"x" * 100, blob[:36] + b"\2" + blob[37:])
    texts = set()
    for wrong in wrongs:
        with pytest.raises(Undecipherable) as refused:
            opened(wrong)
        texts.add(str(refused.value))
    assert len(texts) == 1


@pytest.mark.parametrize(("at", "value"), [(36, 0), (36, 2), (36, 255), (37, 0), (37, 5), (38, 0)])
def test_unknown_format_algorithm_or_kind_is_refused(at, value):
    blob = bytearray(made.blob())
    blob[at] = value
    with pytest.raises(Undecipherable):
        peek(bytes(blob))


def test_an_upper_case_id_is_another_blob():
    blob = made.blob()
    with pytest.raises(Undecipherable):
        peek(blob[:36].upper() + blob[36:])


def test_kind_and_algorithm_are_bound():
    blob = bytearray(made.blob())
    blob[38] = Kind.RAW
    assert peek(bytes(blob)).kind is Kind.RAW
    with pytest.raises(Undecipherable):
        opened(bytes(blob))
    header = peek(made.blob("Aliyun_AES_128"))
    sm4 = load_symmetric("Aliyun_SM4", made.material("Aliyun_AES_128"))
    for algorithm in Algorithm:
        with pytest.raises(Undecipherable):
            unseal(sm4, header, algorithm=algorithm, context=EMPTY)


def test_a_key_opens_only_what_names_its_algorithm():
    key = load_symmetric("Aliyun_AES_128", made.material("Aliyun_AES_128"))
    header = peek(made.blob("Aliyun_AES_128"))
    assert unseal(key, header, algorithm=Algorithm.AES_128_GCM, context=EMPTY) == b"hello"
    for algorithm in {*Algorithm} - {Algorithm.AES_128_GCM}:
        with pytest.raises(Undecipherable):
            unseal(key, header, algorithm=algorithm, context=EMPTY)


def test_shortest_blob_has_67_bytes():
    blob = made.blob(plaintext=b"")
    assert len(blob) == 67
    assert len(peek(blob).sealed) == 16
    for size in (66, 51, 39, 36, 0):
        with pytest.raises(Undecipherable):
            peek(blob[:size])


def test_parts_of_two_blobs_do_not_fit():
    first = made.blob(plaintext=b"first")
    second = made.blob(plaintext=b"other", nonce=bytes(12))
    for at in (36, 39, 51, 56):
        for wrong in (first[:at] + second[at:], second[:at] + first[at:]):
            if wrong not in (first, second):
                with pytest.raises(Undecipherable):
                    opened(wrong)
    other_id = made.VERSION_ID[:-1] + "b"
    moved = made.blob(version_id=other_id)[:36] + first[36:]
    with pytest.raises(Undecipherable):
        opened(moved)


def test_context_is_bound():
    context = EncryptionContext.of({"tenant": "blue"})
    blob = made.blob(context=context)
    assert opened(blob, context=EncryptionContext.parse('{"tenant":"blue"}')) == b"hello"
    for other in ("", '{"tenant":"red"}', '{"tenant":"blue","a":"b"}', '{"Tenant":"blue"}'):
        with pytest.raises(Undecipherable):
            opened(blob, context=EncryptionContext.parse(other))
    with pytest.raises(Undecipherable):
        opened(made.blob(), context=context)


def test_another_key_does_not_open():
    key = load_symmetric("Aliyun_AES_256", generate("Aliyun_AES_256"))
    with pytest.raises(Undecipherable):
        unseal(key, peek(made.blob()), algorithm=Algorithm.AES_256_GCM, context=EMPTY)


@pytest.mark.parametrize(
    "version_id",
    ["", "key-1", made.VERSION_ID.upper(), made.VERSION_ID + "0", made.VERSION_ID[:-1], "é" * 36],
)
def test_ids_of_another_form_are_not_sealed(version_id):
    with pytest.raises(BadInput):
        made.blob(version_id=version_id)


def test_nonce_of_another_size_is_not_sealed():
    for size in (0, 11, 13):
        with pytest.raises(BadInput):
            made.blob(nonce=bytes(size))


@pytest.mark.parametrize("size", [0, 1, 6144, 8192, 30720])
def test_payload_of_any_size(size):
    assert opened(made.blob(plaintext=b"x" * size)) == b"x" * size


def test_only_symmetric_specs_seal():
    assert {algorithm_of(spec) for spec in made.SYMMETRIC} == {*Algorithm}
    for spec in (*({*SPECS} - {*made.SYMMETRIC}), "Aliyun_DES3_192"):
        with pytest.raises(NotOffered):
            algorithm_of(spec)
