"""The instance: how calls name one, what must be allowed, and what the inventory keeps.

Source: ECS API reference, DescribeInstances (documented); the condition keys of an instance, its
VPC and its tags (documented for tags; `ecs:VpcId` observed in policies of users).
"""

from typing import Annotated, Any

from msgspec.structs import replace

from juyong.api.access import ResourceRule
from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Items, OneOf, Pattern, Text
from juyong.api.resource import Quota, Resource, found_here
from juyong.api.shape import CreateDate, Of, Shape
from juyong.services.ecs.pages import texts_of
from juyong.services.ecs.tags import RULES
from juyong.services.network.machines import RUNNING as RUNNING  # noqa: PLC0414  # offered here too
from juyong.services.network.tables import InstanceRow

STOPPED = "Stopped"
InstanceId = Annotated[str, Text(1, 64), Doc("The instance.")]
InstanceIds = Annotated[list[str], Items(1, 100), Doc("1 to 100 instances; each must be allowed.")]
NAME = Pattern(r"(?!https?://)[A-Za-z\u4e00-\u9fff][\w\u4e00-\u9fff:.\-]{1,127}")
Name = Annotated[str, NAME, Doc("2 to 128 letters, digits, `:`, `_`, `.` and `-`; a letter first.")]
DESCRIPTION = Pattern(r"(?!https?://)(?s:.{2,256})")
Description = Annotated[str, DESCRIPTION, Doc("2 to 256 characters, no link first.")]
HostName = Annotated[
    str,
    Pattern(r"(?=.{2,64}\Z)[A-Za-z0-9]+([.\-][A-Za-z0-9]+)*"),
    Doc("2 to 64 letters, digits, `.` and `-`."),
]
Switch = Annotated[str, OneOf(("enabled", "disabled"))]
Tokens = Annotated[str, OneOf(("optional", "required"))]
NoInstance = fact(
    "InvalidInstanceId.NotFound",
    404,
    "The specified InstanceId does not exist.",
    why="The region has no such instance.",
)
TooManyInstances = fact(
    "QuotaExceed.ElasticQuota",
    403,
    "The number of the specified ECS instances has exceeded the quota of the instance type.",
    why="The region holds the quota `ecs.instances`.",
)
WrongStatus = fact(
    "IncorrectInstanceStatus",
    403,
    "The current status of the resource does not support this operation.",
    why="The instance runs, or does not run.",
)


class InstanceState(Shape, frozen=True, kw_only=True):
    """The inventory's state of an instance."""

    instance_id: str
    instance_name: str
    instance_type: str
    image_id: str
    host_name: str
    status: str
    vpc_id: str
    v_switch_id: Annotated[str, Of("vswitch_id")]
    zone_id: str
    ram_role_name: Annotated[str, Of("role_name")]
    key_pair_name: str
    deletion_protection: bool
    creation_time: CreateDate


_find = found_here(InstanceRow)

INSTANCE = Resource(
    kind="ACS::ECS::Instance",
    row=InstanceRow,
    id="instance_id",
    name="instance_id",
    arn="ecs:instance/",
    regional=True,
    find=_find,
    missing=NoInstance,
    quota=Quota("ecs.instances", TooManyInstances),
    state=InstanceState,
    tags=RULES,
)


def conditions_of_instance(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    """Return the condition keys that one instance of a call brings: its tags, VPC and type."""
    row = _find(ctx, arn.rpartition("/")[2])
    own = {} if row is None else keys_of(row.vpc_id, row.instance_type)
    return {**INSTANCE.tag_conditions(ctx, arn), **own}


def keys_of(vpc_id: str, instance_type: str) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of an instance that is, or is to be, in a VPC."""
    return {"ecs:VpcId": (vpc_id,), **type_keys(instance_type)}


def type_keys(instance_type: str) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of a type."""
    return {
        "ecs:InstanceType": (instance_type,),
        "ecs:InstanceTypeFamily": (instance_type.rpartition(".")[0],),
    }


ONE = replace(INSTANCE.by(instance_id=InstanceId), conditions=conditions_of_instance)
"""One instance by its id, judged under its tags and VPC."""


def each_of(parameter: str, wire: str = "") -> ResourceRule:
    """Name each instance of a call whose parameter is a list of ids.

    wire: The name of a parameter that is a JSON array as one text; a text that is none names all.
    """

    def rule(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
        given: Any = arguments[parameter]
        ids = texts_of(wire, given) if wire else given
        return tuple(INSTANCE.arn_named(ctx, each) for each in dict.fromkeys(ids))

    return rule


def the_instances(ctx: Context, ids: list[str] | tuple[str, ...]) -> list[InstanceRow]:
    """Return the rows of ids, each once, before anything is done to the first of them.

    Raises:
        NoInstance: an id is of none.
    """
    return [INSTANCE.the(ctx, each) for each in dict.fromkeys(ids)]


def own_instances(ctx: Context) -> list[InstanceRow]:
    """Return all instances of the account in the region called."""
    return ctx.tx.find(InstanceRow, account_id=ctx.account_id, region=ctx.region)
