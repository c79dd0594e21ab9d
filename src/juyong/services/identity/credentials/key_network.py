"""The addresses from where AccessKeys may be used: policies, and the check for the gateway.

Source: RAM documentation, network access restriction of AccessKeys (documented): the policy of a
key that is on stands in place of the account's, at most eight statements; 50 addresses a statement,
and that a policy that is on lets through only addresses that a statement names (assumed).
"""

import ipaddress
import re
from functools import lru_cache
from typing import Annotated, Literal

import msgspec

from juyong.api.resource import Resource
from juyong.base.ids import AccountId
from juyong.engines.credentials.network import BadMask, Network, parse_masks
from juyong.services.identity.credentials.tables import AccessKeyPolicyRow
from juyong.services.identity.errors import missing
from juyong.store.transaction import Transaction

WHOLE_ACCOUNT = ""
MOST_STATEMENTS = 8
MOST_ADDRESSES = 50
ALL_VPCS = "AllowAllVPC"
_MOST_CHARS = 32_768
_VPC = re.compile(r"vpc-[A-Za-z0-9\-]{1,64}", re.ASCII)


class BadKeyPolicy(ValueError):
    """The document is no network policy; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Public(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="Type",
    tag="ClassicWhiteList",
    forbid_unknown_fields=True,
):
    """Addresses on the internet."""

    addresses: Annotated[list[str], msgspec.Meta(min_length=1, max_length=MOST_ADDRESSES)] = (
        msgspec.field(name="IPList")
    )


class _Private(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="Type",
    tag="VPCWhiteList",
    forbid_unknown_fields=True,
):
    """Addresses inside one VPC, or inside any."""

    vpc: str = msgspec.field(name="Value")
    addresses: Annotated[list[str], msgspec.Meta(min_length=1, max_length=MOST_ADDRESSES)] = (
        msgspec.field(name="IPList")
    )


class _Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: Literal[1] = msgspec.field(name="Version", default=1)
    status: Literal["Active", "Inactive"] = msgspec.field(name="Status")
    statements: (
        Annotated[list[_Public | _Private], msgspec.Meta(max_length=MOST_STATEMENTS)] | None
    ) = msgspec.field(name="Statements", default=None)


class _Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`vpc`: None for the internet."""

    vpc: str | None
    networks: tuple[Network, ...]


class KeyPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy that was read. `document`: its text as stored and returned."""

    document: str
    active: bool
    rules: tuple[_Rule, ...]

    def allows(self, source_ip: str, vpc_id: str | None) -> bool:
        """Tell whether the rules name an address, on the internet or in a VPC."""
        try:
            address = ipaddress.ip_address(source_ip)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(
            address in network
            for rule in self.rules
            if _reaches(rule.vpc, vpc_id)
            for network in rule.networks
        )


@lru_cache(maxsize=256)
def parse_key_policy(text: str) -> KeyPolicy:
    """Read a network policy.

    Raises:
        BadKeyPolicy: the text is no such document, or is on and would refuse every address.

    Cost: linear in the text, of which 32,768 characters are read at most.
    """
    if len(text) > _MOST_CHARS:
        raise BadKeyPolicy("it is too long")
    try:
        document = msgspec.json.decode(text, type=_Document)
    except (msgspec.DecodeError, RecursionError) as bad:
        raise BadKeyPolicy("it does not have the form of a policy") from bad
    statements = document.statements or []
    active = document.status == "Active"
    if active and not statements:
        raise BadKeyPolicy("a policy that is on needs a statement")
    kept = _Document(status=document.status, statements=statements)
    return KeyPolicy(
        document=msgspec.json.encode(kept).decode(),
        active=active,
        rules=tuple(_rule(statement) for statement in statements),
    )


NoKeyPolicy = missing(
    "EntityNotExist.AccessKeyPolicy", "access key policy", "No policy was ever set."
)
KEY_POLICY = Resource(
    kind="ACS::RAM::AccessKeyPolicy",
    row=AccessKeyPolicyRow,
    id="access_key_id",
    name="access_key_id",
    arn="ram:accesskeypolicy/",
    find=lambda ctx, held_by: ctx.tx.get(AccessKeyPolicyRow, ctx.account_id, held_by),
    missing=NoKeyPolicy,
    state=lambda _tx, row: msgspec.Raw(row.document.encode()),
)
"""The policy of the whole account has no id, as WHOLE_ACCOUNT says."""


def effective_key_policy(
    tx: Transaction, account_id: AccountId, access_key_id: str
) -> KeyPolicy | None:
    """Return the policy a key is under, its own or its account's; None restricts nothing.

    A policy that is switched off counts as none: the account's policy then applies to the key.

    Cost: at most two keyed reads. The rows raise the account's epoch, so the answer may be kept
    under it.
    """
    for held_by in (access_key_id, WHOLE_ACCOUNT):
        row = tx.get(AccessKeyPolicyRow, account_id, held_by)
        policy = parse_key_policy(row.document) if row else None
        if policy is not None and policy.active:
            return policy
    return None


def _reaches(rule_vpc: str | None, vpc_id: str | None) -> bool:
    if rule_vpc is None or vpc_id is None:
        return rule_vpc is vpc_id
    return rule_vpc in (ALL_VPCS, vpc_id)


def _rule(statement: _Public | _Private) -> _Rule:
    networks = tuple(_network(entry) for entry in statement.addresses)
    if isinstance(statement, _Public):
        return _Rule(vpc=None, networks=networks)
    if statement.vpc != ALL_VPCS and not _VPC.fullmatch(statement.vpc):
        raise BadKeyPolicy("Value must be AllowAllVPC or the id of a VPC")
    return _Rule(vpc=statement.vpc, networks=networks)


def _network(entry: str) -> Network:
    try:
        networks = parse_masks(entry)
    except BadMask as bad:
        raise BadKeyPolicy(bad.reason) from bad
    if len(networks) != 1:
        raise BadKeyPolicy(f"`{entry}` is not one address or CIDR block")
    return networks[0]
