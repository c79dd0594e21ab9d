"""The side that asks: starts the child, and starts it again when it died."""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import juyong
from juyong.base.ids import random_bytes
from juyong.base.own_process import end, python, started_with_socket
from juyong.engines.crypto.keys import BadInput, NotOffered
from juyong.hsm.errors import HsmUnavailable
from juyong.hsm.port import Health, Key, check_label
from juyong.hsm.process import messages as say
from juyong.hsm.process.refusals import error_of
from juyong.hsm.specs import SPECS, Kind, Spec, spec_of

_TRIES = 2
_ATTEMPT_BYTES = 16
_LAST_WAIT_SECONDS = 5.0
_ABOUT = "development fallback: keys in a process of this machine, not in hardware"
# The interpreter ignores its environment, so it is told where this very package is.
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from juyong.hsm.process.child import main; main()"
)


class ProcessHsm:
    """The Hsm port over a child process.

    wait_seconds: How long a call waits for its turn, and then for its answer.
    ends: How often the child ended by itself. trouble: Why the last call had no answer; empty when
        it had one.
    """

    development = True

    def __init__(self, directory: Path, key: bytes, wait_seconds: float = 60.0) -> None:
        self._start = say.Start(directory=str(directory.absolute()), key=key)
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._owner = os.getpid()
        self._closed = False
        self.ends = 0
        self.trouble = ""

    def runs(self) -> bool:
        """Tell whether the child runs; the next call starts one that does not."""
        child = self._child
        return child is not None and child.process.poll() is None

    def offers(self, spec: str, algorithm: str = "") -> bool:
        """Say whether keys of spec can be made here, and used with algorithm."""
        known = spec in SPECS
        return known and self.ask(say.Offers(spec=spec, algorithm=algorithm)).yes

    def generate(self, spec: str, label: str) -> None:
        """Make a key in the child."""
        self._make(spec, label, None)

    def import_material(self, spec: str, label: str, material: bytes) -> None:
        """Give material to the child."""
        self._make(spec, label, material)

    def key(self, spec: str, label: str) -> Key:
        """Return the key to use."""
        return process_key(self, self._wanted(spec), check_label(label))

    def public_key(self, label: str) -> bytes:
        """Return the public half as DER SubjectPublicKeyInfo."""
        return self.ask(say.PublicKey(label=check_label(label))).value

    def destroy(self, label: str) -> None:
        """Remove a key."""
        self.ask(say.Destroy(label=check_label(label)))

    def labels(self) -> Iterator[str]:
        """Yield labels in order."""
        return iter(self.ask(say.Labels()).names)

    def health(self) -> Health:
        """Ask the child for an answer."""
        self.ask(say.Health())
        return Health(description=_ABOUT, development=True)

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._closed = True
            self._drop()

    def ask(self, request: say.Request) -> say.Done:
        """Return the answer; a child that died is started once more.

        Raises:
            CryptoError: as the child refuses.
            HsmUnavailable: no child answers, or none in time.
        """
        try:
            sent = say.frame(request)
        except say.BadMessage:
            raise BadInput(f"no more than {say.MOST_BYTES} bytes at once") from None
        if not self._lock.acquire(timeout=self._wait_seconds):
            raise HsmUnavailable(f"the key process is busy for {self._wait_seconds:g} seconds")
        try:
            reply = self._answer(sent)
            self.trouble = ""
        except HsmUnavailable as failure:
            self.trouble = str(failure)
            raise
        finally:
            self._lock.release()
        if isinstance(reply, say.Refused):
            raise error_of(reply)
        return reply

    def _answer(self, sent: bytes) -> say.Reply:
        if os.getpid() != self._owner:
            raise HsmUnavailable("the key process was started before this process was forked off")
        for _ in range(_TRIES):
            if self._closed:
                raise HsmUnavailable("the key process is closed")
            try:
                if self._child is None:
                    self._child = self._started()
                return self._child.exchange(sent)
            except TimeoutError:
                self._drop()
                raise HsmUnavailable("the key process does not answer") from None
            except (OSError, say.Ended, say.BadMessage):
                self.ends += 1
                self._drop()
        raise HsmUnavailable("the key process died twice")

    def _started(self) -> "_Child":
        child = _Child(self._wait_seconds)
        try:
            reply = child.exchange(say.frame(self._start))
        except BaseException:
            child.end()
            raise
        if isinstance(reply, say.Refused):
            child.end()
            raise error_of(reply)
        return child

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def _make(self, spec: str, label: str, material: bytes | None) -> None:
        attempt = random_bytes(_ATTEMPT_BYTES)
        wanted, name = self._wanted(spec).name, check_label(label)
        self.ask(say.Make(spec=wanted, label=name, attempt=attempt, material=material))

    def _wanted(self, spec: str) -> Spec:
        if not self.offers(spec):
            raise NotOffered(f"the key process has no keys of `{spec}`")
        return spec_of(spec)


class _Child:
    """One child and the socket to it."""

    def __init__(self, wait_seconds: float) -> None:
        root = Path(juyong.__file__).parent.parent
        self.process, self._socket = started_with_socket(
            lambda number: python("-c", _BOOT, root, number)
        )
        self._socket.settimeout(wait_seconds)

    def exchange(self, sent: bytes) -> say.Reply:
        """Send a frame and read the reply."""
        self._socket.sendall(sent)
        return say.parse_reply(say.read_frame(self._socket.recv))

    def end(self) -> None:
        """Hang up, and kill the child if it does not end by itself."""
        self._socket.close()
        end(self.process, _LAST_WAIT_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ProcessKey:
    hsm: ProcessHsm
    spec: Spec
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSymmetricKey(_ProcessKey):
    """Authenticated encryption in the child."""

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Return ciphertext and 16-byte tag."""
        request = say.Seal(
            spec=self.spec.name, label=self.label, nonce=nonce, plaintext=plaintext, aad=aad
        )
        return self.hsm.ask(request).value

    def open(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext."""
        request = say.Open(
            spec=self.spec.name, label=self.label, nonce=nonce, sealed=sealed, aad=aad
        )
        return self.hsm.ask(request).value


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessPrivateKey(_ProcessKey):
    """A pair in the child."""

    def public_key(self) -> bytes:
        """Return the public half as DER SubjectPublicKeyInfo."""
        return self.hsm.public_key(self.label)

    def decrypt(self, algorithm: str, ciphertext: bytes) -> bytes:
        """Return the plaintext."""
        request = say.Decrypt(
            spec=self.spec.name, label=self.label, algorithm=algorithm, ciphertext=ciphertext
        )
        return self.hsm.ask(request).value

    def sign(self, algorithm: str, digest: bytes) -> bytes:
        """Return the signature of a digest."""
        request = say.Sign(
            spec=self.spec.name, label=self.label, algorithm=algorithm, digest=digest
        )
        return self.hsm.ask(request).value


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessMacKey(_ProcessKey):
    """Message authentication in the child."""

    def mac(self, algorithm: str, message: bytes) -> bytes:
        """Return the code of a whole message."""
        request = say.Mac(
            spec=self.spec.name, label=self.label, algorithm=algorithm, message=message
        )
        return self.hsm.ask(request).value


def process_key(hsm: ProcessHsm, spec: Spec, label: str) -> Key:
    """Return the key of a spec; the child is asked when it is used."""
    if spec.kind.symmetric:
        return ProcessSymmetricKey(hsm=hsm, spec=spec, label=label)
    if spec.kind is Kind.MAC:
        return ProcessMacKey(hsm=hsm, spec=spec, label=label)
    return ProcessPrivateKey(hsm=hsm, spec=spec, label=label)
