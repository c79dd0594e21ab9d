"""Laws of SAML verification, over drawn times and damaged documents."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.engines.federation import saml_idp as idp

from juyong.engines.federation.saml import (
    SamlError,
    SamlExpired,
    SamlInvalid,
    parse_metadata,
    verify_response,
)

CURVE = idp.keypair("curve", kind="ec")
METADATA = parse_metadata(idp.metadata(CURVE.der))
SIGNED: bytes = idp.response(
    idp.sign(idp.assertion(), CURVE, algorithm=idp.SignatureMethod.ECDSA_SHA256)
).encode()
ALLOWED = {"audiences": [idp.AUDIENCE], "recipients": [idp.RECIPIENT]}
GOOD = verify_response(SIGNED, METADATA, now=idp.NOW, **ALLOWED)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_changes_nothing(at: int, change: int) -> None:
    damaged = bytearray(SIGNED)
    damaged[at] ^= change
    try:
        found = verify_response(bytes(damaged), METADATA, now=idp.NOW, **ALLOWED)
    except SamlError:
        return
    assert found == GOOD


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(SIGNED)), st.integers(0, len(SIGNED)), st.integers(0, len(SIGNED)))
def test_a_moved_piece_is_refused_or_changes_nothing(start: int, end: int, to: int) -> None:
    piece = SIGNED[min(start, end) : max(start, end)]
    spliced = SIGNED[:to] + piece + SIGNED[to:]
    try:
        found = verify_response(spliced, METADATA, now=idp.NOW, **ALLOWED)
    except SamlError:
        return
    assert found == GOOD


@settings(max_examples=80, deadline=None)
@given(st.integers(-1000, 2000), st.integers(0, 400))
def test_time_decides_as_the_limits_say(offset: int, skew: int) -> None:
    """Not before NOW - 60, confirmed until NOW + 300: one interval, widened by the tolerance."""
    try:
        verify_response(SIGNED, METADATA, now=idp.NOW + offset, skew_seconds=skew, **ALLOWED)
        outcome = "accepted"
    except SamlInvalid:
        outcome = "early"
    except SamlExpired:
        outcome = "late"
    if offset < -60 - skew:
        assert outcome == "early"
    elif offset >= 300 + skew:
        assert outcome == "late"
    else:
        assert outcome == "accepted"
