"""A Terraform plan, in the form of `terraform show -json`.

Source: Terraform, JSON output format, plan representation (documented).
"""

from typing import Any

import msgspec


class BadPlan(Exception):
    """The bytes are no Terraform plan in JSON."""


class Change(msgspec.Struct, frozen=True):
    """A change: `delete` with `create` is a replacement.

    after: Attributes that are known. after_unknown: True at the names of all others.
    """

    actions: list[str]
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    after_unknown: dict[str, Any] | bool | None = None


class ResourceChange(msgspec.Struct, frozen=True):
    """The change of one resource; the actions of one that stays as it is are `no-op`."""

    address: str
    type: str
    change: Change
    mode: str = "managed"


class ConfiguredResource(msgspec.Struct, frozen=True):
    """A resource as it is written. expressions: By attribute; of a block, a list of such maps."""

    address: str
    expressions: dict[str, Any] = {}


class Output(msgspec.Struct, frozen=True):
    """A value that a module gives to the module that calls it."""

    expression: dict[str, Any] = {}


class Call(msgspec.Struct, frozen=True):
    """A call of a module, with what its variables are given."""

    module: "Module" = msgspec.field(default_factory=lambda: Module())  # noqa: PLW0108  # defined below
    expressions: dict[str, Any] = {}


class Module(msgspec.Struct, frozen=True):
    """The text of a module."""

    resources: list[ConfiguredResource] = []
    module_calls: dict[str, Call] = {}
    outputs: dict[str, Output] = {}


class Configuration(msgspec.Struct, frozen=True):
    """The text of the plan: of an expression the plan says only which things it names."""

    root_module: Module = Module()


class Plan(msgspec.Struct, frozen=True):
    """A plan."""

    format_version: str
    resource_changes: list[ResourceChange] = []
    configuration: Configuration = Configuration()


def plan_of(data: bytes) -> Plan:
    """Read a plan.

    Raises:
        BadPlan: the bytes are something else, such as the file that `terraform plan -out` writes.
    """
    try:
        plan = msgspec.json.decode(data, type=Plan)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadPlan("this is no plan: write one with `terraform show -json PLANFILE`") from None
    if not plan.format_version.startswith("1."):
        raise BadPlan(f"a plan of the form `{plan.format_version}`, which is not known")
    return plan
