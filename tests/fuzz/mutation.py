"""Mutations of seeds, the same for the same number: what runs where atheris does not."""

import random
import re
from collections.abc import Callable, Iterator, Sequence

_BYTES = (0x00, 0x09, 0x0A, 0x20, 0x22, 0x25, 0x26, 0x2E, 0x3D, 0x5B, 0x7B, 0x7F, 0x80, 0xC3, 0xFF)
_TOKENS = (b"%00", b"%ff", b"%E4%B8%AD", b"&", b"=", b".1.", b"..", b'"', b"{}", b"[[", b"null")
_NUMBERS = (b"0", b"-1", b"1e999", b"9223372036854775807", b"9223372036854775808", b"1.0", b"NaN")
_LONGEST = 16_384
_LONGEST_WORD = 64
_MOST_STEPS = 6
_REPEATS = (2, 3, 20, 300)


def mutations(seeds: Sequence[bytes], number: int) -> Iterator[bytes]:
    """Yield inputs made from seeds, without end; the same ones for the same number."""
    draw = random.Random(number)  # noqa: S311  # reproducible on purpose
    words = words_of(seeds)
    steps: tuple[Callable[[bytearray], None], ...] = (
        lambda made: _change(draw, made),
        lambda made: _cut(draw, made),
        lambda made: _repeat(draw, made),
        lambda made: _insert(draw, made, draw.choice(words)),
        lambda made: _insert(draw, made, draw.choice(_NUMBERS)),
        lambda made: _insert(draw, made, draw.choice(seeds)),
    )
    while True:
        made = bytearray(draw.choice(seeds))
        for _ in range(draw.randint(1, _MOST_STEPS)):
            draw.choice(steps)(made)
        yield bytes(made[:_LONGEST])


def words_of(seeds: Sequence[bytes]) -> list[bytes]:
    """Return what seeds are made of, and tokens that parsers care for."""
    found = {word for seed in seeds for word in re.findall(rb"\w+|\W+", seed)}
    return sorted(word for word in found | {*_TOKENS} if len(word) <= _LONGEST_WORD)


def _change(draw: random.Random, made: bytearray) -> None:
    if made:
        at = draw.randrange(len(made))
        made[at] = draw.choice((*_BYTES, made[at] ^ (1 << draw.randrange(8)), draw.randrange(256)))


def _cut(draw: random.Random, made: bytearray) -> None:
    start, end = _span(draw, made)
    del made[start:end]


def _repeat(draw: random.Random, made: bytearray) -> None:
    start, end = _span(draw, made)
    made[start:end] = made[start:end] * draw.choice(_REPEATS)


def _insert(draw: random.Random, made: bytearray, piece: bytes) -> None:
    at = draw.randint(0, len(made))
    made[at:at] = piece


def _span(draw: random.Random, made: bytearray) -> tuple[int, int]:
    start = draw.randint(0, len(made))
    return start, min(len(made), start + draw.choice((1, 2, 8, 64, len(made))))
