"""The databases whose accounts are rotated, as the rds service offers them."""

import importlib
from typing import Any, Protocol, cast

from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.transaction import Transaction

Target = Any


class Databases(Protocol):
    """What rotation needs; all but `find_instance` wait for the network and may be repeated."""

    def find_instance(
        self, tx: Transaction, account_id: AccountId, region: str, instance_id: str
    ) -> Target | None:
        """Return where a registered instance is."""
        ...

    def set_password(self, target: Target, account_name: str, password: Secret) -> None:
        """Give an account a password."""
        ...

    def create_account(self, target: Target, account_name: str, password: Secret) -> bool:
        """See to it that an account exists and has this password; True if it was made."""
        ...

    def clone_privileges(self, target: Target, source: str, copy: str) -> None:
        """Let `copy` do all that `source` may."""
        ...

    def can_log_in(self, target: Target, account_name: str, password: Secret) -> bool:
        """Try an account's password."""
        ...


def registered() -> Databases:
    """Return the registered databases."""
    return cast("Databases", importlib.import_module("juyong.services.rds.facade"))
