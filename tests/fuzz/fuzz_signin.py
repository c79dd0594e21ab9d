"""Bodies of the sign-in page, and session tokens: whatever arrives is read or refused."""

import asyncio
import contextlib

from juyong.api.request import Raw
from juyong.base.clock import Instant
from juyong.gateway.signin.password import signin_page
from juyong.services.identity.signin.sessions import BadSession, open_session

_KEY = bytes(32)

SEEDS: list[bytes] = [
    b'{"login_name":"alice@corp","password":"x"}',
    b'{"login_name":"1234567890123456","password":"x","mfa_code":"123456"}',
    b'{"login_name":"a@b","password":"x","enrolment":"t","enrolment_codes":["1","2"]}',
    b'{"login_name":"a\\u0000@b","password":"\\ud800"}',
    b"AQID",
    b"",
]


class _Reached(Exception):
    """The body was read: the page went on to what is behind it."""


class _Nothing:
    """Stands for the pipeline, which no refused body may reach."""

    def __getattr__(self, name: str) -> object:
        raise _Reached(name)


def target(data: bytes) -> None:
    """Read data as a body and as a token."""
    raw = Raw(
        method="POST",
        path="/signin",
        query="",
        headers={"content-type": "application/json"},
        body=data,
        peer="127.0.0.1",
        secure=True,
    )
    try:
        answer = asyncio.run(signin_page(_Nothing())(raw))  # type: ignore[arg-type]
        assert answer.status == 400
    except _Reached:
        pass
    with contextlib.suppress(BadSession, _Reached):
        open_session(_Nothing(), data.decode("latin-1"), _KEY, Instant(0))  # type: ignore[arg-type]
