"""Field rules of STS.

Source: STS API reference (documented).
"""

from typing import Annotated

import msgspec

from juyong.api.errors import InvalidField
from juyong.api.fields import Doc, Pattern, Text
from juyong.base.ids import AccountId
from juyong.base.names import parse_resource_name
from juyong.base.secret import Secret
from juyong.engines.federation.source_identity import is_source_identity


class _SourceIdentityForm(msgspec.Struct, frozen=True):
    def check(self, name: str, value: str) -> None:
        """Refuse a value that the engine would refuse in an assertion."""
        if not is_source_identity(value):
            raise InvalidField(name, "Format")


_PROVIDER = r"[A-Za-z0-9._\-]{1,128}"
RoleArn = Annotated[
    str,
    Pattern(r"acs:ram::[0-9]{1,32}:role/[A-Za-z0-9._@\-]{1,64}"),
    Doc("`acs:ram::<account>:role/<name>`, the name in whatever case."),
]
SamlProviderArn = Annotated[str, Pattern(rf"acs:ram::[0-9]{{1,32}}:saml-provider/{_PROVIDER}")]
OidcProviderArn = Annotated[str, Pattern(rf"acs:ram::[0-9]{{1,32}}:oidc-provider/{_PROVIDER}")]
RoleSessionName = Annotated[
    str, Text(2, 64, chars=r"A-Za-z0-9.@_\-"), Doc("2 to 64 characters; shows in events.")
]
ExternalId = Annotated[str, Text(2, 1224, chars=r"A-Za-z0-9_+=,.@:/\-")]
SourceIdentity = Annotated[str, _SourceIdentityForm()]
SamlAssertion = Annotated[Secret, Text(4, 100_000)]
OidcToken = Annotated[Secret, Text(4, 20_000)]


def split_arn(arn: str) -> tuple[AccountId, str]:
    """Return account and name of a role or provider whose form was checked."""
    named = parse_resource_name(arn)
    return AccountId(named.account_id), named.relative.partition("/")[2]
