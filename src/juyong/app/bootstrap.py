"""First start: the first account, its administrator, and the credentials file for the operator."""

import json
from collections.abc import Mapping

import msgspec

from juyong.app.home import Home
from juyong.base.clock import Clock
from juyong.base.private_file import write_private
from juyong.services.identity.facade import (
    FIRST_ACCOUNT,
    AccountRow,
    NewAccount,
    create_account,
)
from juyong.store.errors import Duplicate
from juyong.store.executor import Executor
from juyong.store.transaction import Transaction


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """The administrator's AccessKey, as the operator's commands use it."""

    account_id: str
    user_name: str
    access_key_id: str
    access_key_secret: str

    def __repr__(self) -> str:
        return f"Credentials({self.access_key_id})"


def ensure_first_account(home: Home, store: Executor, clock: Clock) -> bool:
    """Create the first account if the store has none; True when it did.

    The credentials reach the file before the transaction commits: a crash in between leaves an
    unused file that the next start replaces, never an account without known credentials.
    """

    def work(tx: Transaction) -> bool:
        if tx.count(AccountRow):
            return False
        made = create_account(tx, FIRST_ACCOUNT, clock())
        write_private(home.credentials, encode_credentials(made))
        return True

    try:
        return store.call(work)
    except Duplicate:
        return False


def encode_credentials(made: NewAccount) -> bytes:
    """Render a new account's credentials for the 0600 file."""
    members: Mapping[str, str] = {
        "account_id": made.account_id,
        "user_name": made.user_name,
        "access_key_id": made.access_key_id,
        "access_key_secret": made.secret.reveal(),
    }
    return json.dumps(members, indent=1).encode() + b"\n"


def read_credentials(home: Home) -> Credentials:
    """Read the administrator's credentials.

    Raises:
        FileNotFoundError: the platform was never started with this home.
    """
    return Credentials(**json.loads(home.credentials.read_text()))
