"""Make instances: RunInstances and CreateInstance.

Source: ECS API reference, RunInstances and CreateInstance (documented). An instance is made, and
starts, in the transaction of its call: clients never see a state in between (clients wait for
Running, or Stopped, and take either at once).
"""

from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address
from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import MissingField, fact
from juyong.api.fields import Between, Doc, Grouped
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED, ONCE
from juyong.api.shape import Shape
from juyong.api.tags import pairs_of
from juyong.base.ids import new_instance_id, new_uuid
from juyong.base.secret import Secret
from juyong.services.ecs.content.types import TYPES
from juyong.services.ecs.disks.attaching import TooManyDisks
from juyong.services.ecs.disks.disk import (
    MAKING,
    MAKING_OF_SNAPSHOT,
    MAKING_SYSTEM,
    MOST_DISKS,
    make_disk,
)
from juyong.services.ecs.images.image import NoImage, WrongImageStatus
from juyong.services.ecs.interfaces.interface import TooManyInterfaces
from juyong.services.ecs.interfaces.making import (
    ADDRESSING,
    PLACING,
    groups_in,
    make_interface,
    the_vswitch,
)
from juyong.services.ecs.interfaces.making import Wanted as WantedInterface
from juyong.services.ecs.key_pairs import KEY_PAIR, NoKeyPair, Region, check_region
from juyong.services.ecs.machines.asked import AnyWanted, Wanted, WantedSeveral
from juyong.services.ecs.machines.machine import INSTANCE, RUNNING, STOPPED, TooManyInstances
from juyong.services.ecs.machines.passing import NoRole, NotEcsRoleAtLaunch, the_role
from juyong.services.ecs.machines.unsupported import LAUNCHING
from juyong.services.ecs.machines.unsupported import RUNNING as RUNNING_UNSUPPORTED
from juyong.services.ecs.machines.wanted import (
    Chosen,
    Mismatch,
    NoImageNamed,
    NoType,
    chosen_of,
    conditions_named,
    conditions_of,
    disks_wanted,
    named_on,
    needs_of_call,
)
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.snapshot_policies.policy import SNAPSHOT_POLICY, NoSuchPolicy
from juyong.services.ecs.tags import RULES, Tags
from juyong.services.ecs.templates.using import (
    USING,
    Launch,
    completed,
    conditions_of_each,
    conditions_with_template,
    named_with_template,
    needs_with_template,
)
from juyong.services.network.membership import TwoKinds
from juyong.services.network.tables import InstanceRow, VSwitchRow

NoVSwitchNamed = fact(
    "MissingParameter.VSwitchId",
    400,
    "The parameter VSwitchId must be given.",
    why="There are no instances outside of a VPC.",
)
NoGroupNamed = fact(
    "MissingParameter.SecurityGroupId",
    400,
    "The parameter SecurityGroupId must be given.",
    why="No security group is named; this platform makes none by itself.",
)
Conflict = fact(
    "InvalidParameter.Conflict",
    400,
    "The specified parameters conflict with each other.",
    why="Security groups are given in two ways.",
)
_RAISES = (
    *(NoImage, NoImageNamed, NoType, NoVSwitchNamed, NoGroupNamed, Mismatch, TooManyInstances),
    *(NoKeyPair, WrongImageStatus, TooManyDisks, NoSuchPolicy, *MAKING_OF_SNAPSHOT),
    *(NoRole, NotEcsRoleAtLaunch, *PLACING, *ADDRESSING, *MAKING, *MAKING_SYSTEM),
)


class InstanceIds(Shape, frozen=True, kw_only=True):
    """The ids of new instances."""

    instance_id_set: list[str]


class RunInstancesAnswer(Shape, frozen=True, kw_only=True):
    """The new instances."""

    instance_id_sets: InstanceIds


class CreateInstanceAnswer(Shape, frozen=True, kw_only=True):
    """The new instance."""

    instance_id: str


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """The vSwitch and security groups of an instance to make."""

    vswitch: VSwitchRow
    group_ids: tuple[str, ...]


