"""The environment of a client, from a home and the identity to act as."""

import os
from pathlib import Path

from juyong.app.bootstrap import FIRST_ACCOUNT, Credentials, read_credentials
from juyong.app.home import Home, open_home
from juyong.app.presence import running_server
from juyong.app.refusals import OperatorError
from juyong.app.settings import load_settings
from juyong.cli.clientenv.environment import client_environment


def environment_for(path: Path, *, as_user: str | None, account: str) -> dict[str, str]:
    """Return the variables for the administrator, or for another user of any account.

    Raises:
        OperatorError: no server runs with this home, or the user has no active AccessKey.
    """
    # Asking must not make a home where somebody mistyped a path.
    server = running_server(open_home(path)) if path.is_dir() else None
    if server is None:
        raise OperatorError(f"no server runs with `{path}`; start one: juyong serve --home {path}")
    home = open_home(path)
    credentials = _credentials(home, as_user, account)
    return client_environment(
        home.path.resolve(),
        port=server.port,
        access_key_id=credentials.access_key_id,
        access_key_secret=credentials.access_key_secret,
        security_token=None,
        region=load_settings(home.settings).region,
        account_id=credentials.account_id,
        inherited=os.environ,
    )


def _credentials(home: Home, as_user: str | None, account: str) -> Credentials:
    if as_user is None and account == FIRST_ACCOUNT:
        return read_credentials(home)
    from juyong.app.operator import credentials_of  # noqa: PLC0415  # opens the store

    return credentials_of(home, account, as_user)
