"""The rights of users over themselves, and their sign-in."""

from typing import Annotated

from juyong.api.errors import InvalidField
from juyong.api.fields import Between, Clearable, Doc
from juyong.base.ids import AccountId
from juyong.engines.credentials.network import BadMask, parse_masks
from juyong.services.identity.account.settings import setting, setting_of
from juyong.services.identity.account.tables import SecurityPreferenceRow
from juyong.store.transaction import Transaction


class NetworkMasks:
    """Addresses and CIDR blocks separated by `;`, at most 40 and 512 characters."""

    def check(self, name: str, value: str) -> None:
        """Refuse masks that the sign-in could not read."""
        try:
            parse_masks(value)
        except BadMask as bad:
            raise InvalidField(name, "Format") from bad


LoginNetworkMasks = Annotated[
    str, NetworkMasks(), Clearable(), Doc("From where users may sign in; empty is anywhere.")
]
LoginSessionDuration = Annotated[int, Between(1, 24), Doc("1 to 24 hours.")]
SECURITY_PREFERENCE = setting("SecurityPreference", SecurityPreferenceRow)


def preference_of(tx: Transaction, account_id: AccountId) -> SecurityPreferenceRow:
    """Return an account's preferences; the defaults if it never set any."""
    return setting_of(tx, SecurityPreferenceRow, account_id)
