"""What names a secret: its name, or, for reads across accounts, its ARN.

Source: KMS API reference, CreateSecret (documented); ARNs as names (assumed, as with keys).
"""

import re
from typing import Annotated, NamedTuple

from juyong.api.context import Context
from juyong.api.fields import Doc, Text
from juyong.base.ids import AccountId
from juyong.base.names import BadResourceName, parse_resource_name

NAME_CHARS = r"A-Za-z0-9_/+=.@\-"
SecretName = Annotated[str, Text(1, 192, chars=NAME_CHARS), Doc("The secret.")]
"""The name of a secret of the caller's account."""
SecretReference = Annotated[
    str,
    Text(1, 320, chars=NAME_CHARS + ":"),
    Doc("The secret; by its ARN that of another account."),
]
"""A SecretName parameter that may also be an ARN."""
VersionId = Annotated[
    str,
    Text(1, 64, chars=NAME_CHARS),
    Doc("Which version; the stage must then sit on it. Not of managed secrets."),
]
Stage = Annotated[
    str,
    Text(1, 64, chars=NAME_CHARS),
    Doc("Which version, by its stage; without either `ACSCurrent`."),
]
RESOURCE = "ACS::KMS::Secret"
"""The type of a secret in events and snapshots."""
_RELATIVE = "secret/"
_STAGE = re.compile(f"[{NAME_CHARS}]{{1,64}}")


class Reference(NamedTuple):
    """Which secret is meant: whose, where, and its name."""

    account_id: AccountId
    region: str
    name: str


def secret_arn(account_id: AccountId, region: str, name: str) -> str:
    """Name a secret."""
    return f"acs:kms:{region}:{account_id}:{_RELATIVE}{name}"


def refer(ctx: Context, name: str) -> Reference:
    """Read a SecretName parameter; what is no ARN means the caller's account and the region."""
    if name.startswith("acs:"):
        try:
            parsed = parse_resource_name(name)
        except BadResourceName:
            return Reference(account_id=ctx.account_id, region=ctx.region, name=name)
        return Reference(
            account_id=AccountId(parsed.account_id),
            region=parsed.region,
            name=parsed.relative.removeprefix(_RELATIVE),
        )
    return Reference(account_id=ctx.account_id, region=ctx.region, name=name)


def is_stage(text: str) -> bool:
    """Tell whether a text can be a stage."""
    return _STAGE.fullmatch(text) is not None
