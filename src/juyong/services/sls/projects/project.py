"""Projects: how calls name one, what the inventory keeps, and the policy in force."""

from collections.abc import Mapping
from typing import Annotated, Any

from juyong.api import registry
from juyong.api.access import ResourceRule, TargetPolicy
from juyong.api.context import Arguments, Context
from juyong.api.hosts import name_of
from juyong.api.resource import Collection, Documents, Quota, Resource, Target
from juyong.api.shape import CreateDate, Of, Shape
from juyong.api.tags import TagRules
from juyong.base.ids import AccountId
from juyong.engines.policy import Layer
from juyong.services.sls.errors import BadTags, NoProject, TooManyProjects
from juyong.services.sls.fields import ProjectName
from juyong.services.sls.projects.grammar import in_force
from juyong.services.sls.tables import ProjectRow

TAGS = TagRules(
    bad_key=BadTags,
    bad_value=BadTags,
    repeated=BadTags,
    clash=BadTags,
    too_many=BadTags,
)


class ProjectState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a project."""

    project_name: str
    region: str
    description: str
    redundancy: str
    policy: str
    create_date: CreateDate
    modify_time: Annotated[int, Of("modified_at")]


def find_project(ctx: Context, name: str) -> ProjectRow | None:
    """Return a project of whatever account, or None; a host of another region has it not."""
    row = ctx.tx.get(ProjectRow, name)
    return row if row is not None and _named_region(ctx) in (None, row.region) else None


def _named_region(ctx: Context) -> str | None:
    """Return the region that the host called names; the platform's own address names none."""
    return registry.current().at_host(name_of(ctx.host), ctx.platform.region)[1].get("region")


def _find_label(ctx: Context, name: str) -> ProjectRow:
    row = find_project(ctx, name)
    if row is None:
        raise NoProject(name=name)
    return row


def arn_in(ctx: Context, name: str, rest: str = "") -> str:
    """Name a project, or what is in it, by the owner; one that does not exist, by the caller."""
    row = find_project(ctx, name)
    region, owner = (row.region, row.account_id) if row else (ctx.region, ctx.account_id)
    return f"acs:log:{region}:{owner}:project/{name}{rest}"


def _documents(state: Mapping[str, Any], owner: AccountId) -> tuple[str, ...]:
    """Return the policy of a project as the engine is given it, from an inventory state."""
    policy, name = state["Policy"], state["ProjectName"]
    return (in_force(policy, owner, name).document,) if policy else ()


PROJECT: Resource[ProjectRow] = Resource(
    kind="ACS::SLS::Project",
    row=ProjectRow,
    id="project_name",
    name="project_name",
    arn="log:project/",
    regional=True,
    find=_find_label,
    missing=NoProject,
    quota=Quota("sls.projects", TooManyProjects),
    state=ProjectState,
    tags=TAGS,
    documents=Documents(Layer.RESOURCE, _documents, below=True),
    resolve=arn_in,
)


def the_project(ctx: Context, name: str) -> ProjectRow:
    """Return a project, which is what the call is about.

    Raises:
        NoProject: there is none.
    """
    return PROJECT.the(ctx, name)


def project_policy(ctx: Context, arguments: Arguments) -> TargetPolicy | None:
    """Return the project's policy.

    Raises:
        NoProject: there is no project. Names are taken for all accounts, so that this tells no
            more than the attempt to make the project would.
    """
    row = _find_label(ctx, arguments["project"])
    return in_force(row.policy, row.account_id, row.project_name) if row.policy else None


def project_conditions(ctx: Context, arn: str) -> Mapping[str, tuple[str, ...]]:
    """Return acs:ResourceTag/<key> of the project that a name is about, or is in."""
    name = arn.split(":", 4)[-1].split("/")[1]
    row = find_project(ctx, name)
    held = PROJECT.tags_of(ctx.tx, row) if row else {}
    return {f"{start}{key}": (value,) for key, value in held.items() for start in TAGS.conditions}


_NAMED: dict[str, Any] = {"project": ProjectName}


def named_in(rest: str) -> ResourceRule:
    """Return the rule that names something in a project: `/logstore/{logstore}`."""

    def rule(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
        return (arn_in(ctx, arguments.get("project") or "*", rest.format_map(_Given(arguments))),)

    return rule


class _Given(dict[str, Any]):
    """Arguments, of which those that are absent stand as `*`."""

    def __missing__(self, key: str) -> str:
        return "*"


def in_project(rest: str = "") -> Target[ProjectRow]:
    """Return the target of an operation on a project, or on something in the project.

    The project is found before its policy is asked.
    """
    return Target(
        parameters=_NAMED,
        arn=named_in(rest),
        find=lambda ctx, arguments: the_project(ctx, arguments["project"]),
        errors=(NoProject,),
        conditions=project_conditions,
        policy=project_policy,
    )


ONE_PROJECT = in_project()
ALL_PROJECTS = Collection(
    arn=lambda ctx, _arguments: (f"acs:log:{ctx.region}:{ctx.account_id}:project/*",)
)
