"""The objects of juyong in a token: their names, and how a key gets its name.

An object belongs to juyong when its label is `juyong/<spec>/<label>` and its id is derived from
<label>; nothing else is ever read, changed or destroyed. A key is made under
`juyong?/<spec>/<label>` and renamed when all of it is there, the public half first: a process that
dies before leaves objects that `clear` removes, never half a key. Since the spec is in the name, a
key is not used as another kind.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pkcs11 import Attribute, Object, ObjectClass
from pkcs11.exceptions import (
    AttributeSensitive,
    AttributeTypeInvalid,
    FunctionFailed,
    GeneralError,
    KeyHandleInvalid,
    ObjectHandleInvalid,
)

from juyong.hsm.errors import HsmUnavailable, KeyMissing, LabelTaken
from juyong.hsm.token.pool import Held, SessionLost, SessionPool

_DONE = "juyong"
_HALF_MADE = "juyong?"
_ID_BYTES = 20
_PARTS = 3
_SEARCHES = 5
_USED = (ObjectClass.SECRET_KEY, ObjectClass.PRIVATE_KEY)
_ALL = (*_USED, ObjectClass.PUBLIC_KEY)

_NAMELESS = (AttributeTypeInvalid, AttributeSensitive, FunctionFailed, GeneralError)
GONE = (ObjectHandleInvalid, KeyHandleInvalid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """An object of juyong in the token."""

    object: Object
    kind: ObjectClass
    spec: str
    label: str
    done: bool


def object_id(label: str) -> bytes:
    """Return the CKA_ID of all objects under a label."""
    return hashlib.sha256(b"juyong-hsm\x00" + label.encode()).digest()[:_ID_BYTES]


def half_made(spec: str, label: str) -> dict[Attribute, Any]:
    """Return the attributes that name an object while it is made."""
    return {Attribute.LABEL: f"{_HALF_MADE}/{spec}/{label}", Attribute.ID: object_id(label)}


def done_name(spec: str, label: str) -> str:
    """Return the CKA_LABEL of a key that is there."""
    return f"{_DONE}/{spec}/{label}"


def under(
    pool: SessionPool, held: Held, label: str, kinds: tuple[ObjectClass, ...] = _ALL
) -> list[Ours]:
    """Return our objects under a label, those that use the key first."""
    wanted = {Attribute.ID: object_id(label)}
    found = [one for kind in kinds for one in _among(pool, held, kind, wanted)]
    return [one for one in found if one.label == label]


def everything(pool: SessionPool, held: Held) -> Iterator[Ours]:
    """Yield all our objects; reads the names of all keys that the token holds."""
    for kind in _ALL:
        yield from _among(pool, held, kind, {})


def find(pool: SessionPool, held: Held, spec: str, label: str) -> Object:
    """Return the object that uses a key; cost: one search for each session and key.

    Raises:
        KeyMissing: there is none.
    """
    known = held.handles.get((spec, label))
    if known is not None:
        return known
    used = [one for one in _complete(pool, held, label) if one.spec == spec]
    return held.remember((spec, label), _single(used, label).object)


def find_public(pool: SessionPool, held: Held, label: str) -> Object:
    """Return the public half of a pair that is there.

    Raises:
        KeyMissing: there is none.
    """
    specs = {one.spec for one in _complete(pool, held, label)}
    ours = [one for one in under(pool, held, label) if one.done and one.spec in specs]
    return _single([one for one in ours if one.kind is ObjectClass.PUBLIC_KEY], label).object


def is_there(pool: SessionPool, held: Held, label: str) -> bool:
    """Whether a key that is done has the label."""
    try:
        return bool(_complete(pool, held, label))
    except KeyMissing:
        return False


def clear(pool: SessionPool, held: Held, label: str) -> None:
    """Destroy all our objects under a label, those that use the key first."""
    for one in under(pool, held, label):
        with suppress(*GONE):
            one.object.destroy()


def publish(pool: SessionPool, held: Held, made: list[Object], spec: str, label: str) -> None:
    """Give a key its name; the last of made is the object that uses it, and the point of no return.

    Raises:
        LabelTaken: another process made the same label meanwhile; that one stays.
    """
    try:
        for one in made:
            one[Attribute.LABEL] = done_name(spec, label)
    except GONE:
        raise LabelTaken(f"`{label}` is being made by another call") from None
    if len([one for one in under(pool, held, label, _USED) if one.done]) > 1:
        for one in reversed(made):
            one.destroy()
        raise LabelTaken(f"there is a key `{label}` already")


def _complete(pool: SessionPool, held: Held, label: str) -> list[Ours]:
    found = [one for one in under(pool, held, label, _USED) if one.done]
    if not found:
        raise _missing(label)
    return found


def _single(found: list[Ours], label: str) -> Ours:
    if not found:
        raise _missing(label)
    if len(found) > 1:
        raise HsmUnavailable(f"the token holds more than one key `{label}`")
    return found[0]


def _missing(label: str) -> KeyMissing:
    return KeyMissing(f"the module holds no key `{label}` of that kind")


def _among(
    pool: SessionPool, held: Held, kind: ObjectClass, wanted: dict[Attribute, Any]
) -> list[Ours]:
    """Search; without a login a token shows no private object, which is not that there is none."""
    for _ in range(_SEARCHES):
        if not pool.logged_in(held):
            raise SessionLost
        try:
            # The search must end before the session does anything else.
            found = list(held.session.get_objects({Attribute.CLASS: kind, **wanted}))
        except GONE:
            continue  # One was destroyed, or the login lost, between search and look.
        ours = [ours for one in found if (ours := _ours(one, kind)) is not None]
        if not pool.logged_in(held):
            raise SessionLost
        return ours
    raise HsmUnavailable("the token changes too fast to be searched")


def _ours(found: Object, kind: ObjectClass) -> Ours | None:
    try:
        name, held_id = found[Attribute.LABEL], found[Attribute.ID]
    except (*GONE, *_NAMELESS, UnicodeDecodeError):
        return None  # Destroyed since it was found, or a foreign object.
    parts = str(name).split("/")
    if len(parts) != _PARTS or parts[0] not in (_DONE, _HALF_MADE):
        return None
    mark, spec, label = parts
    if held_id != object_id(label):
        return None
    return Ours(object=found, kind=kind, spec=spec, label=label, done=mark == _DONE)
