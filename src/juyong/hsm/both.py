"""A token for all new keys, and the development fallback that still holds older keys."""

from collections.abc import Iterator

from juyong.hsm.labels import is_kept_by_process
from juyong.hsm.port import Health, Hsm, Key


class TokenBesideProcess:
    """The Hsm port over both: keys stay where they were made, and new ones are made in the token.

    A key is never moved, since its material would have to leave the place that keeps it; for a key
    in the token, make a new key or a new version.
    """

    development = False

    def __init__(self, token: Hsm, process: Hsm) -> None:
        self._token, self._process = token, process

    def offers(self, spec: str, algorithm: str = "") -> bool:
        """Say whether the token makes keys of spec."""
        return self._token.offers(spec, algorithm)

    def generate(self, spec: str, label: str) -> None:
        """Make a key in the token."""
        self._token.generate(spec, label)

    def import_material(self, spec: str, label: str, material: bytes) -> None:
        """Put material into the token."""
        self._token.import_material(spec, label, material)

    def key(self, spec: str, label: str) -> Key:
        """Return the key to use, from where it is."""
        return self._keeper(label).key(spec, label)

    def public_key(self, label: str) -> bytes:
        """Return the public half as DER SubjectPublicKeyInfo."""
        return self._keeper(label).public_key(label)

    def destroy(self, label: str) -> None:
        """Remove a key from where it is."""
        self._keeper(label).destroy(label)

    def labels(self) -> Iterator[str]:
        """Yield the labels of both."""
        yield from self._token.labels()
        yield from self._process.labels()

    def health(self) -> Health:
        """Ask the token for an answer."""
        return self._token.health()

    def close(self) -> None:
        """Let go of both."""
        try:
            self._token.close()
        finally:
            self._process.close()

    def _keeper(self, label: str) -> Hsm:
        return self._process if is_kept_by_process(label) else self._token
