"""Operators: what is refused when a rule is read, and bounds."""

from functools import partial

import pytest
from tests.growing import assert_linear

from juyong.engines.inspect.operators import OPERATORS, REFUSED, OperatorRefused, make_test
from juyong.engines.inspect.operators.addresses import geo_lookup
from juyong.engines.inspect.operators.phrases import phrases_of
from juyong.engines.inspect.patterns import compile_pattern
from juyong.engines.inspect.transforms import TRANSFORMS


@pytest.mark.parametrize(
    ("name", "argument", "why"),
    [
        ("rx", b"(", "regular expression: a parenthesis is not closed"),
        ("rxglobal", b"a{2,1}", "regular expression: a repetition"),
        ("verifycc", b"[", "regular expression: a class does not end"),
        ("validatebyterange", b"", "`` is no byte"),
        ("validatebyterange", b"1-256", "no range within 0 to 255"),
        ("validatebyterange", b"9-1", "no range within 0 to 255"),
        ("validatebyterange", b"1,x", "`x` is no byte"),
        ("ipmatch", b"10.0.0.0/33", "`10.0.0.0/33` is no address"),
        ("ipmatch", b"", "`` is no address"),
        ("ipmatch", b"\xff", "no address"),
        ("nosuch", b"", "@nosuch: no such operator"),
    ],
)
def test_a_malformed_argument_is_refused(name, argument, why):
    with pytest.raises(OperatorRefused) as refused:
        make_test(name, argument)
    assert why in str(refused.value)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_operators_that_are_not_carried_out_are_refused_with_the_reason(name):
    assert name not in OPERATORS
    with pytest.raises(OperatorRefused, match=REFUSED[name]):
        make_test(name, b"")


def test_names_are_folded():
    assert all(name == name.lower() for name in (*OPERATORS, *TRANSFORMS, *REFUSED))


def test_countries_come_from_the_port():
    test = geo_lookup({"203.0.113.9": "CN", "2001:db8::1": "NL"}.get)
    assert test(b"203.0.113.9") == (b"CN",)
    assert test(b"::ffff:203.0.113.9") == (b"CN",)
    assert test(b"2001:db8::1") == (b"NL",)
    assert test(b"203.0.113.8") is None
    assert test(b"elsewhere") is None


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        (b"a b\tc", (b"a", b"b", b"c")),
        (b'"a b"', (b"a", b"b")),
        (b"|41|b|4 2|", (b"|41|b|4", b"2|")),
        (b"|4142|x", (b"ABx",)),
        (b"|414|", (b"|414|",)),
        (rb"a\:b \; \x", (b"a:b", b";", rb"\x")),
        (b"", ()),
    ],
)
def test_words_of_pm(argument, words):
    assert phrases_of(argument) == words


def test_phrases_are_found_across_the_pieces_of_a_long_value():
    test = make_test("pm", b"", (b"needle", b"pin"))
    for at in (0, 8_185, 8_190, 16_380, 50_000):
        assert test(b"x" * at + b"NEEDLE" + b"x" * 9_000 + b"pin") == (b"needle",)
    assert test(b"x" * 60_000) is None


def test_a_phrase_longer_than_a_piece_is_found():
    long = b"ab" * 5_000
    assert make_test("pm", b"", (long, b"zz"))(b"x" * 9_000 + long) == (long,)


def test_numbers_with_check_digits_are_tried_a_bounded_number_of_times():
    test = make_test("verifycc", rb"\d{13,16}")
    assert test(b"1234567890123456 " * 20_000) is not None
    assert_linear(lambda size: partial(test, b"1234567890123456 " * size), 20_000)


def test_all_matches_of_a_long_value_are_bounded():
    pattern = compile_pattern(rb"(a)")
    assert pattern.search_all(b"a" * 200_000, 1_000) == (b"a", b"a")
    assert_linear(lambda size: partial(pattern.search_all, b"a" * size, 1_000), 200_000)


@pytest.mark.parametrize(
    ("name", "value", "changed"),
    [
        # Cases of other engines' users: what must not be made of people's texts, and what must.
        ("utf8tounicode+urldecodeuni", "د..", "د.."),
        ("utf8tounicode+urldecodeuni", "Привет, мир", "Привет, мир"),
        ("utf8tounicode+urldecodeuni", "你好", "你好"),
        ("urldecodeuni", "%uff1cscript%uff1e", "<script>"),
        ("htmlentitydecode", "&#1055;&#1088;", "Пр"),
        ("jsdecode", "\\u041f\\u0440", "Пр"),
        ("urldecode", "%250015", "%0015"),
        ("cmdline", "..\\secret", "..secret"),
        ("urldecodeuni", "<sc%ript>", "<sc%ript>"),
        ("urldecodeuni", "50% off", "50% off"),
    ],
)
def test_texts_of_people_and_of_attackers(name, value, changed):
    text = value.encode()
    for each in name.split("+"):
        text = TRANSFORMS[each](text)
    assert text.decode() == changed
