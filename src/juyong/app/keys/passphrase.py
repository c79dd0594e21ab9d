"""Passphrases: where they come from, and the root key made from one.

SECURITY: never from an argument or an environment variable, which others on the machine can read;
never into a log, an event or an error text.
"""

import sys
import unicodedata
from pathlib import Path

from juyong.api.command import BadInput
from juyong.app.keys.errors import KeyTrouble
from juyong.app.keys.seal_file import SALT_BYTES, PassphraseMethod, base64_of, unbase64
from juyong.base.ids import random_bytes
from juyong.base.secret import Secret

SHORTEST = 12
LONGEST = 1024
# SOURCE: RFC 9106, section 4: the second recommended choice, 64 MiB, three passes, four lanes.
_MEMORY_KIB = 65_536
_PASSES = 3
_LANES = 4
_ROOT_BYTES = 32


class UnusablePassphrase(KeyTrouble, BadInput):
    """A passphrase is empty, too short for a new one, too long, or cannot be read safely."""


def new_method() -> PassphraseMethod:
    """Draw a salt and choose today's parameters."""
    return PassphraseMethod(
        salt=base64_of(random_bytes(SALT_BYTES)),
        memory_kib=_MEMORY_KIB,
        passes=_PASSES,
        lanes=_LANES,
    )


def root_from(passphrase: Secret, how: PassphraseMethod) -> bytes:
    """Make the root key (Argon2id); takes about 0.1 s and 64 MiB."""
    from argon2.low_level import Type, hash_secret_raw  # noqa: PLC0415  # only this method needs it

    text = unicodedata.normalize("NFKC", passphrase.reveal()).encode()
    return hash_secret_raw(
        text,
        unbase64(how.salt),
        time_cost=how.passes,
        memory_cost=how.memory_kib,
        parallelism=how.lanes,
        hash_len=_ROOT_BYTES,
        type=Type.ID,
    )


def usable(text: str) -> Secret:
    """Take a passphrase as it was typed or read, without the end of its line.

    Raises:
        UnusablePassphrase: the text is empty, or longer than a passphrase.
    """
    line = text.removesuffix("\n").removesuffix("\r")
    if not line or len(line) > LONGEST or "\n" in line or "\x00" in line:
        raise UnusablePassphrase(f"a passphrase is one line of 1 to {LONGEST} characters")
    return Secret(line)


def fit_for_new(passphrase: Secret) -> Secret:
    """Return a passphrase that is long enough for a new one.

    Raises:
        UnusablePassphrase: it is too short.
    """
    if len(passphrase) < SHORTEST:
        raise UnusablePassphrase(f"a new passphrase has at least {SHORTEST} characters")
    return passphrase


def from_file(path: Path) -> Secret:
    """Read a passphrase from a file that only its owner may read.

    Raises:
        UnusablePassphrase: there is none, others may read it, or it holds no passphrase.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise UnusablePassphrase(f"`{path}` holds a passphrase and must have mode 0600")
        with path.open(encoding="utf-8") as file:
            return usable(file.read(LONGEST + 2))
    except (OSError, UnicodeDecodeError) as bad:
        raise UnusablePassphrase(f"`{path}` holds no passphrase that can be read") from bad


def from_terminal(prompt: str) -> Secret | None:
    """Ask on the terminal, without echo; None if there is no terminal."""
    if not sys.stdin.isatty():
        return None
    from getpass import getpass  # noqa: PLC0415

    return usable(getpass(f"{prompt}: "))


def from_input(prompt: str) -> Secret:
    """Ask on the terminal, or read a line of standard input.

    Raises:
        UnusablePassphrase: there is no such line.
    """
    asked = from_terminal(prompt)
    return asked if asked is not None else usable(sys.stdin.readline(LONGEST + 2))
