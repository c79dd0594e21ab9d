"""The memory of a witness: its key, and the newest checkpoint that it cosigned of each log.

`witness-key` holds the private key. `witnessed/` holds a signed note a log, in a file that is
named by SHA-256 of the log's origin; such a note is no secret, and proves itself.

INVARIANT: a cosignature goes out only once its checkpoint is on the disk, and the checkpoint is
compared and written under a lock of the folder. So of two requests that go on from one checkpoint,
in one process or in two, the second is judged by what the first wrote.
"""

from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from juyong.api.command import BadInput, OperatorError
from juyong.app.home import Home
from juyong.base.clock import Clock
from juyong.base.ids import random_bytes
from juyong.base.private_file import TooOpen, alone_in, read_private, sync_folder, write_private
from juyong.engines.ledger import (
    COSIGNING,
    Checkpoint,
    Key,
    LedgerError,
    Malformed,
    Note,
    Request,
    Seen,
    Signature,
    Verdict,
    cosign,
    judge,
)
from juyong.engines.ledger.note import from_base64, to_base64
from juyong.engines.ledger.witness import BAD_REQUEST, COSIGNED

_BEGIN = "PRIVATE+KEY+"
_SEED_BYTES = 32
_NAME_BYTES = 8
_LEFTOVERS = ".*"
"""Files that a killed process did not finish."""


class MemoryDamaged(Exception):
    """The checkpoint that was cosigned last cannot be read, so that no other may be cosigned."""


