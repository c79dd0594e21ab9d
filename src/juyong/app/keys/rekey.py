"""Another root key, or another way to have one, for the same master key.

Nothing that is stored is encrypted anew. The seal file changes in one step; whatever kills the
process, the seal in force and its root key are both there:

    file to file        root.key.next · seal.json · root.key.next becomes root.key
    passphrase to file  the same
    to passphrase       seal.json · root.key removed
    to a token          a key in the token · seal.json · root.key removed
    from a token        last of all, the key in the token is destroyed

Each step is on the disk before the next begins. After the first one of two steps, opening finds the
root key that the seal names in either file, and finishes the renaming.
"""

import fcntl
import hmac
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from juyong.app.home import Home
from juyong.app.keys.errors import KeyTrouble
from juyong.app.keys.opening import has_keys, open_master
from juyong.app.keys.ring import KeyRing
from juyong.app.keys.root_file import KEY_BYTES, next_file, render_root
from juyong.app.keys.seal_file import (
    FileMethod,
    Method,
    MethodName,
    SealFile,
    TokenMethod,
    decode_seal,
    encode_seal,
    master_of,
    seal_of,
)
from juyong.app.keys.unlocking import Unlocking
from juyong.app.keys.wrapper import RootKeyWrapper, Wrapper, key_id_of
from juyong.app.settings import Settings
from juyong.base.ids import random_bytes
from juyong.base.private_file import sync_folder, write_private
from juyong.base.secret import Secret


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """The result of a rekey.

    left: Why the root key before is still in the token; empty when nothing is.
    """

    method: MethodName
    key_id: str
    keys: KeyRing
    left: str = ""


def rekey(
    home: Home,
    unlocking: Unlocking,
    method: MethodName | None,
    new_passphrase: Callable[[], Secret],
) -> Rekeyed:
    """Wrap the master key under a new root key; servers may run on.

    A home without keys gets its first ones, so that its root key need never have been a file.

    Args:
        home: The home.
        unlocking: Opens the present seal.
        method: The way to the new root key; None keeps the present way.
        new_passphrase: Asked for if the method is one by passphrase.

    Raises:
        KeyTrouble: the present seal does not open, or another rekey is under way; nothing was
            changed.
    """
    with _alone(home):
        if has_keys(home):
            seal, master = open_master(home, unlocking)
            chosen = method or seal.method
        else:
            seal, master, chosen = None, random_bytes(KEY_BYTES), method or "file"
        match chosen:
            case "file":
                made = _to_file(home, master)
            case "passphrase":
                made = _to_passphrase(home, master, new_passphrase())
            case "pkcs11":
                made = _to_token(home, master, unlocking.settings)
        left = ""
        if seal is not None and isinstance(seal.how, TokenMethod):
            left = _destroy(home, seal.how.label, unlocking.settings)
    return Rekeyed(chosen, made.key_id, KeyRing(master), left)


def _to_file(home: Home, master: bytes) -> SealFile:
    root = random_bytes(KEY_BYTES)
    made = _sealed(master, RootKeyWrapper(root), FileMethod(), key_id_of(root))
    write_private(next_file(home), render_root(root))
    sync_folder(home.path)
    _put_in_force(home, made)
    with suppress(FileNotFoundError):  # Another process opened the home and finished that rekey.
        next_file(home).replace(home.key)
    sync_folder(home.path)
    return made


def _to_passphrase(home: Home, master: bytes, passphrase: Secret) -> SealFile:
    from juyong.app.keys.passphrase import new_method, root_from  # noqa: PLC0415  # loads Argon2

    how = new_method()
    root = root_from(passphrase, how)
    made = _sealed(master, RootKeyWrapper(root), how, random_bytes(8).hex())
    _put_in_force(home, made)
    _remove_root_files(home)
    return made


def _to_token(home: Home, master: bytes, settings: Settings) -> SealFile:
    from juyong.app.keys.token import label_of, make_root, token_of  # noqa: PLC0415  # loads PKCS#11

    key_id = random_bytes(8).hex()
    label = label_of(key_id)
    with token_of(home, settings) as hsm:
        made = _sealed(master, make_root(hsm, label), TokenMethod(label=label), key_id)
    _put_in_force(home, made)
    _remove_root_files(home)
    return made


def _destroy(home: Home, label: str, settings: Settings) -> str:
    """Destroy a root key that is no longer in force; returns why it could not, empty when done."""
    from juyong.app.keys.token import token_of  # noqa: PLC0415  # loads PKCS#11

    try:
        with token_of(home, settings) as hsm:
            hsm.destroy(label)
    except KeyTrouble as failure:
        # The new root key is in force; that must not read like a rekey that failed.
        return f"`{label}` is still in the token, destroy it there: {failure}"
    return ""


def _sealed(master: bytes, wrapper: Wrapper, how: Method, key_id: str) -> SealFile:
    """Wrap the master key, and prove that it opens before anything relies on it."""
    made = seal_of(master, wrapper, how, key_id)
    again = master_of(decode_seal(encode_seal(made)), wrapper)
    if not hmac.compare_digest(again, master):
        raise KeyTrouble("the new root key does not give the master key back")
    return made


def _put_in_force(home: Home, seal: SealFile) -> None:
    write_private(home.seal, encode_seal(seal))
    sync_folder(home.path)


def _remove_root_files(home: Home) -> None:
    """Remove root keys that are no longer in force; also the keys of a rekey that was killed."""
    for path in (home.key, next_file(home)):
        path.unlink(missing_ok=True)
    sync_folder(home.path)


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    descriptor = os.open(home.path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise KeyTrouble("another rekey of this home is under way") from None
        yield
    finally:
        os.close(descriptor)
