"""A Bloom filter of the words of a file: says that a word is absent, or that it may be there.

A filter errs on one side only: a file that has the word is never passed over. A filter that is
missing or damaged passes no file over.
"""

import os
import struct
from collections.abc import Collection, Iterator
from hashlib import blake2b
from pathlib import Path

_MAGIC = b"JYWORDS1"
_HEAD = struct.Struct("<8sQ")
_BITS_A_WORD, _PROBES = 12, 4
_LEAST_BITS = 1024
_HALVES = struct.Struct("<QQ")


def write_filter(words: Collection[str], path: str) -> None:
    """Write the filter of a file's words, 12 bits a word; about one word in 200 errs."""
    bits = max(_LEAST_BITS, len(words) * _BITS_A_WORD)
    field = bytearray(bits // 8 + 1)
    for word in words:
        for at in _places(word, bits):
            field[at >> 3] |= 1 << (at & 7)
    with Path(path).open("wb") as file:
        file.write(_HEAD.pack(_MAGIC, bits) + field)
        file.flush()
        os.fsync(file.fileno())


def _places(word: str, bits: int) -> Iterator[int]:
    digest = blake2b(word.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    first, step = _HALVES.unpack(digest)
    return ((first + each * step) % bits for each in range(_PROBES))


class WordFilter:
    """The filter of one file, read a few bytes at a time."""

    def __init__(self, path: str) -> None:
        self._file = -1
        self._bits = 0
        try:
            self._file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return
        magic, bits = _HEAD.unpack(os.pread(self._file, _HEAD.size, 0).ljust(_HEAD.size, b"\0"))
        if magic == _MAGIC and os.fstat(self._file).st_size == _HEAD.size + bits // 8 + 1:
            self._bits = bits

    def may_have(self, word: str) -> bool:
        """Tell whether the file may have a word; False is certain."""
        if not self._bits:
            return True
        for at in _places(word, self._bits):
            if not os.pread(self._file, 1, _HEAD.size + (at >> 3))[0] >> (at & 7) & 1:
                return False
        return True

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