@operation(
    ECS,
    "RunInstances",
    resource=named_with_template,
    resource_conditions=conditions_of_each,
    conditions=conditions_with_template,
    also=needs_with_template,
    gateway=ONCE | CHECKED,
    unsupported=RUNNING_UNSUPPORTED,
    raises=(*_RAISES, *USING, Conflict, TooManyInterfaces, TwoKinds),
)
def run_instances(
    ctx: Context,
    *,
    region_id: Region,
    launch: Annotated[Launch, Grouped()],
    wanted: Annotated[WantedSeveral, Grouped()],
    amount: Annotated[int, Between(1, 100), Doc("1 to 100.")] = 1,
    unique_suffix: Annotated[bool, Doc("Whether names of several end in 001 and on.")] = False,
    tag: Tags | None = None,
) -> RunInstancesAnswer:
    """Make instances and start them; the launch template gives the values that the call leaves out.

    Args:
        internet_charge_type, instance_charge_type, spot_strategy, io_optimized:
            Nothing is sold: the one value that there is.

    Returns:
        Their ids, in the order of their names.
    """
    check_region(ctx, region_id)
    found = completed(ctx, launch, wanted, tag)
    wanted, tags = found.wanted, RULES.checked(pairs_of(found.tags))
    if not wanted.instance_type:
        raise ECS.dialect.missing_parameter(MissingField("InstanceType"))
    if sum(map(bool, (wanted.security_group_id, wanted.security_group_ids))) > 1:
        raise Conflict
    place = _place_of(ctx, wanted)
    rows = []
    for number in range(amount):
        one = _numbered(wanted, number, suffix=unique_suffix and amount > 1)
        row = _make(ctx, one, place, tags, status=RUNNING)
        _add_interfaces(ctx, row, wanted, place)
        rows.append(row)
    ids = InstanceIds(instance_id_set=[row.instance_id for row in rows])
    return RunInstancesAnswer(instance_id_sets=ids)


@operation(
    ECS,
    "CreateInstance",
    resource=named_on,
    resource_conditions=conditions_named,
    conditions=conditions_of,
    also=needs_of_call,
    gateway=ONCE | CHECKED,
    unsupported=LAUNCHING,
    raises=_RAISES,
)
def create_instance(
    ctx: Context,
    *,
    region_id: Region,
    wanted: Annotated[Wanted, Grouped()],
    tag: Tags | None = None,
) -> CreateInstanceAnswer:
    """Make an instance that is stopped.

    Args:
        internet_charge_type, instance_charge_type, spot_strategy, io_optimized:
            Nothing is sold: the one value that there is.
    """
    check_region(ctx, region_id)
    tags = RULES.checked(pairs_of(tag))
    row = _make(ctx, wanted, _place_of(ctx, wanted), tags, status=STOPPED)
    return CreateInstanceAnswer(instance_id=row.instance_id)


def _place_of(ctx: Context, wanted: AnyWanted) -> _Place:
    """Look up where an instance is to be.

    Raises:
        ApiError: NoVSwitchNamed, NoGroupNamed, Mismatch, or of PLACING.
    """
    if not wanted.vswitch:
        raise NoVSwitchNamed
    vswitch = the_vswitch(ctx, wanted.vswitch)
    if wanted.zone_id not in (None, vswitch.zone_id):
        raise Mismatch
    if not wanted.groups:
        raise NoGroupNamed
    group_ids = groups_in(ctx, wanted.groups, vswitch.vpc_id, Mismatch)
    return _Place(vswitch=vswitch, group_ids=group_ids)


def _numbered(wanted: WantedSeveral, number: int, *, suffix: bool) -> WantedSeveral:
    """Return what is wanted of one of several instances: names and addresses that follow."""
    if number == 0 and not suffix:
        return wanted
    end = f"{number + 1:03}" if suffix else ""
    return msgspec.structs.replace(
        wanted,
        instance_name=wanted.instance_name and f"{wanted.instance_name}{end}",
        host_name=wanted.host_name and f"{wanted.host_name}{end}",
        private_ip_address=_after(wanted.address, number),
    )


