"""Where an instance was put: the BindVpcs parameter, and lists of zones and switches.

The platform has no networks of its own: what is said of them is kept and shown, and nothing is
reachable or unreachable for it.
"""

import re
from typing import Annotated

import msgspec

from juyong.api.shape import Shape
from juyong.services.kms.errors import InvalidParameter

_ID = r"[a-z0-9][a-z0-9\-]{0,62}"
_VPC, _SWITCH = f"vpc-{_ID}", f"vsw-{_ID}"
_REGION = r"[a-z]{2,8}-[a-z0-9\-]{2,30}"


class Network(Shape, frozen=True, kw_only=True):
    """A VPC from which an instance is used."""

    vpc_id: str
    vswitch_id: str = msgspec.field(name="VSwitchId")
    region_id: str
    vpc_owner_id: str


class _Given(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    vpc_id: Annotated[str, msgspec.Meta(pattern=f"^{_VPC}$")] = msgspec.field(name="VpcId")
    switch_id: Annotated[str, msgspec.Meta(pattern=f"^{_SWITCH}$")] = msgspec.field(
        name="VSwitchId"
    )
    region: Annotated[str, msgspec.Meta(pattern=f"^{_REGION}$")] = msgspec.field(name="RegionId")
    owner: int | Annotated[str, msgspec.Meta(pattern="^[0-9]{1,20}$")] = msgspec.field(
        name="VpcOwnerId"
    )


_decoder = msgspec.json.Decoder(list[_Given])
_stored = msgspec.json.Decoder(list[Network])


def parse_networks(text: str, *, most: int) -> list[Network]:
    """Read `[{"VpcId":"vpc-…","VSwitchId":"vsw-…","RegionId":"…","VpcOwnerId":…}]`.

    Raises:
        InvalidParameter: another form, a VPC twice, or more than `most`.
    """
    try:
        given = _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise InvalidParameter(name="BindVpcs") from None
    if len(given) > most or len({one.vpc_id for one in given}) != len(given):
        raise InvalidParameter(name="BindVpcs")
    return [
        Network(
            vpc_id=one.vpc_id,
            vswitch_id=one.switch_id,
            region_id=one.region,
            vpc_owner_id=_owner(one.owner),
        )
        for one in given
    ]


def stored_networks(networks: list[Network]) -> str:
    """Return networks as a row keeps them."""
    return msgspec.json.encode(networks).decode()


def bound_networks(stored: str) -> list[Network]:
    """Return the networks a row keeps."""
    return _stored.decode(stored)


def parse_list(name: str, text: str, pattern: str, *, least: int, most: int) -> str:
    """Check a list of distinct ids with commas between; returns it.

    Raises:
        InvalidParameter: another form, or too few or many.
    """
    items = text.split(",")
    if not least <= len(items) <= most or len(set(items)) != len(items):
        raise InvalidParameter(name=name)
    if not all(re.fullmatch(pattern, item) for item in items):
        raise InvalidParameter(name=name)
    return text


def parse_zones(text: str) -> str:
    """Check ZoneIds: two zones of a region."""
    return parse_list("ZoneIds", text, _REGION, least=2, most=2)


def parse_switches(text: str) -> str:
    """Check VSwitchIds: one or two switches."""
    return parse_list("VSwitchIds", text, _SWITCH, least=1, most=2)


def parse_vpc(text: str) -> str:
    """Check a VpcId."""
    return parse_list("VpcId", text, _VPC, least=1, most=1)


def _owner(owner: int | str) -> str:
    if isinstance(owner, str):
        return owner
    if not 0 < owner < 10**20:
        raise InvalidParameter(name="BindVpcs")
    return str(owner)
