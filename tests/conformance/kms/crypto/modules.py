"""A hardware module of the test's own that keeps keys in memory, and one that is out of reach."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.conformance.harness import Server
from tests.platforms import changed

from juyong.engines.crypto import software
from juyong.hsm.errors import HsmUnavailable, KeyMissing
from juyong.hsm.port import Health


class MemoryModule:
    """Answers as a token does; `lost` makes it unreachable, `used` counts what it was asked."""

    development = True

    def __init__(self) -> None:
        self.material: dict[str, tuple[str, bytes]] = {}
        self.lost = False
        self.used = 0

    def _reach(self) -> None:
        if self.lost:
            raise HsmUnavailable("the module is away")

    def offers(self, spec: str, algorithm: str = "") -> bool:  # noqa: ARG002  # the port's
        self._reach()
        return True

    def generate(self, spec: str, label: str) -> None:
        self._reach()
        self.material[label] = (spec, software.generate(spec))

    def import_material(self, spec: str, label: str, material: bytes) -> None:
        self._reach()
        self.material[label] = (spec, material)

    def key(self, spec: str, label: str) -> Any:
        return _MemoryKey(self, spec, label)

    def public_key(self, label: str) -> bytes:
        self._reach()
        return software.public_of(*self.material[label])

    def destroy(self, label: str) -> None:
        self._reach()
        self.material.pop(label, None)

    def labels(self) -> Iterator[str]:
        yield from sorted(self.material)

    def health(self) -> Health:
        self._reach()
        return Health(description="in memory", development=True)

    def close(self) -> None:
        """Keep everything."""


class _MemoryKey:
    def __init__(self, module: MemoryModule, spec: str, label: str) -> None:
        self._module, self._spec, self._label = module, spec, label

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> Any:
            self._module._reach()
            self._module.used += 1
            if self._label not in self._module.material:
                raise KeyMissing("no such key")
            key = software.load(*self._module.material[self._label])
            return getattr(key, name)(*arguments)

        return call


@contextmanager
def attached(server: Server, module: Any) -> Iterator[None]:
    """Give the platform a hardware module for a block."""
    with changed(server, hsm=lambda: module):
        yield
