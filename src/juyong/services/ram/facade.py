"""What other services, the gateway and the operator's commands may call of RAM."""

from juyong.services.ram.accounts import (
    NewAccount,
    account_named,
    active_key_of,
    create_account,
)
from juyong.services.ram.principals import Credential, Principals, epoch_of
from juyong.services.ram.tables import AccountRow

__all__ = [
    "AccountRow",
    "Credential",
    "NewAccount",
    "Principals",
    "account_named",
    "active_key_of",
    "create_account",
    "epoch_of",
]
