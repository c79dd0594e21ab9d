from collections.abc import Mapping, Sequence
from typing import TypeAlias, final

VERSION: str

_Selector: TypeAlias = tuple[str, bytes | None, bytes | None, bool]
_Operator: TypeAlias = tuple[str, bytes, Sequence[bytes], bool]
_Guard: TypeAlias = tuple[str, bytes | None, Sequence[bool]]
_Row: TypeAlias = tuple[str, bytes, bytes, bytes]
_Gate: TypeAlias = tuple[int, int, Sequence[_Selector], Sequence[str], _Operator, bool]

@final
class Tokens:
    def __init__(
        self,
        words: Mapping[bytes, int],
        sets: Mapping[str, Sequence[bytes]],
        rules: Mapping[str, bytes],
        numbers: Mapping[str, int],
    ) -> None: ...

@final
class Core:
    def __init__(self, gates: Sequence[_Gate], tokens: Tokens | None = None) -> None: ...
    def inspect(
        self, phase: int, values: Sequence[tuple[str, bytes, bytes]]
    ) -> list[tuple[int, int, bytes]]: ...
    def sizes(
        self,
    ) -> list[tuple[int, int, list[int], tuple[int, int], tuple[int, int]]]: ...

@final
class Reader:
    def __init__(
        self,
        core: Core,
        names: Sequence[str],
        singles: frozenset[str],
        heads: frozenset[str],
        separator: int,
        guards: Mapping[int, Sequence[_Guard]],
    ) -> None: ...
    def read(
        self,
        method: bytes,
        target: bytes,
        version: str,
        headers: Sequence[tuple[bytes, bytes]],
        address: str,
        unique: str,
        processor: str,
    ) -> Traffic: ...

@final
class Traffic:
    def left(self) -> tuple[str, ...]: ...
    def add(self, values: Sequence[tuple[str, bytes, bytes]]) -> None: ...
    def add_pairs(
        self, pairs: Sequence[tuple[bytes, bytes]], members: Sequence[str], names: Sequence[str]
    ) -> None: ...
    def members(self, collection: str) -> list[tuple[bytes, bytes]]: ...
    def inspect(self, phase: int) -> tuple[int, bytes, list[tuple[int, list[_Row]]]]: ...

@final
class Test:
    def __init__(
        self,
        name: str,
        argument: bytes,
        phrases: Sequence[bytes] = ...,
        tokens: Tokens | None = None,
    ) -> None: ...
    def __call__(self, text: bytes) -> tuple[bytes, ...] | None: ...
    def matches(self, text: bytes) -> bool: ...

def transform(name: str, text: bytes) -> bytes: ...
