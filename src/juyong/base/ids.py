"""Identifiers: their types, and the only place that draws them.

Formats: RAM API reference and observed answers (documented; lengths of keys and secrets assumed).
"""

import itertools
import os
import secrets
import string
import uuid
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Generic, NewType, TypeVar

from juyong.base.clock import system_milliseconds
from juyong.base.secret import Secret

T = TypeVar("T")
AccountId = NewType("AccountId", str)
UserId = NewType("UserId", str)
GroupId = NewType("GroupId", str)
RoleId = NewType("RoleId", str)
AccessKeyId = NewType("AccessKeyId", str)
RequestId = NewType("RequestId", str)

_ALNUM = string.ascii_letters + string.digits
STS_PREFIX = "STS."
_VARIANT = "89AB"


def _digits(first: str, count: int) -> str:
    return f"{first}{secrets.randbelow(10 ** (count - 1)):0{count - 1}d}"


class _Pool(Generic[T]):
    """Parts of ids, drawn for many ids at once; only for ids that are no secret.

    PERF: a draw is a call of the system, in which other threads run.

    Args:
        size_bytes: Random bytes of a part.
        make: Makes parts, each of so many bytes.
    """

    def __init__(self, size_bytes: int, make: Callable[[bytes], list[T]]) -> None:
        self._drawn, self._make = 64 * size_bytes, make
        self._left: list[T] = []
        # A child of this process must not draw the same ids.
        os.register_at_fork(after_in_child=self._left.clear)

    def draw(self) -> T:
        """Return the part of one id; several threads may draw."""
        try:
            return self._left.pop()
        except IndexError:
            made = self._make(os.urandom(self._drawn))
            last = made.pop()
            self._left.extend(made)
            return last


def _rest(drawn: bytes) -> str:
    digits = drawn.hex().upper()
    return f"-7{digits[1:4]}-{_VARIANT[drawn[2] & 3]}{digits[5:8]}-{digits[8:]}"


def _hex(block: bytes) -> list[str]:
    digits = block.hex()
    return [digits[at : at + 32] for at in range(0, len(digits), 32)]


_rests = _Pool(10, lambda block: [_rest(block[at : at + 10]) for at in range(0, len(block), 10)])
"""Request ids without the time, with which they begin."""


new_trace_id = _Pool(16, _hex).draw
"""Draw the id of a request that the WAF saw: 32 hexadecimal digits in lower case."""


class _Rising:
    """Draws ids of digits that rise in steps of 1 to 511; each process begins somewhere else.

    PERF: ids that are drawn one after the other are neighbours in every index over them, so a
    commit writes few pages.
    SECURITY: such an id is no secret. It tells roughly how many were drawn since another one.
    INVARIANT: 10**17 places hold the numbers of a process (a million take 2.6 * 10**8) in one row,
    so two processes do not meet.
    """

    def __init__(self, first: str, count: int) -> None:
        self._first, self._count = first, count - len(first)
        self._begin = secrets.randbelow(10**self._count - 10 ** (self._count - 3))
        self._drawn, self._steps = itertools.count(), _Pool(1, list)

    def draw(self) -> str:
        """Return the next id; several threads may draw."""
        number = self._begin + 256 * next(self._drawn) + self._steps.draw()
        return f"{self._first}{number:0{self._count}d}"


_users, _roles = _Rising("2", 18), _Rising("3", 18)


def _spelled(alphabet: str, count: int) -> str:
    """Draw a text of count letters, each equally likely.

    PERF: one draw from the system for the whole text; a draw a letter was most of an insert's cost.
    """
    number, base = secrets.randbelow(len(alphabet) ** count), len(alphabet)
    letters = []
    for _ in range(count):
        number, at = divmod(number, base)
        letters.append(alphabet[at])
    return "".join(letters)


def _alnum(count: int) -> str:
    return _spelled(_ALNUM, count)


def new_account_id() -> AccountId:
    """Draw a 16-digit account id."""
    return AccountId(_digits("1", 16))


def new_monitor_group_id() -> str:
    """Draw a 12-digit id of a monitor group, which an account has few of."""
    return _digits("1", 12)


def new_user_id() -> UserId:
    """Draw an 18-digit RAM user id."""
    return UserId(_users.draw())


def new_role_id() -> RoleId:
    """Draw an 18-digit role id."""
    return RoleId(_roles.draw())


def new_group_id() -> GroupId:
    """Draw a group id, `g-` and 16 lower-case letters or digits."""
    return GroupId("g-" + _spelled(string.ascii_lowercase + string.digits, 16))


def new_instance_id(prefix: str) -> str:
    """Draw an instance or key pair id, `<prefix>-` and 17 lower-case letters or digits."""
    return f"{prefix}-{_spelled(string.ascii_lowercase + string.digits, 17)}"


def new_access_key_id() -> AccessKeyId:
    """Draw a long-term AccessKey id of 24 characters."""
    return AccessKeyId("LTAI5t" + _alnum(18))


def new_access_key_secret() -> str:
    """Draw a 30-character AccessKey secret (178 bits)."""
    return _alnum(30)


def new_sts_key_id() -> AccessKeyId:
    """Draw a temporary AccessKey id."""
    return AccessKeyId(STS_PREFIX + "N" + _alnum(24))


def new_sts_secret() -> str:
    """Draw a 44-character temporary secret."""
    return _alnum(44)


def new_request_id() -> RequestId:
    """Draw a request id: an upper-case UUID (version 7), which is also the event id of the call.

    PERF: it begins with the time, so that indexes over it grow at their end and not all over. The
    rest is drawn for many ids at once: a draw is a call of the system, in which other threads run.
    """
    return RequestId(_beginning(system_milliseconds()) + _rests.draw())


@lru_cache(maxsize=1)
def _beginning(milliseconds: int) -> str:
    """PERF: calls that arrive together have one time."""
    time = f"{milliseconds:012X}"
    return f"{time[:8]}-{time[8:]}"


def new_uuid() -> str:
    """Draw a lower-case UUID: ids of keys and of their versions."""
    return str(uuid.uuid4())


def new_short_id(count: int) -> str:
    """Draw count lower-case letters or digits, about five bits each."""
    return _spelled(string.ascii_lowercase + string.digits, count)


def new_token(size_bytes: int = 32) -> str:
    """Draw an opaque URL-safe token of size_bytes random bytes."""
    return secrets.token_urlsafe(size_bytes)


def random_bytes(size: int) -> bytes:
    """Draw size random bytes."""
    return os.urandom(size)


def new_password(length: int, classes: Sequence[str], *, each: bool) -> Secret:
    """Draw a password of letters from several classes, every such text equally likely.

    Args:
        length: At least as many as classes.
        classes: Alphabets that share no letter.
        each: Whether a letter of every class must be there; others are drawn again.
    """
    alphabet = "".join(classes)
    while True:
        drawn = _spelled(alphabet, length)
        if not each or all(set(drawn) & set(letters) for letters in classes):
            return Secret(drawn)