def _after(address: str | None, number: int) -> str | None:
    try:
        return str(IPv4Address(address) + number) if address else address
    except AddressValueError:
        return address


def _make(
    ctx: Context, wanted: AnyWanted, place: _Place, tags: Mapping[str, str], *, status: str
) -> InstanceRow:
    """Make an instance with its primary interface and its disks.

    Raises:
        ApiError: as the operations declare.
    """
    chosen = chosen_of(ctx, wanted)
    if wanted.ram_role_name:
        the_role(ctx, wanted.ram_role_name, NotEcsRoleAtLaunch)
    if wanted.key_pair_name:
        KEY_PAIR.the(ctx, wanted.key_pair_name)
    for each in (wanted.system_disk, *(wanted.data_disk or ())):
        policy_id = each.auto_snapshot_policy_id
        if policy_id and SNAPSHOT_POLICY.find(ctx, policy_id) is None:
            raise NoSuchPolicy
    row = INSTANCE.create(ctx, tags, **_columns(wanted, chosen, place), **_state(ctx, status))
    make_interface(
        ctx,
        WantedInterface(
            vswitch=place.vswitch,
            group_ids=place.group_ids,
            address=wanted.address,
            instance_id=row.instance_id,
            delete_on_release=True,
        ),
    )
    image_id = chosen.image.image_id
    disks = disks_wanted(ctx, wanted, row.zone_id, row.instance_id, image_id)
    if len(disks) > MOST_DISKS:
        raise TooManyDisks
    for disk in disks:
        make_disk(ctx, msgspec.structs.replace(disk, is_running=status == RUNNING))
    return row


def _columns(wanted: AnyWanted, chosen: Chosen, place: _Place) -> dict[str, object]:
    instance_id = new_instance_id("i")
    return {
        "instance_id": instance_id,
        "zone_id": place.vswitch.zone_id,
        "vpc_id": place.vswitch.vpc_id,
        "vswitch_id": place.vswitch.vswitch_id,
        "instance_name": wanted.instance_name or instance_id,
        "description": wanted.description or "",
        "host_name": wanted.host_name or f"iZ{instance_id.removeprefix('i-')}Z",
        "serial_number": new_uuid(),
        "image_id": chosen.image.image_id,
        "instance_type": chosen.type.name,
        "memory_mib": chosen.type.memory_mib,
        "key_pair_name": wanted.key_pair_name or "",
        "role_name": wanted.ram_role_name or "",
        "user_data": Secret(chosen.user_data),
        "metadata_enabled": wanted.http_endpoint != "disabled",
        "metadata_token": wanted.http_tokens == "required",
        "deletion_protection": bool(wanted.deletion_protection),
    }


def _state(ctx: Context, status: str) -> dict[str, object]:
    return {"status": status, "boot": int(status == RUNNING), "started_at": ctx.now}


def _add_interfaces(ctx: Context, row: InstanceRow, wanted: WantedSeveral, place: _Place) -> None:
    """Make the further interfaces of an instance that a call asks for."""
    secondary = [
        each for each in wanted.network_interface or () if each.instance_type == "Secondary"
    ]
    if len(secondary) >= TYPES[row.instance_type].interfaces:
        raise TooManyInterfaces
    for index, each in enumerate(secondary, 1):
        vswitch = the_vswitch(ctx, each.v_switch_id) if each.v_switch_id else place.vswitch
        if (vswitch.vpc_id, vswitch.zone_id) != (row.vpc_id, row.zone_id):
            raise Mismatch
        groups = groups_in(ctx, each.groups or place.group_ids, row.vpc_id, Mismatch)
        make_interface(
            ctx,
            WantedInterface(
                vswitch=vswitch,
                group_ids=groups,
                address=each.primary_ip_address,
                name=each.network_interface_name or "",
                description=each.description or "",
                instance_id=row.instance_id,
                device_index=index,
                delete_on_release=each.delete_on_release,
            ),
        )
