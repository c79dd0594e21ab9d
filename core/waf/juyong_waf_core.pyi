from collections.abc import Mapping, Sequence
from typing import TypeAlias, final

VERSION: str

_Selector: TypeAlias = tuple[str, bytes | None, bytes | None, bool]
_Operator: TypeAlias = tuple[str, bytes, Sequence[bytes], bool]
_Guard: TypeAlias = tuple[str, bytes | None, Sequence[bool]]
_Row: TypeAlias = tuple[str, bytes, bytes, bytes]
_Outline: TypeAlias = tuple[int, bool, Sequence[Sequence[bytes]]]
_Gate: TypeAlias = tuple[int, int, Sequence[_Selector], Sequence[str], _Operator, bool, _Outline]

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
    def __init__(
        self, gates: Sequence[_Gate], tokens: Tokens | None = None, waits: bool = False
    ) -> None: ...
    def prepare(self) -> None: ...
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
        depths: Sequence[int],
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
    def add_response_head(
        self, status: int, version: str, headers: Sequence[tuple[bytes, bytes]]
    ) -> None: ...
    def add_response_body(self, body: bytes, cut: bool) -> None: ...
    def members(self, collection: str) -> list[tuple[bytes, bytes]]: ...
    def inspect(self, phase: int) -> tuple[int, bytes, list[tuple[int, list[_Row]]]]: ...
    def step(self, phase: int) -> tuple[int, bytes | None]: ...
    def texts(self, gate: int) -> list[bytes]: ...
    def last(self, gate: int, most: int) -> tuple[str, bytes, bytes] | None: ...

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

@final
class Heads:
    def __init__(
        self,
        framing: Sequence[bytes],
        not_to_backend: Sequence[bytes],
        not_to_client: Sequence[bytes],
        logged: Sequence[tuple[bytes, str]],
        most_headers: int,
    ) -> None: ...
    def request(self, block: bytes) -> RequestHead | None: ...
    def whole_request(self, data: bytes, most: int) -> RequestHead | None: ...
    def whole_response(
        self, data: bytes, most: int, mute: bool
    ) -> tuple[ResponseHead, bytes] | None: ...
    def straight_request(
        self, data: bytes, most: int, about_client: bytes, /
    ) -> tuple[RequestHead, bytes] | None: ...
    def response(self, block: bytes) -> ResponseHead | None: ...

@final
class RequestHead:
    @property
    def method(self) -> bytes: ...
    @property
    def target(self) -> bytes: ...
    @property
    def path(self) -> bytes: ...
    @property
    def version(self) -> str: ...
    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]: ...
    @property
    def authority(self) -> bytes: ...
    @property
    def length(self) -> int: ...
    @property
    def keeps(self) -> bool: ...
    @property
    def upgrade(self) -> bytes: ...
    @property
    def expects_continue(self) -> bool: ...
    def straight_answer(
        self,
        data: bytes,
        most: int,
        id: str,
        began: int,
        ended: int,
        https: bool,
        ends: str,
        tls: str,
        upstream: str,
        /,
    ) -> tuple[bytes, bytes | None, int, int] | None: ...
    def to_backend(self, about_client: bytes, framing: bytes, host: bytes, /) -> bytes: ...
    def log_line(
        self,
        id: str,
        began: int,
        took: int,
        status: int,
        sent: int,
        received: int,
        https: bool,
        ends: str,
        tls: str,
        upstream: str,
        upstream_status: int,
        upstream_ms: int,
        /,
    ) -> bytes | None: ...

@final
class ResponseHead:
    @property
    def status(self) -> int: ...
    @property
    def reason(self) -> bytes: ...
    @property
    def version(self) -> str: ...
    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]: ...
    @property
    def length(self) -> int: ...
    @property
    def keeps(self) -> bool: ...
    @property
    def upgrade(self) -> bytes: ...
    def to_client(self, framing: bytes, body: bytes = b"", /) -> bytes: ...

def outline_of(
    name: str, argument: bytes, phrases: Sequence[bytes], tokens: Tokens | None = None
) -> tuple[int, bool, list[list[bytes]]]: ...
def transform(name: str, text: bytes) -> bytes: ...
