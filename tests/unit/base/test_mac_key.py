"""A prepared HMAC key says of each message what the standard library says."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from juyong.base.mac_key import Algorithm, MacKey
from juyong.base.secret import Secret


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@given(key=st.binary(max_size=200), messages=st.lists(st.binary(max_size=300), max_size=4))
def test_digests_are_those_of_hmac(algorithm: Algorithm, key: bytes, messages: list[bytes]) -> None:
    prepared = MacKey(key, algorithm)
    expected = [hmac.digest(key, each, algorithm) for each in messages]
    assert [prepared.digest(each) for each in messages] == expected


@given(st.text(max_size=50, alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_secret_keeps_one_key_for_each_use(text: str) -> None:
    secret = Secret(text)
    for algorithm, ending in (("sha1", ""), ("sha1", "&"), ("sha256", ""), ("sha1", "&")):
        expected = hmac.digest(f"{text}{ending}".encode(), b"m", algorithm)
        assert secret.keyed(algorithm, ending).digest(b"m") == expected
