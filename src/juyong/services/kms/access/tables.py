"""Network rules, policies, access points and client keys, of an account in a region."""

from typing import ClassVar

import msgspec

from juyong.api.caller import AccessPoint
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table

_KEY = ("account_id", "region", "name")


class NamedRow(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of what has a name in an account and region. path: How names of a type begin."""

    path: ClassVar[str]
    account_id: AccountId
    region: str
    name: str
    description: str
    version: int = 0

    @property
    def arn(self) -> str:
        """Return the ARN."""
        return f"acs:kms:{self.region}:{self.account_id}:{self.path}{self.name}"


@table("kms_network_rule", key=_KEY)
class NetworkRuleRow(NamedRow, frozen=True, kw_only=True):
    """Addresses under a name. sources: As the caller wrote them."""

    path = "network/"
    kind: str
    sources: str


@table("kms_access_policy", key=_KEY)
class AccessPolicyRow(NamedRow, frozen=True, kw_only=True):
    """Permissions on keys and secrets. permissions, resources, rules: JSON lists of texts."""

    path = "policy/"
    instance_id: str
    permissions: str
    resources: str
    rules: str


@table("kms_access_point", key=_KEY)
class AccessPointRow(NamedRow, frozen=True, kw_only=True):
    """An identity that has policies. policies: A JSON list of their names."""

    path = "applicationaccesspoint/"
    method: str
    policies: str


@table(
    "kms_client_key",
    key=("client_key_id",),
    index=(("account_id", "region", "point_name", "client_key_id"),),
)
class ClientKeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A client key of an access point, by its certificate (PEM); the private half is not kept."""

    client_key_id: str
    account_id: AccountId
    region: str
    point_name: str
    certificate: str
    not_before: Instant
    not_after: Instant
    created_at: Instant

    @property
    def caller(self) -> AccessPoint:
        """Return the caller of a call under the client key."""
        return AccessPoint(
            account_id=self.account_id,
            region=self.region,
            name=self.point_name,
            client_key_id=self.client_key_id,
        )
