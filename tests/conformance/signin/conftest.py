"""The sign-in pages of the running server, and users who can sign in."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from alibabacloud_ram20150501 import models as m
from tests.conformance.harness import Server

from juyong.gateway.signin import signin_pages
from juyong.gateway.throttle import Throttle
from juyong.services.identity.facade import NewAccount

PASSWORD = "correct-Horse-0"
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Spares each plain call the reading of all authorities, which takes 20 ms."""


@dataclass
class Pages:
    """A browser's view of the sign-in pages."""

    url: str
    account_id: str

    def post(self, path: str, **members: Any) -> tuple[int, dict[str, Any]]:
        """Send JSON; the status and the JSON that came back."""
        answer = httpx.post(self.url + path, json=members, timeout=30, verify=_NO_TLS)
        return answer.status_code, answer.json()

    def attempt(self, user: str = "alice", password: str = PASSWORD, **more: Any):
        """Try to sign in as a user of the account."""
        return self.post(
            "/signin", login_name=f"{user}@{self.account_id}", password=password, **more
        )

    def enter(self, user: str = "alice", password: str = PASSWORD, **more: Any):
        """Sign in; the answer."""
        status, body = self.attempt(user, password, **more)
        assert status == 200, body
        return body

    def refuse(self, status: int, code: str, *args: Any, **more: Any) -> dict[str, Any]:
        """Expect an attempt to be refused; the answer."""
        got, body = self.attempt(*args, **more)
        assert (got, body["code"]) == (status, code), body
        assert "session" not in body
        return body


@pytest.fixture
def pages(server: Server, account: NewAccount, monkeypatch: pytest.MonkeyPatch) -> Pages:
    """The pages, for the account of the test, with rates of its own."""
    application, pipeline = server.running.application, server.running.pipeline
    monkeypatch.setattr(pipeline, "throttle", Throttle())
    application._pages = {**application._pages, **signin_pages(pipeline)}
    return Pages(f"http://127.0.0.1:{server.port}", account.account_id)


@pytest.fixture
def browser(pages: Pages, server: Server) -> Pages:
    """The pages where passkeys work: under a name instead of an address."""
    return replace(pages, url=f"http://localhost:{server.port}")


@pytest.fixture
def alice(ram: Any) -> str:
    """A user with console access; her id."""
    made = ram.create_user(m.CreateUserRequest(user_name="alice")).body.user
    ram.create_login_profile(m.CreateLoginProfileRequest(user_name="alice", password=PASSWORD))
    return made.user_id


@pytest.fixture
def later(server: Server) -> Iterator[Callable[[int], None]]:
    """Move the server's clock on by seconds, until the test ends."""

    def move(seconds: int) -> None:
        server.clock.offset += seconds

    yield move
    server.clock.offset = 0


@pytest.fixture
def caller(server: Server) -> Callable[[str], Any]:
    """Return whom a session token stands for; BadSession if nobody."""
    from juyong.services.identity.signin.sessions import open_session, signed_in

    key = server.running.pipeline.platform.keys["signin"]

    def find(token: str) -> Any:
        return server.running.store.call(
            lambda tx: signed_in(tx, open_session(tx, token, key, server.clock()))
        )

    return find


@pytest.fixture
def events(server: Server, account: NewAccount) -> Callable[[], list[dict[str, Any]]]:
    """Return the account's sign-in events, oldest first, each with its `evidence`."""
    import msgspec

    from juyong.audit.evidence import read_evidence
    from juyong.audit.tables import EventRow

    def find() -> list[dict[str, Any]]:
        server.running.store.settle()
        rows = server.running.store.call(
            lambda tx: tx.find(EventRow, order=("seq",), account_id=account.account_id)
        )
        evidence = [{"evidence": read_evidence(row.evidence).questions} for row in rows]
        bodies = [msgspec.json.decode(row.body) for row in rows]
        found = [body | asked for body, asked in zip(bodies, evidence, strict=True)]
        return [e for e in found if e["eventType"].startswith("Console")]

    return find
