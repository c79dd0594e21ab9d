"""Network rules, policies, access points and client keys, of an account in a region."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("kms_network_rule", key=("account_id", "region", "name"))
class NetworkRuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses under a name. sources: As the caller wrote them."""

    account_id: AccountId
    region: str
    name: str
    kind: str
    sources: str
    description: str
    version: int = 0


@table("kms_access_policy", key=("account_id", "region", "name"))
class AccessPolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """Permissions on keys and secrets. permissions, resources, rules: JSON lists of texts."""

    account_id: AccountId
    region: str
    name: str
    instance_id: str
    permissions: str
    resources: str
    rules: str
    description: str
    version: int = 0


@table("kms_access_point", key=("account_id", "region", "name"))
class AccessPointRow(msgspec.Struct, frozen=True, kw_only=True):
    """An identity that has policies. policies: A JSON list of their names."""

    account_id: AccountId
    region: str
    name: str
    method: str
    policies: str
    description: str
    version: int = 0


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
