"""One-time codes: the published vectors, consecutive steps, and reuse."""

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest

from juyong.engines.credentials.totp import (
    STEP_SECONDS,
    BadCodeFormat,
    BadSeed,
    otpauth_uri,
    verify_code,
    verify_consecutive,
)

SEED = base64.b32encode(b"12345678901234567890").decode()
# RFC 6238, appendix B, SHA-1 rows: the last six of the eight digits given there.
VECTORS = [
    (59, "287082"),
    (1_111_111_109, "081804"),
    (1_111_111_111, "050471"),
    (1_234_567_890, "005924"),
    (2_000_000_000, "279037"),
    (20_000_000_000, "353130"),
]
NOW = 1_750_000_020
STEP = NOW // STEP_SECONDS


def code(step: int, seed: str = SEED) -> str:
    return pyotp.TOTP(seed).generate_otp(step)


@pytest.mark.parametrize(("at", "expected"), VECTORS)
def test_published_vectors(at: int, expected: str) -> None:
    step = at // STEP_SECONDS
    assert verify_code(SEED, expected, now=at, last_step=None, window=0) == step
    wrong = f"{(int(expected) + 1) % 1_000_000:06d}"
    assert verify_code(SEED, wrong, now=at, last_step=None, window=0) is None


def test_all_vectors_ran() -> None:
    assert len(VECTORS) == 6


@pytest.mark.parametrize(
    ("offset", "window", "accepted"),
    [
        (0, 0, True),
        (-1, 0, False),
        (1, 0, False),
        (-1, 1, True),
        (1, 1, True),
        (-2, 1, False),
        (2, 1, False),
        (-2, 2, True),
    ],
)
def test_window_has_two_sides(offset: int, window: int, accepted: bool) -> None:
    found = verify_code(SEED, code(STEP + offset), now=NOW, last_step=None, window=window)
    assert found == (STEP + offset if accepted else None)


def test_step_changes_on_the_thirtieth_second() -> None:
    start = STEP * STEP_SECONDS
    assert verify_code(SEED, code(STEP), now=start, last_step=None, window=0) == STEP
    assert verify_code(SEED, code(STEP), now=start + 29, last_step=None, window=0) == STEP
    assert verify_code(SEED, code(STEP), now=start + 30, last_step=None, window=0) is None
    assert verify_code(SEED, code(STEP), now=start - 1, last_step=None, window=0) is None


def test_used_step_and_earlier_ones_are_refused() -> None:
    assert verify_code(SEED, code(STEP), now=NOW, last_step=STEP - 1) == STEP
    assert verify_code(SEED, code(STEP), now=NOW, last_step=STEP) is None
    assert verify_code(SEED, code(STEP - 1), now=NOW, last_step=STEP) is None
    assert verify_code(SEED, code(STEP + 1), now=NOW, last_step=STEP) == STEP + 1


@pytest.mark.parametrize(
    ("first", "second", "matched"),
    [
        (-1, 0, 0),
        (-2, -1, -1),
        (0, 1, 1),
        (-3, -2, None),
        (1, 2, None),
        (0, -1, None),
        (0, 0, None),
        (-1, 1, None),
        (-2, 0, None),
    ],
)
def test_consecutive_codes(first: int, second: int, matched: int | None) -> None:
    found = verify_consecutive(SEED, code(STEP + first), code(STEP + second), now=NOW)
    assert found == (None if matched is None else STEP + matched)


def test_step_of_the_binding_blocks_both_codes_afterwards() -> None:
    last = verify_consecutive(SEED, code(STEP - 1), code(STEP), now=NOW)
    assert last == STEP
    for used in (STEP - 1, STEP):
        assert verify_code(SEED, code(used), now=NOW, last_step=last) is None


def test_another_seed_does_not_match() -> None:
    other = base64.b32encode(b"09876543210987654321").decode()
    assert verify_code(other, code(STEP), now=NOW, last_step=None) is None
    assert verify_consecutive(SEED, code(STEP - 1), code(STEP, other), now=NOW) is None
    assert verify_consecutive(SEED, code(STEP - 1, other), code(STEP), now=NOW) is None


def test_first_minute_of_time_is_no_error() -> None:
    assert verify_code(SEED, code(0), now=0, last_step=None) == 0
    assert verify_consecutive(SEED, code(0), code(1), now=0) == 1


@pytest.mark.parametrize(
    "text", ["", "12345", "1234567", "12345a", " 12345", "１２３４５６", "-12345"]
)
def test_code_format(text: str) -> None:
    with pytest.raises(BadCodeFormat):
        verify_code(SEED, text, now=NOW, last_step=None)
    for pair in ((text, "123456"), ("123456", text)):
        with pytest.raises(BadCodeFormat):
            verify_consecutive(SEED, *pair, now=NOW)


@pytest.mark.parametrize("seed", ["", "A", "not base32!", "MFRGG==="])
def test_bad_seed_is_named_without_being_shown(seed: str) -> None:
    with pytest.raises(BadSeed) as refused:
        verify_code(seed, "123456", now=NOW, last_step=None)
    assert not seed or seed not in str(refused.value)
    assert refused.value.__cause__ is None


def test_uri_carries_what_an_app_needs() -> None:
    seed = base64.b32encode(bytes(range(40))).decode()
    assert len(seed) == 64
    uri = urlsplit(otpauth_uri(seed, account_name="alice@corp.onaliyun.com", issuer="juyong"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/juyong:alice@corp.onaliyun.com"
    query = parse_qs(uri.query)
    assert (query["secret"], query["issuer"]) == ([seed], ["juyong"])
    assert pyotp.parse_uri(uri.geturl()).generate_otp(STEP) == code(STEP, seed)
