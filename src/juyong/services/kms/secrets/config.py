"""The extended configuration of a secret: the target of a managed one, and users' own pairs.

Source: KMS API reference, CreateSecret, ExtendedConfig (documented). `Custom` of generic secrets,
which names the function that rotates them, is an addition of juyong: the real service leaves that
to the customer.
"""

from typing import Annotated, Literal

import msgspec

from juyong.api.shape import Shape
from juyong.services.kms.errors import InvalidParameter

GENERIC, RDS, RAM, ECS = "Generic", "Rds", "RAMCredentials", "ECS"
MANAGED = (RDS, RAM, ECS)
NOT_SERVED = dict.fromkeys(
    ("Redis", "PolarDB"),
    "this platform does not serve the database product whose accounts would be rotated",
)
SINGLE, DOUBLE = "SingleUser", "DoubleUsers"
SSH_KEY = "SSHKey"
MAX_CHARS = 1024
_MAX_PAIRS = 10

_Name = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9._-]{1,128}\Z")]
Pairs = Annotated[dict[str, str], msgspec.Meta(max_length=_MAX_PAIRS)]


class _Config(Shape, frozen=True, kw_only=True, forbid_unknown_fields=True):
    custom_data: Pairs = msgspec.field(default_factory=dict)


class RdsConfig(_Config, frozen=True, kw_only=True):
    """Accounts of a registered database."""

    secret_sub_type: Literal["SingleUser", "DoubleUsers"]
    db_instance_id: _Name


class RamConfig(_Config, frozen=True, kw_only=True):
    """The AccessKeys of a RAM user."""

    secret_sub_type: Literal["RamUserAccessKey"]
    user_name: _Name


class EcsConfig(_Config, frozen=True, kw_only=True):
    """The way into a server."""

    secret_sub_type: Literal["Password", "SSHKey"]
    region_id: _Name
    instance_id: _Name


class CustomConfig(_Config, frozen=True, kw_only=True):
    """A generic secret that a function rotates."""

    secret_sub_type: Literal["Custom"]
    rotation_function: Annotated[
        str, msgspec.Meta(pattern=r"\Aacs:fc:[a-z0-9-]{1,32}:[0-9]{1,32}:[A-Za-z0-9_./-]{1,256}\Z")
    ]


Config = RdsConfig | RamConfig | EcsConfig | CustomConfig
_SHAPES: dict[str, type[Config]] = {
    GENERIC: CustomConfig,
    RDS: RdsConfig,
    RAM: RamConfig,
    ECS: EcsConfig,
}


def read_config(secret_type: str, text: str | None) -> Config | None:
    """Read an ExtendedConfig parameter; a generic secret needs none; raises InvalidParameter."""
    if text is None and secret_type == GENERIC:
        return None
    if text is None or len(text) > MAX_CHARS:
        raise InvalidParameter(name="ExtendedConfig")
    try:
        return msgspec.json.decode(text, type=_SHAPES[secret_type])
    except (ValueError, RecursionError) as bad:
        raise InvalidParameter(name="ExtendedConfig") from bad


def read_pairs(given: str | dict[str, str]) -> str:
    """Read up to ten pairs, or JSON of them, and write them as stored; raises InvalidParameter."""
    try:
        pairs: object = msgspec.json.decode(given) if isinstance(given, str) else given
        return stored_pairs(msgspec.convert(pairs, type=Pairs))
    except (ValueError, RecursionError) as bad:
        raise InvalidParameter(name="ExtendedConfig.CustomData") from bad


def stored_pairs(pairs: dict[str, str]) -> str:
    """Write custom data as it is stored."""
    return msgspec.json.encode(pairs).decode()


def stored_config(config: Config | None) -> str:
    """Write a configuration without its custom data, as it is stored; empty for none."""
    if config is None:
        return ""
    fields = msgspec.to_builtins(config)
    del fields["CustomData"]
    return msgspec.json.encode(fields).decode()


def shown_config(config: str, custom_data: str) -> str:
    """Join both for a caller."""
    fields = {**msgspec.json.decode(config), "CustomData": msgspec.json.decode(custom_data or "{}")}
    return msgspec.json.encode(fields).decode()


def config_of(secret_type: str, config: str) -> Config | None:
    """Read a stored configuration back."""
    return msgspec.json.decode(config, type=_SHAPES[secret_type]) if config else None
