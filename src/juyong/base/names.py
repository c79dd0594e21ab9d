"""Resource names: `acs:<service>:<region>:<account>:<relative>`."""

import msgspec

from juyong.base.ids import AccountId


class BadResourceName(ValueError):
    """The text is no resource name."""


class ResourceName(msgspec.Struct, frozen=True, kw_only=True):
    """One parsed resource name; region and account may be empty or `*`."""

    service: str
    region: str
    account_id: str
    relative: str

    def __str__(self) -> str:
        """Render in wire form."""
        return f"acs:{self.service}:{self.region}:{self.account_id}:{self.relative}"


_FIELDS = 5


def parse_resource_name(text: str) -> ResourceName:
    """Split a resource name on its first four colons.

    Raises:
        BadResourceName: fewer fields, or another scheme than `acs`.
    """
    parts = text.split(":", _FIELDS - 1)
    if len(parts) != _FIELDS or parts[0] != "acs":
        raise BadResourceName(text)
    _, service, region, account_id, relative = parts
    return ResourceName(service=service, region=region, account_id=account_id, relative=relative)


def ram_arn(account_id: AccountId | str, relative: str) -> str:
    """Name a RAM resource; RAM is global, so the region field is empty."""
    return f"acs:ram::{account_id}:{relative}"
