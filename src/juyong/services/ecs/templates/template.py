"""The launch template: how calls name one, its versions, and what the inventory keeps.

Source: ECS API reference, CreateLaunchTemplate, CreateLaunchTemplateVersion,
DescribeLaunchTemplates (documented: errors, the limits of 30, and what must be allowed).
"""

from typing import Annotated

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.errors import MissingField, fact
from juyong.api.fields import Doc, Pattern, Text
from juyong.api.resource import Quota, Resource, Target, found_here
from juyong.api.shape import CreateDate, Of, Shape
from juyong.services.ecs.key_pairs import NoRegion, Region, check_region
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tags import RULES
from juyong.services.ecs.templates.tables import TemplateRow, TemplateVersionRow

TemplateId = Annotated[str, Text(1, 64), Doc("The template, by its id or its name.")]
TemplateName = Annotated[str, Text(1, 128), Doc("The template, by its id or its name.")]
NewName = Annotated[
    str,
    Pattern(r"(?!https?://)[A-Za-z\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff:_\-]{1,127}"),
    Doc("2 to 128 letters, digits, `:`, `_` and `-`; a letter first."),
]
NoTemplate = fact(
    "InvalidLaunchTemplate.NotFound",
    404,
    "The specified LaunchTemplate is not found.",
    why="The region has no such launch template.",
)
NoVersion = fact(
    "InvalidLaunchTemplateVersion.NotFound",
    404,
    "The specified LaunchTemplate version is not found.",
    why="The launch template has no such version.",
)
NameTaken = fact(
    "LaunchTemplateName.Duplicated",
    403,
    "The specified LaunchTemplateName already exist.",
    why="The region has a launch template of that name.",
)
TooManyTemplates = fact(
    "LaunchTemplateLimitExceed",
    403,
    "The maximum number of templates is exceeded.",
    why="The region holds the quota `ecs.launch-templates`.",
)


class TemplateState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a launch template."""

    launch_template_id: Annotated[str, Of("template_id")]
    launch_template_name: Annotated[str, Of("template_name")]
    default_version_number: Annotated[int, Of("default_number")]
    last_version_number: Annotated[int, Of("last_number")]
    create_time: CreateDate


_find = found_here(TemplateRow)
TEMPLATE = Resource(
    kind="ACS::ECS::LaunchTemplate",
    row=TemplateRow,
    id="template_id",
    name="template_name",
    label="template_id",
    arn="ecs:launchtemplate/",
    regional=True,
    find=_find,
    missing=NoTemplate,
    taken=NameTaken,
    quota=Quota("ecs.launch-templates", TooManyTemplates),
    state=TemplateState,
    tags=RULES,
)


class Naming(msgspec.Struct, frozen=True, kw_only=True):
    """How a call names a launch template: by its id, its name, or both."""

    launch_template_id: TemplateId | None = None
    launch_template_name: TemplateName | None = None

    @property
    def names_one(self) -> bool:
        """Whether the call names a template at all."""
        return bool(self.launch_template_id or self.launch_template_name)


def template_named(ctx: Context, naming: Naming) -> TemplateRow | None:
    """Return the template that has the id and the name that a call gives."""
    template_id, name = naming.launch_template_id, naming.launch_template_name
    if template_id:
        row = _find(ctx, template_id)
        return row if row is not None and name in (None, row.template_name) else None
    return ctx.tx.find_one(
        TemplateRow, account_id=ctx.account_id, region=ctx.region, template_name=name
    )


def the_template(ctx: Context, naming: Naming) -> TemplateRow:
    """Return the template that a call names, and note what the call is about.

    Raises:
        BadParameter: the call names none.
        NoTemplate: there is none.
    """
    if not naming.names_one:
        raise ECS.dialect.missing_parameter(MissingField("LaunchTemplateId"))
    row = template_named(ctx, naming)
    if row is None:
        ctx.journal.refer(TEMPLATE.kind, naming.launch_template_id or "")
        raise NoTemplate
    return TEMPLATE.the(ctx, row.template_id)


def template_arn(ctx: Context, naming: Naming) -> str:
    """Return the ARN of the template that a call names; of all where a name is of none."""
    row = template_named(ctx, naming) if naming.names_one else None
    return TEMPLATE.arn_named(ctx, row.template_id if row else naming.launch_template_id or "*")


def _naming(arguments: Arguments) -> Naming:
    return Naming(
        launch_template_id=arguments["launch_template_id"],
        launch_template_name=arguments["launch_template_name"],
    )


def _found(ctx: Context, arguments: Arguments) -> TemplateRow:
    check_region(ctx, arguments["region_id"])
    return the_template(ctx, _naming(arguments))


ONE = Target(
    parameters={
        "region_id": Region,
        "launch_template_id": TemplateId | None,
        "launch_template_name": TemplateName | None,
    },
    arn=lambda ctx, arguments: (template_arn(ctx, _naming(arguments)),),
    find=_found,
    errors=(NoTemplate, NoRegion),
    conditions=TEMPLATE.tag_conditions,
)
"""One template by its id or its name."""


def versions_of(ctx: Context, row: TemplateRow) -> list[TemplateVersionRow]:
    """Return the versions of a template, the newest first."""
    found = ctx.tx.find(TemplateVersionRow, template_id=row.template_id)
    return sorted(found, key=lambda each: each.number, reverse=True)


def the_version(ctx: Context, row: TemplateRow, number: int) -> TemplateVersionRow:
    """Return a version of a template.

    Raises:
        NoVersion: there is none of that number.
    """
    found = ctx.tx.get(TemplateVersionRow, row.template_id, number)
    if found is None:
        raise NoVersion
    return found
