"""Patterns, transformations, operators and tokenisers of the WAF: they answer every value."""

from juyong.engines.inspect.operators import OPERATORS, OperatorRefused, make_test
from juyong.engines.inspect.patterns import PatternRefused, compile_pattern
from juyong.engines.inspect.tokens import sqli, xss
from juyong.engines.inspect.transforms import TRANSFORMS

SEEDS = [
    rb"(?i)(a|b)+?[^\d\x41-z]{2,3}(?<!x)\1$" + b"\0aab",
    rb"(?>a|ab)c(?=d)" + b"\0abcd",
    b"9,32-126\0a\x7f",
    b"10.0.0.0/8,::ffff:1.2.3.4\x0010.1.1.1",
    b'|6869| "x\\:\0hi',
    b"\0%u0041%c0%af%2541+&#x3c;&lt\\u0061\\x3c\\101\\a",
    b"\0/a/./b//../..\\c/...",
    b"\0x' /*!50000or*/ 1=1 -- -",
    b'\0" onload=x <a href=java\nscript:x style="x:expression(1)">',
    "\0\u043f\u0440\u0438\u0432\u0435\u0442 \u062f..\U0001f600".encode(),
]
_NO_LONGER = {"length", "md5", "sha1", "base64encode", "hexencode", "urlencode", "utf8tounicode"}


def target(data: bytes) -> None:
    """Read the part up to the first zero byte as an argument, and try the rest as a value."""
    argument, _, value = data.partition(b"\0")
    for name, transform in TRANSFORMS.items():
        changed = transform(value)
        assert name in _NO_LONGER or len(changed) <= len(value), name
        assert changed == transform(bytes(bytearray(value))), name
    for name in OPERATORS:
        try:
            test = make_test(name, argument)
        except OperatorRefused:
            continue
        assert test(value) == test(value), name
    sqli(value)
    xss(value)
    _narrows(argument, value)


def _narrows(text: bytes, value: bytes) -> None:
    """A pattern that needs the matcher finds nothing that its wider language does not."""
    try:
        pattern = compile_pattern(text)
        wide = compile_pattern(pattern.common)
    except PatternRefused:
        return
    assert wide.exact
    if pattern.search(value) is not None:
        assert wide.search(value) is not None
