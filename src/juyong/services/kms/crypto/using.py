"""Use a key version, in memory or in the module, and turn its refusals into a caller's errors.

Software keys that were opened already are kept, so that the next call need not open them again. The
key of an entry is everything that the seal authenticates, the sealed bytes included: a row that was
changed, moved or sealed anew is opened anew, and refused as usual. The cache never decides whether
a key may be used.

SECURITY: these are keys in the process's memory, as the platform's own key is all the time. They
live in `Platform.memory`, so they go with the platform that opened them, when it is sealed too; one
that was not used for five minutes goes when another is used.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar, cast

from juyong.api.context import Context
from juyong.base.clock import Instant
from juyong.engines.crypto.keys import (
    BadInput,
    MacKey,
    NotOffered,
    PrivateKey,
    SymmetricKey,
    Undecipherable,
)
from juyong.engines.crypto.specs import Family, Usage, check_algorithm, spec_of
from juyong.services.kms import errors
from juyong.services.kms.keys.hardware import answering
from juyong.services.kms.keys.material import Key, in_hardware, load
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow

T = TypeVar("T")
_MOST = 1024
IDLE_SECONDS = 300
_NAME = "kms.loaded"
_LONGEST_HERE = 2048
"""RSA keys above this take more than a millisecond for what the private half does."""
USING = (errors.InvalidParameter, errors.UnsupportedOperation, errors.KeyUnavailable)
"""The errors of using a key, in addition to those of finding the key."""
SEALING = (*USING, errors.LimitExceeded)


class Refusing:
    """Turns refusals of the engine into a caller's errors.

    Raises InvalidParameter (the parameter `name` does not open, or is not of the form it must
    have); UnsupportedOperation (the key, or the module that holds it, does no such thing).

    PERF: a class, since a generator's context manager costs more than a sealing.
    """

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        """Begin; nothing is refused yet."""

    def __exit__(self, _kind: object, refusal: BaseException | None, _trace: object) -> None:
        """Raise the caller's error in place of the engine's."""
        if refusal is None:
            return
        if isinstance(refusal, Undecipherable | BadInput):
            # SECURITY: raised from None, so that no log tells one cause from another.
            raise errors.InvalidParameter(name=self._name) from None
        if isinstance(refusal, NotOffered):
            raise errors.UnsupportedOperation from refusal


def check_use(row: KeyRow, algorithm: str, usage: Usage) -> None:
    """Refuse a key for something else, or without the algorithm; raises UnsupportedOperation."""
    with Refusing("Algorithm"):
        if row.usage != usage:
            raise NotOffered("the key has another usage")
        check_algorithm(spec_of(row.spec), usage, algorithm)


# --- keys that are open ---


class LoadedKeys:
    """The keys used last."""

    def __init__(self, most: int = _MOST) -> None:
        self._keys: OrderedDict[object, tuple[Key, Instant]] = OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, ctx: Context, row: KeyRow, version: KeyVersionRow) -> Key:
        """Return a version as a key to use; raises as material.load.

        PERF: opening and loading a key costs a quarter of an Encrypt, and makes an RSA signature
        cost double.
        """
        if in_hardware(version) or spec_of(row.spec).family is Family.SM2:
            # A hardware key is opened in the module; an SM2 key object is not safe between threads.
            return load(ctx, row, version)
        place = _place(row, version)
        with self._lock:
            known = self._keys.pop(place, None)
            self._drop_idle(ctx.now)
            if known is not None:
                self._keys[place] = (known[0], ctx.now)
                return known[0]
        key = load(ctx, row, version)
        with self._lock:
            self._keys[place] = (key, ctx.now)
            while len(self._keys) > self._most:
                self._keys.popitem(last=False)
        return key

    def _drop_idle(self, now: Instant) -> None:
        """Drop keys that were not used for a while, such as deleted ones; the oldest come first."""
        while self._keys:
            place, (_, used_at) = next(iter(self._keys.items()))
            if used_at + IDLE_SECONDS > now:
                return
            del self._keys[place]


def loaded_keys(ctx: Context) -> LoadedKeys:
    """Return the keys of the platform that a call is made to."""
    known: LoadedKeys | None = ctx.platform.memory.get(_NAME)
    if known is None:
        known = ctx.platform.memory.setdefault(_NAME, LoadedKeys())
    return known


def _place(row: KeyRow, version: KeyVersionRow) -> object:
    return (
        (row.account_id, row.key_id, row.spec, row.usage, row.origin, row.protection),
        (version.version_id, version.material, version.public_key),
    )


def symmetric_key(ctx: Context, row: KeyRow, version: KeyVersionRow) -> SymmetricKey:
    """Return a version of a symmetric key; raises as `loaded`."""
    return cast("SymmetricKey", loaded(ctx, row, version))


def private_key(ctx: Context, row: KeyRow, version: KeyVersionRow) -> PrivateKey:
    """Return the private half of a pair; raises as `loaded`."""
    return cast("PrivateKey", loaded(ctx, row, version))


def mac_key(ctx: Context, row: KeyRow, version: KeyVersionRow) -> MacKey:
    """Return a version of a MAC key; raises as `loaded`."""
    return cast("MacKey", loaded(ctx, row, version))


def loaded(ctx: Context, row: KeyRow, version: KeyVersionRow) -> Key:
    """Return a version of a key whose usage was checked; raises as material.load."""
    try:
        return loaded_keys(ctx).get(ctx, row, version)
    except errors.UnsupportedProtection as gone:
        raise errors.KeyUnavailable from gone


def perform(
    ctx: Context,
    row: KeyRow,
    version: KeyVersionRow,
    work: Callable[[], T],
    *,
    what: str,
    name: str,
) -> T:
    """Do work with a loaded key: here, or outside the transaction where it takes long.

    Args:
        version: Its version. That, its material, and `what` name the work: should another attempt
            find another version or other material, it does the work again.
        work: Does it.
        what: A name of the work, different for each use of a key in one call.
        name: The parameter to blame if the engine refuses the work.

    Raises InvalidParameter, UnsupportedOperation (as Refusing); KeyUnavailable (the hardware module
    does not serve).
    """

    def here() -> T:
        with Refusing(name):
            return work()

    def in_module() -> T:
        with answering():
            return here()

    if in_hardware(version):
        return ctx.outside((what, version.version_id, version.material), in_module)
    if spec_of(row.spec).modulus_bits > _LONGEST_HERE:
        return ctx.outside((what, version.version_id, version.material), here)
    return here()
