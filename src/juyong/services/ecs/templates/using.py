"""Make instances of a launch template: RunInstances, whose own parameters win.

A call is judged, and run, as if the call itself had given the values of the template.

Source: ECS API reference, RunInstances and CreateLaunchTemplate (documented: a call overrides
values of the template, and cannot leave any out; a call that names no version means the default
version). That a list of a call stands in place of the whole list of the template, the members of
the system disk one by one, and that the template must be allowed (assumed).
"""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc
from juyong.services.ecs.images.image import NoImage, image_named
from juyong.services.ecs.images.tables import ImageRow
from juyong.services.ecs.interfaces.making import the_vswitch
from juyong.services.ecs.machines.asked import SystemDisk, WantedSeveral
from juyong.services.ecs.machines.wanted import (
    Mismatch,
    conditions_named,
    conditions_of,
    named_on,
    needs_of_call,
)
from juyong.services.ecs.tags import sent
from juyong.services.ecs.templates.kept import Kept, Template, kept_of
from juyong.services.ecs.templates.tables import TemplateVersionRow
from juyong.services.ecs.templates.template import (
    TEMPLATE,
    Naming,
    NoTemplate,
    NoVersion,
    template_arn,
    template_named,
    the_template,
    the_version,
)
from juyong.services.network.tags import LooseTag

T = TypeVar("T")
USING = (NoTemplate, NoVersion, Mismatch, NoImage)
"""The errors of a call that takes parameters from a template."""
_DISPLACED = {
    "image_family": ("image_id",),
    "security_group_id": ("security_group_ids",),
    "security_group_ids": ("security_group_id",),
    "v_switch_id": ("zone_id",),
}
"""Parameters that count of a template only where the call lacks the one that they stand under."""


class Launch(Naming, frozen=True, kw_only=True):
    """The launch template of a call, if there is one."""

    launch_template_version: Annotated[int, Doc("A version; the default if absent.")] | None = None


class Completed(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters and tags of a call, with those that it takes from its template."""

    wanted: WantedSeveral
    tags: list[LooseTag] | None


def completed(
    ctx: Context, launch: Launch, wanted: WantedSeveral, tags: list[LooseTag] | None
) -> Completed:
    """Complete the values of a call by those of its template.

    Raises:
        BadParameter: a version is named, and no template.
        NoTemplate, NoVersion: as named.
        Mismatch, NoImage: the vSwitch, or the image, is not from where the template says.
    """
    if launch == Launch():
        return Completed(wanted=wanted, tags=tags)
    row = the_template(ctx, launch)
    number = launch.launch_template_version
    kept = kept_of(the_version(ctx, row, row.default_number if number is None else number).asked)
    _check_origin(ctx, wanted, kept.template)
    return _over(wanted, tags, kept)


def _check_origin(ctx: Context, wanted: WantedSeveral, template: Template) -> None:
    """Check where the vSwitch and the image of a template are from, if the call takes them."""
    vswitch = None if wanted.vswitch or not template.vpc_id else template.v_switch_id
    if vswitch and the_vswitch(ctx, vswitch).vpc_id != template.vpc_id:
        raise Mismatch
    if template.image_owner_alias and not (wanted.image_id or wanted.image_family):
        image = image_named(ctx, template.image_id, None)
        if image is not None and _owner(ctx, image) != template.image_owner_alias:
            raise NoImage


def _owner(ctx: Context, image: object) -> str:
    if not isinstance(image, ImageRow):
        return "system"
    return "self" if image.account_id == ctx.account_id else "others"


def _over(wanted: WantedSeveral, tags: list[LooseTag] | None, kept: Kept) -> Completed:
    """Return the values that a call gives, and the names that the call leaves to its template."""
    own, said = _given(wanted), _given(kept.template)
    primary = wanted.primary
    given = {*own, *(["v_switch_id"] if primary.v_switch_id else [])}
    taken = {*own, *(other for name in given for other in _DISPLACED.get(name, ()))}
    taken |= {"v_switch_id"} if primary.v_switch_id else set()
    taken |= {"security_group_id", "security_group_ids"} if primary.groups else set()
    taken |= {"private_ip_address"} if primary.primary_ip_address else set()
    disk = {**_members(kept.template.system_disk), **_members(wanted.system_disk)}
    return Completed(
        wanted=WantedSeveral(
            **{name: value for name, value in said.items() if name not in taken},
            **own,
            system_disk=SystemDisk(**disk),
        ),
        tags=tags or kept.tags or None,
    )


def _given(parameters: msgspec.Struct) -> dict[str, Any]:
    names = set(WantedSeveral.__struct_fields__) - {"system_disk"}
    found = {name: getattr(parameters, name, None) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def _members(disk: SystemDisk) -> dict[str, Any]:
    found = {name: getattr(disk, name) for name in SystemDisk.__struct_fields__}
    return {name: value for name, value in found.items() if value is not None}


# --- what must be allowed ---


def _completing(rule: Callable[[Context, Arguments], T]) -> Callable[[Context, Arguments], T]:
    """Return a rule about all values of a call; a template that does not exist adds no value."""

    def of_all(ctx: Context, arguments: Arguments) -> T:
        kept = _kept_for(ctx, arguments["launch"])
        if kept is None:
            return rule(ctx, arguments)
        found = _over(arguments["wanted"], arguments["tag"], kept)
        return rule(ctx, {**arguments, "wanted": found.wanted, "tag": found.tags})

    return of_all


def _kept_for(ctx: Context, launch: Launch) -> Kept | None:
    row = template_named(ctx, launch) if launch.names_one else None
    if row is None:
        return None
    number = launch.launch_template_version
    number = row.default_number if number is None else number
    version = ctx.tx.get(TemplateVersionRow, row.template_id, number)
    return None if version is None else kept_of(version.asked)


def _named(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    launch: Launch = arguments["launch"]
    template = (template_arn(ctx, launch),) if launch.names_one else ()
    return (*named_on(ctx, arguments), *template)


def _conditions(ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    return {**conditions_of(ctx, arguments), **sent(arguments["tag"] or ())}


def conditions_of_each(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of an image, a snapshot or a template that a call names."""
    return {**conditions_named(ctx, arn), **TEMPLATE.tag_conditions(ctx, arn)}


named_with_template = _completing(_named)
conditions_with_template = _completing(_conditions)
needs_with_template = _completing(needs_of_call)
