"""The databases whose accounts are rotated, as the rds service offers them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.services.rds import facade as rds
from juyong.services.rds.facade import Target, TargetFailure
from juyong.store.transaction import Transaction


class DatabaseFailure(Exception):
    """The database did not do it; the text says why and holds no password."""


class Databases(Protocol):
    """What rotation needs; all but `find_instance` wait for the network and may be repeated.

    Each of those is bounded in time and raises DatabaseFailure only.
    """

    def find_instance(
        self, tx: Transaction, account_id: AccountId, region: str, instance_id: str
    ) -> Target | None:
        """Return where a registered instance is."""
        ...

    def has_account(self, target: Target, account_name: str) -> bool:
        """Tell whether the server has an account."""
        ...

    def set_password(self, target: Target, account_name: str, password: Secret) -> None:
        """Give an account a password."""
        ...

    def create_account(self, target: Target, account_name: str, password: Secret) -> None:
        """See to it that an account exists and has this password."""
        ...

    def clone_privileges(self, target: Target, source: str, copy: str) -> None:
        """Let `copy` do all that `source` may."""
        ...

    def can_log_in(self, target: Target, account_name: str, password: Secret) -> bool:
        """Try an account's password."""
        ...


class Registered:
    """The instances that are registered with the rds service."""

    def find_instance(
        self, tx: Transaction, account_id: AccountId, region: str, instance_id: str
    ) -> Target | None:
        """Return where a registered instance is."""
        return rds.find_instance(tx, account_id, region, instance_id)

    def has_account(self, target: Target, account_name: str) -> bool:
        """Tell whether the server has an account."""
        with _answering():
            return rds.has_account(target, account_name)

    def set_password(self, target: Target, account_name: str, password: Secret) -> None:
        """Give an account a password."""
        with _answering():
            rds.set_password(target, account_name, password)

    def create_account(self, target: Target, account_name: str, password: Secret) -> None:
        """See to it that an account exists and has this password."""
        with _answering():
            rds.create_account(target, account_name, password)

    def clone_privileges(self, target: Target, source: str, copy: str) -> None:
        """Let `copy` do all that `source` may."""
        with _answering():
            rds.clone_privileges(target, source, copy)

    def can_log_in(self, target: Target, account_name: str, password: Secret) -> bool:
        """Try an account's password."""
        with _answering():
            return rds.can_log_in(target, account_name, password)


REGISTERED: Databases = Registered()


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except TargetFailure as failure:
        raise DatabaseFailure(f"{type(failure).__name__}: {failure}") from failure
