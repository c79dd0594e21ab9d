"""Open the keys of a home, making them at its first start."""

from contextlib import suppress

from juyong.app.home import Home
from juyong.app.keys.errors import (
    KeyTrouble,
    PassphraseNeeded,
    SealFileDamaged,
    WrongRootKey,
)
from juyong.app.keys.ring import KeyRing
from juyong.app.keys.root_file import (
    KEY_BYTES,
    is_first_version,
    next_file,
    read_root,
    render_root,
)
from juyong.app.keys.seal_file import (
    MOST_BYTES,
    FileMethod,
    PassphraseMethod,
    SealFile,
    TokenMethod,
    decode_seal,
    encode_seal,
    master_of,
    seal_of,
)
from juyong.app.keys.unlocking import Unlocking
from juyong.app.keys.wrapper import RootKeyWrapper, Wrapper, key_id_of
from juyong.base.ids import random_bytes
from juyong.base.private_file import sync_folder, write_private


def has_keys(home: Home) -> bool:
    """Tell whether a home was started at least once."""
    return home.seal.exists() or home.key.exists()


def open_keys(home: Home, unlocking: Unlocking = Unlocking()) -> KeyRing:  # noqa: B008  # frozen
    """Return the key of each purpose, making root and master key at first start.

    Raises:
        PassphraseNeeded: a passphrase is needed, and none is at hand.
        WrongRootKey: it is another passphrase, file or token, or the seal file was changed.
        KeyTrouble: a file is missing, damaged, or readable by others.
    """
    return KeyRing(open_master(home, unlocking)[1])


def open_master(home: Home, unlocking: Unlocking) -> tuple[SealFile, bytes]:
    """Return the seal in force and the master key; raises as open_keys."""
    seal = read_seal(home)
    if seal is None:
        _make_seal(home)
        seal = _present(home)
    while True:
        try:
            return seal, _master_by(home, seal, unlocking)
        except WrongRootKey:
            # A rekey may have replaced the seal and then the root key since the seal was read.
            before, seal = seal, _present(home)
            if seal == before:
                raise


def _present(home: Home) -> SealFile:
    seal = read_seal(home)
    if seal is None:
        raise KeyTrouble(f"`{home.seal}` vanished")
    return seal


def read_seal(home: Home) -> SealFile | None:
    """Read the seal file; None when there is none.

    Raises:
        SealFileDamaged: it cannot be read, or others may write it.
    """
    try:
        with home.seal.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    try:
        return decode_seal(content)
    except SealFileDamaged as bad:
        raise SealFileDamaged(f"`{home.seal}`: {bad}") from bad


def _master_by(home: Home, seal: SealFile, unlocking: Unlocking) -> bytes:
    if isinstance(seal.how, TokenMethod):
        from juyong.app.keys.token import TokenWrapper, token_of  # noqa: PLC0415  # loads PKCS#11

        with token_of(home, unlocking.settings) as hsm:
            return master_of(seal, TokenWrapper(hsm, seal.how.label))
    return master_of(seal, _wrapper_for(home, seal, seal.how, unlocking))


def _wrapper_for(
    home: Home, seal: SealFile, how: FileMethod | PassphraseMethod, unlocking: Unlocking
) -> Wrapper:
    match how:
        case FileMethod():
            return RootKeyWrapper(_root_of(home, seal))
        case PassphraseMethod():
            from juyong.app.keys.passphrase import root_from  # noqa: PLC0415  # loads Argon2

            passphrase = unlocking.passphrase()
            if passphrase is None:
                raise PassphraseNeeded(
                    f"`{home.path}` is sealed by a passphrase: run this at a terminal, or name a "
                    "file that holds it by the setting `passphrase_file`"
                )
            return RootKeyWrapper(root_from(passphrase, how))


def _root_of(home: Home, seal: SealFile) -> bytes:
    """Return the root key that the seal names.

    A `rekey` that was killed between its last two steps left the new root key next to the old one;
    this puts the new one in place.
    """
    found = 0
    for path in (home.key, next_file(home)):
        try:
            root = read_root(path)
        except FileNotFoundError:
            continue
        found += 1
        if key_id_of(root) == seal.key_id:
            if path != home.key:
                with suppress(FileNotFoundError):  # Its own rekey was faster.
                    path.replace(home.key)
            return root
    if not found:
        raise WrongRootKey(
            f"`{home.key}` is missing: restore the copy that belongs to `{home.seal}`"
        )
    raise WrongRootKey(f"`{home.key}` is not the root key that `{home.seal}` was made with")


def _make_seal(home: Home) -> None:
    """Wrap a master key for the first time.

    Another process may do the same at this moment: for both files, the first one written counts.
    """
    if not home.key.exists():
        with suppress(FileExistsError):
            write_private(home.key, render_root(random_bytes(KEY_BYTES)), replace=False)
    root = read_root(home.key)
    if is_first_version(home.key):
        master = root
    elif not (home.credentials.exists() or home.database.exists()):
        master = random_bytes(KEY_BYTES)
    elif home.seal.exists():
        return
    else:
        raise KeyTrouble(f"`{home.seal}` is missing: restore the copy that belongs to `{home.key}`")
    seal = seal_of(master, RootKeyWrapper(root), FileMethod(), key_id_of(root))
    with suppress(FileExistsError):
        write_private(home.seal, encode_seal(seal), replace=False)
    sync_folder(home.path)
