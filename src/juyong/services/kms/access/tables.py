"""Network rules, policies, access points and client keys, of an account in a region."""

from dataclasses import dataclass

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("kms_network_rule", key=("account_id", "region", "name"))
@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRuleRow:
    """Addresses under a name. sources: As the caller wrote them."""

    account_id: AccountId
    region: str
    name: str
    kind: str
    sources: str
    description: str
    version: int = 0


@table("kms_access_policy", key=("account_id", "region", "name"))
@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPolicyRow:
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
@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPointRow:
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
@dataclass(frozen=True, slots=True, kw_only=True)
class ClientKeyRow:
    """A client key of an access point, by its certificate (PEM); the private half is not kept."""

    client_key_id: str
    account_id: AccountId
    region: str
    point_name: str
    certificate: str
    not_before: Instant
    not_after: Instant
    created_at: Instant