class CosigningKey:
    """The private key of a witness.

    Its text is `PRIVATE+KEY+name+hash+base64`, of the byte 4 and the seed, so that other programs
    read the key.

    Source: golang.org/x/mod/sumdb/note, NewSigner (observed); C2SP tlog-cosignature (documented).
    """

    def __init__(self, name: str, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._private.public_key().public_bytes_raw()
        self.public = Key(name=name, public=public, sort=COSIGNING)

    def __repr__(self) -> str:
        return "CosigningKey(****)"

    @classmethod
    def parse(cls, text: str) -> "CosigningKey":
        """Read a private key.

        Raises:
            Malformed: the text is none, or of another sort.
        """
        name, _, rest = text.removeprefix(_BEGIN).partition("+")
        data = from_base64(rest.partition("+")[2])
        if len(data) != 1 + _SEED_BYTES or data[0] != COSIGNING:
            raise Malformed("this is no private key of a witness")
        key = cls(name, data[1:])
        if key.reveal() != text:
            raise Malformed("a private key's hash is of another key")
        return key

    def reveal(self) -> str:
        """Return the secret text."""
        data = bytes((COSIGNING,)) + self._private.private_bytes_raw()
        return f"{_BEGIN}{self.public.name}+{self.public.id.hex()}+{to_base64(data)}"

    def cosign(self, text: str, at_seconds: int) -> Signature:
        """Sign the text of a checkpoint that was found to be consistent."""
        return cosign(text, self.public, self._private.sign, at_seconds)


class Said(NamedTuple):
    """The answer to a request. verdict: None where the body is no request. text: The body."""

    status: int
    text: str
    verdict: Verdict | None = None
    request: Request | None = None


class Witness:
    """A witness of some logs.

    Args:
        home: Its home, which is not a platform's.
        logs: The keys of the logs; the name of each is the origin of its log.
        clock: What time it is; cosignatures tell.

    Raises:
        OperatorError: as key_of_witness.
    """

    def __init__(self, home: Home, logs: Sequence[Key], clock: Clock) -> None:
        self._key = key_of_witness(home)
        self._logs = logs
        self._clock = clock
        self._folder = _folder_of(home)
        with alone_in(self._folder):
            for path in self._folder.glob(_LEFTOVERS):
                path.unlink()

    @property
    def key(self) -> Key:
        """The public key, which verifies the cosignatures."""
        return self._key.public

    def add(self, body: bytes) -> Said:
        """Decide about a request, and cosign.

        Raises:
            OSError: the memory cannot be read or written; nothing was cosigned.
            MemoryDamaged: likewise.
        """
        try:
            request = Request.parse(body)
        except Malformed as bad:
            return Said(BAD_REQUEST, f"{bad}\n")
        origin = request.checkpoint.origin
        keys = [key for key in self._logs if key.name == origin]
        # PERF: whatever is refused needs no lock, so that strangers cannot keep the lock busy.
        verdict = judge(request, keys, self._seen(origin) if keys else None)
        if verdict.status == COSIGNED:
            with alone_in(self._folder):
                seen = self._seen(origin)
                verdict = judge(request, keys, seen)
                if verdict.status == COSIGNED:
                    line = self._cosigned(request, keys, is_new=verdict.seen != seen)
                    return Said(COSIGNED, line, verdict, request)
        return Said(verdict.status, verdict.reason, verdict, request)

    def newest(self, origin: str) -> bytes | None:
        """Return the newest checkpoint of a log with its cosignature, None where there is none.

        Raises:
            OSError, MemoryDamaged: the memory cannot be read.
        """
        if all(key.name != origin for key in self._logs):
            return None
        note = self._note(origin)
        return None if note is None else note.encode()

    def _cosigned(self, request: Request, keys: Sequence[Key], *, is_new: bool) -> str:
        """Cosign, and remember a new checkpoint before its cosignature is known to others."""
        note = request.note
        made = self._key.cosign(note.text, self._clock())
        if is_new:
            known = [each for _, each in note.signed_by(keys)]
            write_private(self._path(note), Note(note.text, (*known, made)).encode())
        return made.line

    def _seen(self, origin: str) -> Seen | None:
        note = self._note(origin)
        if note is None:
            return None
        checkpoint = Checkpoint.parse(note.text)
        return Seen(checkpoint.size, checkpoint.root)

    def _note(self, origin: str) -> Note | None:
        path = self._folder / _name_of(origin)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            note = Note.parse(data)
            note.check((self.key,))
            if Checkpoint.parse(note.text).origin == origin:
                return note
        except LedgerError:
            pass
        raise MemoryDamaged(f"`{path}` is not what this witness cosigned")

    def _path(self, note: Note) -> Path:
        return self._folder / _name_of(Checkpoint.parse(note.text).origin)


def key_of_witness(home: Home, name: str | None = None) -> CosigningKey:
    """Return the key of a witness's home, made if it has none.

    Args:
        home: The home.
        name: The name of a new key, a URL without its scheme as a rule; drawn without it.

    Raises:
        BadInput: the home is a platform's, the key has another name, or no key can have that name.
        OperatorError: the key cannot be read, or the memory that belongs to it is gone.
    """
    if any(path.exists() for path in (home.database, home.seal, home.key)):
        raise BadInput(
            f"`{home.path}` is a platform's home: a witness has a home of its own, "
            "where the platform's operator cannot write"
        )
    file, folder = home.path / "witness-key", _folder_of(home)
    if not file.exists():
        # The folder first: a key without it is one that lost its memory.
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(home.path)
        made = _made(name)
        with suppress(FileExistsError):  # Another process made one in this moment.
            write_private(file, f"{made.reveal()}\n".encode(), replace=False)
    try:
        key = CosigningKey.parse(read_private(file).strip())
    except (LedgerError, TooOpen, OSError, ValueError) as bad:
        raise OperatorError(f"`{file}` cannot be used: {bad}") from bad
    if name is not None and key.public.name != name:
        raise BadInput(f"the key of `{home.path}` has the name `{key.public.name}`")
    if not folder.is_dir():
        raise OperatorError(
            f"`{folder}` is gone, and what was cosigned with it; to begin anew under another key, "
            f"remove `{file}`"
        )
    return key


def _made(name: str | None) -> CosigningKey:
    if name is None:
        name = f"juyong-witness/{random_bytes(_NAME_BYTES).hex()}"
    made = CosigningKey(name, random_bytes(_SEED_BYTES))
    try:
        made.reveal()
    except Malformed as bad:
        raise BadInput(f"`{name}`: {bad}") from bad
    return made


def _folder_of(home: Home) -> Path:
    return home.path / "witnessed"


def _name_of(origin: str) -> str:
    return sha256(origin.encode()).hexdigest()
