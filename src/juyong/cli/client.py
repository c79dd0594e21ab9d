"""The environment of a client, from a home and the identity to act as."""

import os
from dataclasses import dataclass
from pathlib import Path

from juyong.api.command import OperatorError
from juyong.app.bootstrap import Credentials, read_credentials
from juyong.app.home import Home, open_home, serve_command
from juyong.app.presence import Presence, running_server
from juyong.app.settings import load_settings
from juyong.cli.clientenv.environment import client_environment
from juyong.services.identity.facade import FIRST_ACCOUNT


@dataclass(frozen=True, slots=True)
class Client:
    """An identity that calls the server of a home."""

    server: Presence
    _home: Home
    _credentials: Credentials

    def environment(self, *, proxied: bool) -> dict[str, str]:
        """Return the client's variables.

        Args:
            proxied: Name the proxy; False for a client whose network leads to the server by itself.
        """
        return client_environment(
            self._home.path.resolve(),
            port=self.server.port if proxied else None,
            access_key_id=self._credentials.access_key_id,
            access_key_secret=self._credentials.access_key_secret,
            security_token=None,
            region=load_settings(self._home.settings).region,
            account_id=self._credentials.account_id,
            inherited=os.environ,
        )


def client_of(path: Path, *, as_user: str | None, account: str) -> Client:
    """Return the administrator as a client, or another user of any account.

    Raises:
        OperatorError: no server runs with this home, or the user has no active AccessKey.
    """
    # A mistyped path must not create a home.
    server = running_server(open_home(path)) if path.is_dir() else None
    if server is None:
        raise OperatorError(f"no server runs with `{path}`; start one: {serve_command(path)}")
    home = open_home(path)
    return Client(server, home, _credentials(home, as_user, account))


def _credentials(home: Home, as_user: str | None, account: str) -> Credentials:
    if as_user is None and account == FIRST_ACCOUNT:
        return read_credentials(home)
    from juyong.app.operator import credentials_of  # noqa: PLC0415  # opens the store

    return credentials_of(home, account, as_user)
