"""Sessions: a bounded number, logged in, found again after the token was away."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pkcs11 import Object, Session, Token
from pkcs11 import exceptions as refused
from pkcs11.exceptions import PKCS11Error

from juyong.hsm.errors import HsmUnavailable
from juyong.hsm.files import held as held_file
from juyong.hsm.settings import HsmSettings
from juyong.hsm.token import cryptoki
from juyong.hsm.token.module import Module, acquire, loading, release
from juyong.hsm.token.provision import find_token

T = TypeVar("T")


class SessionLost(Exception):
    """The session turned out not to be logged in any more."""


_LOST = (
    SessionLost,
    refused.SessionHandleInvalid,
    refused.SessionClosed,
    refused.UserNotLoggedIn,
    refused.DeviceRemoved,
    refused.DeviceError,
    refused.TokenNotPresent,
    refused.TokenNotRecognised,
    refused.SlotIDInvalid,
    refused.NoSuchToken,
)
# What SoftHSM answers when another process changed the token at the same moment, among others.
DOUBTFUL = (refused.GeneralError, refused.FunctionFailed)
_CLOSED = "the token is closed"
_NOT_INITIALISED = "Initialisation error"
_PIN_REFUSED = {
    cryptoki.PIN_INCORRECT: "the PIN is wrong",
    cryptoki.PIN_INVALID: "the PIN is wrong",
    cryptoki.PIN_LEN_RANGE: "the PIN is wrong",
    cryptoki.PIN_EXPIRED: "the PIN has expired",
    cryptoki.PIN_LOCKED: "the PIN is locked",
    cryptoki.USER_PIN_NOT_INITIALIZED: "the token has no user PIN yet",
}
_MOST_HANDLES = 4096
_TRIES = 2


@dataclass(slots=True, eq=False)
class Held:
    """One session, the handles found through it, and the login they belong to."""

    session: Session
    login: int
    handles: dict[tuple[str, str], Object] = field(default_factory=dict)

    def remember(self, name: tuple[str, str], found: Object) -> Object:
        """Keep a handle for the next call."""
        if len(self.handles) >= _MOST_HANDLES:
            self.handles.clear()
        self.handles[name] = found
        return found


class SessionPool:
    """Runs work inside the token; safe to call from any thread of one process."""

    def __init__(self, settings: HsmSettings) -> None:
        self._settings = settings
        self._turns = threading.BoundedSemaphore(settings.sessions)
        self._free: list[Held] = []
        self._module: Module | None = None
        self._token: Token | None = None
        self._anchor: Session | None = None
        self._login = 0
        self._refused = ""
        self._closed = False

    def run(self, work: Callable[[Held], T]) -> T:
        """Return what work makes of a session; work runs once more when the token was lost.

        Raises:
            HsmUnavailable: the token does not serve, or no session came free in time.
        """
        if not self._turns.acquire(timeout=self._settings.wait_seconds):
            raise HsmUnavailable(
                f"all {self._settings.sessions} sessions are busy "
                f"for {self._settings.wait_seconds:g} seconds"
            )
        try:
            return self._tried(work)
        finally:
            self._turns.release()

    def logged_in(self, held: Held) -> bool:
        """Whether a session sees private objects; without a login none seems to be there."""
        # Otherwise the login was lost, and another thread has logged in again.
        same = held.login == self._login
        return same and self.module.raw.logged_in(_handle(held.session))

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Keep all other threads and processes from making or destroying objects; only inside
        `run`.

        SoftHSM writes an object in several steps and loses some of them now and then when another
        process makes one meanwhile: a key it had reported as made is gone (observed, SoftHSM 2.6).
        """
        own = self._settings.own
        with self.module.changing, nullcontext() if own is None else held_file(own.lock):
            yield

    @property
    def module(self) -> Module:
        """The loaded module; only inside `run`."""
        assert self._module is not None, "work runs inside a session"  # noqa: S101
        return self._module

    @property
    def token(self) -> Token:
        """The token; only inside `run`."""
        assert self._token is not None, "work runs inside a session"  # noqa: S101
        return self._token

    def close(self) -> None:
        """Let calls end, close the sessions and let go of the module."""
        self._closed = True
        with loading:
            self._forget()
            if self._module is not None:
                release(self._module)
                self._module = None

    def _tried(self, work: Callable[[Held], T]) -> T:
        last: Exception | None = None
        for _ in range(_TRIES):
            held, module = self._take(), self._module
            if module is None:
                raise HsmUnavailable(_CLOSED)
            try:
                with module.gate:
                    result = work(held)
            except (PKCS11Error, SessionLost) as failed:
                last = failed
                if is_lost(failed):
                    self._drop(held)
                    continue
                with loading:
                    _close(held.session)
                if not isinstance(failed, DOUBTFUL):
                    break
            except BaseException:
                self._free.append(held)
                raise
            else:
                self._free.append(held)
                return result
        raise HsmUnavailable(f"the module answers {_word(last)}") from last

    def _take(self) -> Held:
        if self._closed:
            raise HsmUnavailable(_CLOSED)
        module = self._module
        if module is not None:
            module.check_process()
        while True:
            try:
                held = self._free.pop()
            except IndexError:
                return self._open()
            if held.login == self._login:
                return held
            with loading:
                _close(held.session)

    def _open(self) -> Held:
        with loading:
            try:
                token = self._ready()
                return Held(token.open(rw=True), self._login)
            except PKCS11Error as bad:
                self._forget()
                raise HsmUnavailable(f"no session opens: {_word(bad)}") from bad

    def _ready(self) -> Token:
        """Return the token after a login that holds until `_forget`."""
        if self._closed:
            raise HsmUnavailable(_CLOSED)
        if self._refused:
            raise HsmUnavailable(self._refused)
        if self._module is None:
            own = self._settings.own
            self._module = acquire(self._settings.module, None if own is None else own.config)
        if self._anchor is None or self._token is None:
            self._module.check()
            self._token = find_token(self._module, self._settings)
            self._anchor = self._token.open(rw=True)
            self._log_in(self._module, self._anchor)
        return self._token

    def _log_in(self, module: Module, session: Session) -> None:
        """Log in once for all sessions.

        SECURITY: a refused PIN is not tried again, since tokens lock after a few wrong ones.
        """
        own = self._settings.own
        # SoftHSM writes the token's object at each login, and fails when two processes do.
        with nullcontext() if own is None else held_file(own.lock):
            code = module.raw.login(_handle(session), self._settings.pin.reveal())
        if code in (cryptoki.OK, cryptoki.USER_ALREADY_LOGGED_IN):
            return
        self._forget()
        why = _PIN_REFUSED.get(code, f"code 0x{code:x}")
        text = f"the token `{self._settings.token_label}` refuses the login: {why}"
        if code in _PIN_REFUSED:
            self._refused = text
        raise HsmUnavailable(text)

    def _drop(self, held: Held) -> None:
        """Forget a lost session, and with it all of the same login."""
        with loading:
            _close(held.session)
            if held.login == self._login:
                self._forget()

    def _forget(self) -> None:
        self._login += 1
        anchor, self._anchor, self._token = self._anchor, None, None
        with suppress(IndexError):
            while True:
                _close(self._free.pop().session)
        if anchor is not None:
            _close(anchor)


def is_lost(failed: Exception) -> bool:
    """Whether a new session could cure the failure."""
    if isinstance(failed, _LOST):
        return True
    # python-pkcs11 has no class of its own for a module that was finalised.
    return type(failed) is PKCS11Error and str(failed).startswith(_NOT_INITIALISED)


def _word(failed: Exception | None) -> str:
    return type(failed).__name__


def _handle(session: Any) -> int:
    return int(session.handle)


def _close(session: Session) -> None:
    # A session that is gone already needs no closing.
    with suppress(PKCS11Error):
        session.close()
