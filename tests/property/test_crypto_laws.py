"""Laws of ciphertext blobs, contexts and sealed material, whatever is in them."""

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import fields

from juyong.engines.crypto.context import MAX_CHARS, EncryptionContext
from juyong.engines.crypto.envelope import Kind, algorithm_of, peek, seal, unseal
from juyong.engines.crypto.keys import BadInput, Undecipherable
from juyong.engines.crypto.sealing import MaterialPlace, MaterialSealer, MaterialTampered
from juyong.engines.crypto.software import load_symmetric
from juyong.engines.crypto.specs import SPECS, Family

laws = settings(max_examples=200, deadline=None)

SYMMETRIC = [spec for spec in SPECS.values() if spec.family is Family.SYMMETRIC]
specs = st.sampled_from(SYMMETRIC)
uuids = st.uuids().map(str)
nonces = st.binary(min_size=12, max_size=12)
texts = st.text(max_size=20)
contexts = st.dictionaries(texts, texts, max_size=6)
payloads = st.binary(max_size=300)
kinds = st.sampled_from(Kind)
places = st.builds(
    MaterialPlace,
    **{each.name: st.sampled_from(["", "a", "b", "ab"]) for each in fields(MaterialPlace)},
)


def sealed(draw_key, spec, **values):
    return seal(load_symmetric(spec.name, draw_key), algorithm=algorithm_of(spec.name), **values)


@st.composite
def blobs(draw):
    spec = draw(specs)
    key = draw(st.binary(min_size=spec.material_bytes, max_size=spec.material_bytes))
    values = {
        "version_id": draw(uuids),
        "kind": draw(kinds),
        "nonce": draw(nonces),
        "plaintext": draw(payloads),
        "context": EncryptionContext.of(draw(contexts)),
    }
    return spec, key, values, sealed(key, spec, **values)


def opened(spec, key, blob, context):
    return unseal(
        load_symmetric(spec.name, key),
        peek(blob),
        algorithm=algorithm_of(spec.name),
        context=context,
    )


@laws
@given(blobs())
def test_what_was_sealed_opens(made):
    spec, key, values, blob = made
    assert opened(spec, key, blob, values["context"]) == values["plaintext"]
    header = peek(blob)
    assert (header.version_id, header.kind) == (values["version_id"], values["kind"])
    assert header.nonce == values["nonce"]


@laws
@given(blobs(), contexts)
def test_another_context_never_opens(made, other):
    spec, key, values, blob = made
    context = EncryptionContext.of(other)
    assume(context != values["context"])
    with pytest.raises(Undecipherable):
        opened(spec, key, blob, context)


@laws
@given(blobs(), st.binary(max_size=40), st.integers(min_value=0, max_value=500))
def test_a_changed_blob_never_opens(made, piece, at):
    spec, key, values, blob = made
    wrong = blob[:at] + piece + blob[at + len(piece) :]
    assume(wrong != blob)
    with pytest.raises(Undecipherable):
        opened(spec, key, wrong, values["context"])


@laws
@given(blobs(), st.data())
def test_another_key_never_opens(made, data):
    spec, key, values, blob = made
    other = data.draw(st.binary(min_size=len(key), max_size=len(key)))
    assume(other != key)
    with pytest.raises(Undecipherable):
        opened(spec, other, blob, values["context"])


@laws
@given(contexts, st.randoms(use_true_random=False), st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_spelling_of_a_context_never_matters(pairs, random, ascii_only, indent):
    shuffled = list(pairs.items())
    random.shuffle(shuffled)
    text = json.dumps(dict(shuffled), ensure_ascii=ascii_only, indent=indent)
    assume(len(text) <= MAX_CHARS)
    assert EncryptionContext.parse(text) == EncryptionContext.of(pairs)


@laws
@given(contexts, contexts)
def test_contexts_are_bound_by_content(first, second):
    a, b = EncryptionContext.of(first), EncryptionContext.of(second)
    assert (a.canonical == b.canonical) == (first == second) == (a == b)
    assert EncryptionContext.parse(a.canonical.decode()) == a


@laws
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | texts,
        lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    )
)
def test_only_objects_of_strings_are_contexts(value):
    text = json.dumps(value)
    assume(len(text) <= MAX_CHARS)
    fits = isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    if fits:
        assert dict(EncryptionContext.parse(text).pairs) == value
    else:
        with pytest.raises(BadInput):
            EncryptionContext.parse(text)


@laws
@given(places, places, payloads, nonces)
def test_material_opens_in_its_place_only(place, other, material, nonce):
    sealer = MaterialSealer(bytes(32))
    row = sealer.seal(place, nonce=nonce, material=material)
    assert sealer.open(place, row) == material
    assert (place.encoded() == other.encoded()) == (place == other)
    if other != place:
        with pytest.raises(MaterialTampered):
            sealer.open(other, row)
