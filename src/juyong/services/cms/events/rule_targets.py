"""The targets of event rules: put, listed and taken away."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, Hidden, Items, OneOf, Text
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape, Within
from juyong.base.secret import Secret
from juyong.services.cms.answers import DONE, Done, Told
from juyong.services.cms.contacts.contacts import GROUP
from juyong.services.cms.errors import NoContactGroup, TooMany
from juyong.services.cms.events.rules import EVENT_RULE, ONE
from juyong.services.cms.events.targets import (
    ContactTarget,
    Target,
    WebTarget,
    sealed,
    targets_of,
)
from juyong.services.cms.notifying import WebUrl
from juyong.services.cms.product import PRODUCT as CMS
from juyong.services.cms.tables import EventRuleRow

_MOST_TARGETS = 20
_NO_QUEUE = "events go to contacts and webhooks"


class ContactParameter(Shape, frozen=True, kw_only=True):
    """A group of contacts as target."""

    id: Annotated[str, Text(1, 64)]
    contact_group_name: Annotated[str, Text(1, 64), Of("group")]
    level: Annotated[str, OneOf(("2", "3", "4"))] = "3"


class WebhookParameter(Shape, frozen=True, kw_only=True):
    """A webhook as target."""

    id: Annotated[str, Text(1, 64)]
    url: Annotated[Secret, WebUrl(), Of(through=Secret)]
    method: Annotated[str, OneOf(("GET", "POST"))] = "POST"
    protocol: Annotated[str, OneOf(("http", "https", "HTTP", "HTTPS"))] = "http"


class FailedContact(Shape, frozen=True, kw_only=True):
    """A group of contacts that was not stored."""

    id: int
    contact_group_name: str
    level: str


class FailedFunction(Shape, frozen=True, kw_only=True):
    """A function that was not stored."""

    id: int
    region: str
    service_name: str
    function_name: str


class FailedQueue(Shape, frozen=True, kw_only=True):
    """A queue that was not stored."""

    id: int
    region: str
    queue: str


class PutTargets(Done, frozen=True, kw_only=True):
    """The targets that were not stored: none, since a call with a bad one is refused whole."""

    failed_parameter_count: str = "0"
    failed_contact_parameters: Annotated[tuple[FailedContact, ...], Within("ContactParameter")] = ()
    failed_fc_parameters: Annotated[tuple[FailedFunction, ...], Within("FcParameter")] = ()
    failed_mns_parameters: Annotated[tuple[FailedQueue, ...], Within("MnsParameter")] = ()


@operation(
    CMS,
    "PutEventRuleTargets",
    on=ONE,
    raises=(NoContactGroup, TooMany),
    unsupported={
        **dict.fromkeys(("FcParameters", "FcParameters.1.Id"), _NO_QUEUE),
        **dict.fromkeys(("MnsParameters", "MnsParameters.1.Id"), _NO_QUEUE),
        **dict.fromkeys(("SlsParameters", "SlsParameters.1.Id"), _NO_QUEUE),
        **dict.fromkeys(("OpenApiParameters", "OpenApiParameters.1.Id"), _NO_QUEUE),
    },
)
def put_event_rule_targets(
    ctx: Context,
    rule: EventRuleRow,
    *,
    contact_parameters: Annotated[list[ContactParameter], Items(0, 20), Doc("Groups.")]
    | None = None,
    webhook_parameters: Annotated[list[WebhookParameter], Items(0, 20), Hidden(), Doc("URLs.")]
    | None = None,
) -> PutTargets:
    """Add targets to an event rule; one of the same Id is replaced."""
    targets: dict[str, Target] = {each.id: each for each in targets_of(rule)}
    for contact in contact_parameters or []:
        GROUP.the(ctx, contact.contact_group_name)
        targets[contact.id] = ContactTarget(
            id=contact.id, group=contact.contact_group_name, level=contact.level
        )
    for hook in webhook_parameters or []:
        targets[hook.id] = WebTarget(
            id=hook.id, url=hook.url.reveal(), method=hook.method, protocol=hook.protocol
        )
    if len(targets) > _MOST_TARGETS:
        raise TooMany
    EVENT_RULE.change(ctx, rule, targets=sealed(list(targets.values())))
    return PutTargets()


@operation(CMS, "DeleteEventRuleTargets", on=ONE)
def delete_event_rule_targets(
    ctx: Context,
    rule: EventRuleRow,
    *,
    ids: Annotated[list[str], Items(1, 20), Doc("Of targets; others are passed over.")],
) -> Done:
    """Take targets from an event rule."""
    rest = [each for each in targets_of(rule) if each.id not in ids]
    EVENT_RULE.change(ctx, rule, targets=sealed(rest))
    return DONE


class Targets(Told, frozen=True, kw_only=True):
    """The targets of a rule."""

    contact_parameters: Annotated[list[ContactParameter], Within("ContactParameter")]
    webhook_parameters: Annotated[list[WebhookParameter], Within("WebhookParameter")]


@operation(CMS, "DescribeEventRuleTargetList", on=ONE, reads_only=True)
def describe_event_rule_target_list(_ctx: Context, rule: EventRuleRow) -> Targets:
    """List the targets of an event rule."""
    targets = targets_of(rule)
    return Targets(
        contact_parameters=[
            ContactParameter.of(each) for each in targets if isinstance(each, ContactTarget)
        ],
        webhook_parameters=[
            WebhookParameter.of(each) for each in targets if isinstance(each, WebTarget)
        ],
    )
