"""Keys in a PKCS#11 token."""

from collections.abc import Callable, Iterator

from pkcs11 import Object, Session

from juyong.engines.crypto.keys import NotOffered
from juyong.hsm.errors import LabelTaken
from juyong.hsm.port import Health, Key, check_label
from juyong.hsm.settings import HsmSettings
from juyong.hsm.specs import SPECS, Spec, check_material, spec_of
from juyong.hsm.token.keys import token_key
from juyong.hsm.token.making import Template, generate, put_in
from juyong.hsm.token.objects import clear, everything, find_public, half_made, is_there, publish
from juyong.hsm.token.offered import Offered
from juyong.hsm.token.pool import Held, SessionLost, SessionPool
from juyong.hsm.token.public import spki

_RANDOM_BITS = 64


class TokenHsm:
    """The Hsm port over one token; the module is loaded at the first call."""

    development = False

    def __init__(self, settings: HsmSettings) -> None:
        self._pool = SessionPool(settings)
        self._offered = Offered(self._pool)

    def offers(self, spec: str, algorithm: str = "") -> bool:
        """Say whether keys of spec can be made here, and used with algorithm."""
        known = SPECS.get(spec)
        return known is not None and self._offered.offers(known, algorithm)

    def generate(self, spec: str, label: str) -> None:
        """Make a key inside the token."""
        wanted = self._wanted(spec)
        self._make(
            wanted,
            check_label(label),
            lambda session, name: generate(session, wanted, name, store=True),
        )

    def import_material(self, spec: str, label: str, material: bytes) -> None:
        """Put material into the token, where it stays."""
        wanted = self._wanted(spec)
        if not wanted.kind.paired:
            check_material(wanted, material)
        self._make(wanted, check_label(label), put_in(wanted, material))

    def key(self, spec: str, label: str) -> Key:
        """Return the key to use."""
        return token_key(self._pool, self._offered, self._wanted(spec), check_label(label))

    def public_key(self, label: str) -> bytes:
        """Return the public half as DER SubjectPublicKeyInfo."""
        check_label(label)
        return self._pool.run(lambda held: spki(find_public(self._pool, held, label)))

    def destroy(self, label: str) -> None:
        """Remove everything under a label."""
        check_label(label)

        def inside(held: Held) -> None:
            with self._pool.changing():
                clear(self._pool, held, label)

        self._pool.run(inside)

    def labels(self) -> Iterator[str]:
        """Yield our labels in order."""

        found = self._pool.run(lambda held: {one.label for one in everything(self._pool, held)})
        return iter(sorted(found))

    def health(self) -> Health:
        """Ask the token for random bytes, as a logged-in user."""

        def inside(held: Held) -> str:
            held.session.generate_random(_RANDOM_BITS)
            if not self._pool.logged_in(held):
                raise SessionLost
            token = self._pool.token
            return f"{token.manufacturer_id} {token.model}, token `{token.label}`"

        return Health(description=self._pool.run(inside))

    def close(self) -> None:
        """Let go of the module."""
        self._pool.close()

    def _wanted(self, spec: str) -> Spec:
        wanted = spec_of(spec)
        if not self._offered.offers(wanted, ""):
            raise NotOffered(f"the module has no keys of `{spec}`")
        return wanted

    def _make(
        self, spec: Spec, label: str, make: Callable[[Session, Template], list[Object]]
    ) -> None:
        began = False

        def inside(held: Held) -> None:
            nonlocal began
            with self._pool.changing():
                if is_there(self._pool, held, label):
                    if began:
                        return  # The session was lost after the key had its name.
                    raise LabelTaken(f"there is a key `{label}` already")
                clear(self._pool, held, label)
                began = True
                made = make(held.session, half_made(spec.name, label))
                publish(self._pool, held, made, spec.name, label)

        self._pool.run(inside)
