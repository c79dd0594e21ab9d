"""The process that holds keys: one client over one socket, one request at a time.

SECURITY: it inherits neither environment nor files, dumps no core, and cannot be traced by other
processes of its user where the system allows to forbid that.
"""

import ctypes
import os
import resource
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import assert_never, cast

from juyong.engines.crypto import software
from juyong.engines.crypto.keys import (
    BadInput,
    CryptoError,
    MacKey,
    NotOffered,
    PrivateKey,
    SymmetricKey,
)
from juyong.hsm.errors import KeyMissing, LabelTaken
from juyong.hsm.port import Key
from juyong.hsm.process import messages as say
from juyong.hsm.process.material import Materials, Stored
from juyong.hsm.process.refusals import refusal
from juyong.hsm.specs import NONCE_BYTES, Kind, Spec, check_algorithm, spec_of

_SET_DUMPABLE = 4
_SET_NO_NEW_PRIVILEGES = 38
_TRIED = (Kind.SM4, Kind.SM2)  # Needs a library, or an OpenSSL, that has them.


def harden() -> None:
    """Forbid core dumps, tracing and new privileges, as far as the system goes along."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(AttributeError, OSError):
        prctl = ctypes.CDLL(None).prctl
        prctl(_SET_DUMPABLE, 0, 0, 0, 0)
        prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)


def main() -> None:
    """Serve the socket whose number is the argument, until the other side closes it."""
    harden()
    with (
        suppress(say.Ended, say.BadMessage, OSError),
        socket.socket(fileno=int(sys.argv[1])) as connection,
    ):
        talk(connection)


def talk(connection: socket.socket) -> None:
    """Answer requests; the first one must say where keys are."""
    first = say.parse_request(say.read_frame(connection.recv))
    if not isinstance(first, say.Start):
        raise say.BadMessage("no start")
    try:
        server = Server(Materials(Path(first.directory), first.key))
    except CryptoError as refused:
        connection.sendall(say.frame(refusal(refused)))
        return
    connection.sendall(say.frame(say.Done()))
    while True:
        request = say.parse_request(say.read_frame(connection.recv))
        connection.sendall(say.frame(server.answer(request)))


class Server:
    """Keys in memory, over the sealed files on disk."""

    def __init__(self, materials: Materials) -> None:
        self._materials = materials
        self._keys: dict[tuple[str, str], Key] = {}

    def answer(self, request: say.Request) -> say.Reply:
        """Return the reply to one request; a refusal is a reply too."""
        try:
            return self._done(request)
        except CryptoError as refused:
            return refusal(refused)
        except OSError as failed:
            return say.Refused(error="HsmUnavailable", text=f"a file fails: {failed.strerror}")

    def _done(self, request: say.Request) -> say.Done:
        match request:
            case say.Start():
                raise BadInput("it has started")
            case say.Health():
                return say.Done()
            case say.Labels():
                return say.Done(names=tuple(self._materials.labels()))
            case say.Offers():
                return say.Done(yes=_offers(spec_of(request.spec), request.algorithm))
            case say.Make() | say.Destroy():
                self._change(request)
                return say.Done()
            case _:
                return say.Done(value=self._used(request))

    def _change(self, request: say.Make | say.Destroy) -> None:
        if isinstance(request, say.Make):
            self._make(request)
        else:
            self._materials.remove(request.label)
            self._forget(request.label)

    def _used(
        self, request: say.PublicKey | say.Seal | say.Open | say.Decrypt | say.Sign | say.Mac
    ) -> bytes:
        if isinstance(request, say.PublicKey):
            return self._pair(request.label).public_key()
        spec = spec_of(request.spec)
        if isinstance(request, say.Decrypt | say.Sign | say.Mac):
            check_algorithm(spec, request.algorithm)
        key = self._key(spec.name, request.label)
        match request:
            case say.Seal():
                _check(spec.kind.symmetric)
                return cast("SymmetricKey", key).seal(request.nonce, request.plaintext, request.aad)
            case say.Open():
                _check(spec.kind.symmetric)
                return cast("SymmetricKey", key).open(request.nonce, request.sealed, request.aad)
            case say.Decrypt():
                _check(spec.kind.paired)
                return cast("PrivateKey", key).decrypt(request.algorithm, request.ciphertext)
            case say.Sign():
                _check(spec.kind.paired)
                return cast("PrivateKey", key).sign(request.algorithm, request.digest)
            case say.Mac():
                _check(spec.kind is Kind.MAC)
                return cast("MacKey", key).mac(request.algorithm, request.message)
            case _:
                assert_never(request)

    def _make(self, request: say.Make) -> None:
        material = request.material
        if material is None:
            if self._materials.has(request.label):
                # Before the work; `add` decides.
                if self._materials.read(request.label).attempt == request.attempt:
                    return
                raise LabelTaken(f"there is a key `{request.label}` already")
            material = software.generate(request.spec)
        software.load(request.spec, material)
        self._materials.add(
            Stored(
                spec=request.spec,
                label=request.label,
                attempt=request.attempt,
                material=material,
            )
        )

    def _key(self, spec: str, label: str) -> Key:
        if not self._materials.has(label):
            self._forget(label)
            raise KeyMissing(f"the module holds no key `{label}` of that kind")
        if (spec, label) not in self._keys:
            stored = self._materials.read(label)
            if (stored.spec, stored.label) != (spec, label):
                raise KeyMissing(f"the module holds no key `{label}` of that kind")
            self._keys[spec, label] = software.load(spec, stored.material)
        return self._keys[spec, label]

    def _pair(self, label: str) -> PrivateKey:
        spec = spec_of(self._materials.read(label).spec)
        if not spec.kind.paired:
            raise KeyMissing(f"the module holds no pair `{label}`")
        return cast("PrivateKey", self._key(spec.name, label))

    def _forget(self, label: str) -> None:
        for name in [name for name in self._keys if name[1] == label]:
            del self._keys[name]


def _check(fits: bool) -> None:
    if not fits:
        raise NotOffered("keys of that spec have other uses")


def _offers(spec: Spec, algorithm: str) -> bool:
    if algorithm and algorithm not in spec.algorithms:
        return False
    if spec.kind in _TRIED:
        try:
            key = software.load(spec.name, software.generate(spec.name))
            if spec.kind is Kind.SM4:
                cast("SymmetricKey", key).seal(bytes(NONCE_BYTES), b"", b"")
        except NotOffered:
            return False
    return True
