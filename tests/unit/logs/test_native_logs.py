"""The native core proves usual groups, and says nothing where Python must decide."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.logs.groups import group, log

from juyong.engines.logsearch.log import Log
from juyong.logs.compression import compress
from juyong.logs.loggroup import (
    BadLogGroup,
    Measured,
    group_of,
    measure_in_python,
    measure_natively,
)
from juyong.logs.measuring import SMALL, Measurer
from juyong.logs.native import MOST_BYTES, native_ready

pytestmark = pytest.mark.skipif(not native_ready(), reason="the native core is not installed")

TEXTS = st.text(max_size=200)
LOGS = st.builds(
    Log,
    time=st.integers(0, 2**32 - 1),
    time_ns=st.none() | st.integers(0, 999_999_999),
    topic=st.just("a topic"),
    source=TEXTS,
    tags=st.just((("host", "h"),)),
    contents=st.lists(st.tuples(TEXTS, TEXTS), max_size=4).map(tuple),
)
GROUPS = st.lists(LOGS, max_size=4).map(group_of)


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """Change, cut or lengthen a group."""
    raw = bytearray(draw(GROUPS))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(raw)))
        raw[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(raw)


def in_python(raw: bytes) -> Measured | None:
    try:
        return measure_in_python(raw)
    except BadLogGroup:
        return None


@given(st.one_of(GROUPS, broken()))
def test_the_core_says_the_same_as_python_or_nothing(raw: bytes) -> None:
    assert measure_natively(raw) in {None, in_python(raw)}


def usual() -> Iterator[bytes]:
    """Yield groups as official clients write them."""
    yield b""
    yield group("a", "", "行" * 300)
    yield group_of([log("a", at=2**32 - 1), log("b", at=1)])
    yield group("a") + b"\x2a\x09a machine"
    yield b"\x0a\x05\x08\x01\x20\xff\x01"


@pytest.mark.parametrize("raw", list(usual()))
def test_the_core_proves_usual_groups(raw: bytes) -> None:
    assert measure_natively(raw) == measure_in_python(raw)


def unusual() -> Iterator[bytes]:
    """Yield groups that are bad, or that Python alone reads."""
    yield b"\x0a\x02\x08\x00"
    yield b"\x0a\x03\x08\x81\x00"
    yield b"\x0a\x82\x00\x08\x01"
    yield b"\x1a\x01\xff"
    yield b"\x0a\x04\x08\x01\x08\x02"
    yield b"\x3a\x00"
    yield group_of([Log(time=1, topic="", source="", tags=(), contents=(("k" * 129, ""),))])
    yield group("a" * (1024 * 1024 + 1))
    yield b"\x0a\x02\x08\x01" * 512_001
    yield b"\x32\x00" * 1_001
    yield group(*["a" * 1_000_000] * (MOST_BYTES // 1_000_000))


@pytest.mark.parametrize("raw", list(unusual()), ids=lambda raw: raw[:8].hex())
def test_the_core_says_nothing_of_other_groups(raw: bytes) -> None:
    assert measure_natively(raw) is None


@pytest.mark.parametrize("codec", ["", "lz4", "zstd", "deflate"])
def test_a_large_usual_group_starts_no_process(codec: str) -> None:
    alone, raw = Measurer(1), group("a" * SMALL, "b")
    try:
        assert alone.measure(codec, compress(codec, raw), len(raw)) == measure_in_python(raw)
        assert alone._processes._idle == []
    finally:
        alone.close()
