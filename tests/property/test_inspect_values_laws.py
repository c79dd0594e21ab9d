"""Laws of the transformations, operators and tokenisers of the WAF."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.growing import assert_linear
from tests.unit.engines.inspect.injections import SQL
from tests.unit.engines.inspect.value_strategies import MARKS, values

from juyong.engines.inspect.operators import make_test
from juyong.engines.inspect.tokens import sqli, xss
from juyong.engines.inspect.tokens.sql import MOST_TOKENS, fingerprints
from juyong.engines.inspect.transforms import TRANSFORMS

_GROWTH = {
    "base64encode": 1.34,
    "hexencode": 2,
    "urlencode": 3,
    "utf8tounicode": 4,
}
"""By how much a transformation lengthens a value at most; the others never do."""
_FIXED = {"length": 20, "md5": 16, "sha1": 20}
_IDEMPOTENT = (
    "cmdline",
    "compresswhitespace",
    "lowercase",
    "parityzero7bit",
    "removenulls",
    "removewhitespace",
    "replacecomments",
    "replacenulls",
    "trim",
    "trimleft",
    "trimright",
    "uppercase",
)
_LOOK_ALIKE = "".join(map(chr, [*range(0xFF01, 0xFF5F), 0x131, 0x17F, 0x2B9, 0x2BC, 0x2C8]))
_LOOK_ALIKE += "\u2024\u2032\u2035\u2039\u203a\u2044\u212a\u2215\u2216\u2329\u232a"
_TESTS = [
    make_test("rx", rb"(?i)(a|b)+\s*=(.*)$"),
    make_test("rx", rb"(\w+)\s\1(?!x)"),
    make_test("rxglobal", rb"(\d+)|([a-z]+)"),
    make_test("pm", b"", (b"or", b"and", b"select")),
    make_test("containsword", b"or"),
    make_test("eq", b"5"),
    make_test("ipmatch", b"10.0.0.0/8,::1"),
    make_test("validatebyterange", b"32-126"),
    make_test("validateurlencoding", b""),
    make_test("validateutf8encoding", b""),
    make_test("verifycc", rb"\d{13,16}"),
    make_test("detectsqli", b""),
    make_test("detectxss", b""),
]


@given(st.sampled_from(sorted(TRANSFORMS)), values())
def test_a_transformation_keeps_to_its_length(name, value):
    changed = TRANSFORMS[name](value)
    most = _FIXED.get(name) or len(value) * _GROWTH.get(name, 1) + 4 * (name in _GROWTH)
    assert len(changed) <= most


@given(st.sampled_from(_IDEMPOTENT), values())
def test_what_is_normal_stays(name, value):
    once = TRANSFORMS[name](value)
    assert TRANSFORMS[name](once) is once


@pytest.mark.parametrize(
    ("encode", "decode"),
    [
        ("base64encode", "base64decode"),
        ("base64encode", "base64decodeext"),
        ("hexencode", "hexdecode"),
        ("urlencode", "urldecode"),
        ("urlencode", "urldecodeuni"),
    ],
)
@given(value=st.binary(max_size=64))
def test_decoding_undoes_encoding(encode, decode, value):
    assert TRANSFORMS[decode](TRANSFORMS[encode](value)) == value


@given(st.characters(min_codepoint=0x100, max_codepoint=0xFFFF, exclude_categories=["Cs"]))
def test_a_character_never_turns_into_the_low_byte_of_its_number(character):
    """The cause of false positives in Cyrillic, Arabic and Chinese."""
    back = TRANSFORMS["urldecodeuni"](TRANSFORMS["utf8tounicode"](character.encode()))
    looks_alike = len(back) == 1
    assert back == character.encode() or (looks_alike and character in _LOOK_ALIKE)


@given(values())
def test_operators_and_tokenisers_answer_every_value(value):
    for test in _TESTS:
        captures = test(value)
        assert captures is None or len(captures) <= 10
    for fingerprint, _ in fingerprints(value):
        assert len(fingerprint) <= 2 * MOST_TOKENS + 1


@given(values(), st.sampled_from([b"abc", b" ", b"Hello world "]))
def test_an_injection_stays_one_behind_plain_text_in_a_string(value, plain):
    """Plain text ahead of the quote that leaves the string changes nothing."""
    tail = b"' or 1=1 -- " + value.replace(b"\n", b"")
    assert sqli(tail) is not None
    assert sqli(plain + tail) is not None


@given(values())
def test_a_script_is_found_behind_any_text(value):
    assert xss(b"".join([value, b"<script>alert(1)</script>"])) is not None


def _on(work, mark, size):
    return partial(work, mark * (size // len(mark)))


@pytest.mark.parametrize("mark", MARKS)
def test_time_is_linear(mark):
    """Eight times as much of any mark costs each function about eight times as much."""
    for name, work in [*TRANSFORMS.items(), *((str(i), t) for i, t in enumerate(_TESTS))]:
        assert_linear(partial(_on, work, mark), 65_536, name)


_SPACES = [b" ", b"\t", b"\n", b"\x0b", b"\xa0", b"/**/", b"/* x */", b"/*!*/", b"\r\n"]


@given(st.data())
def test_an_injection_stays_one_in_another_dress(data):
    """Case, and what stands for a space, change nothing; nor do many tokens ahead of it."""
    text = data.draw(st.sampled_from([text for texts in SQL.values() for text in texts])).encode()
    dressed = bytearray()
    for at, byte in enumerate(text):
        letter = bytes([byte])
        if letter == b" " and text[at - 1 : at] != b"-":
            dressed += data.draw(st.sampled_from(_SPACES))
        else:
            dressed += letter.upper() if data.draw(st.booleans()) else letter.lower()
    assert sqli(bytes(dressed)) is not None


def test_tokens_ahead_of_an_injection_do_not_hide_it():
    assert sqli(b"1" + b"+1" * 10_000 + b" or 1=1") is not None
    assert sqli(b"x " * 10_000 + b"' or 1=1 --") is not None
