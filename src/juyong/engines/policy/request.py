"""A request to the engine, and the words in which a decision about it is told."""

from enum import Enum

import msgspec

from juyong.engines.policy.conditions import NO_CONDITIONS, Conditions
from juyong.engines.policy.document import Effect
from juyong.engines.policy.principals import Principal


class Outcome(Enum):
    """The outcome of a decision; the values of a denial are its NoPermissionType."""

    ALLOW = "Allow"
    EXPLICIT_DENY = "ExplicitDeny"
    IMPLICIT_DENY = "ImplicitDeny"


class Layer(Enum):
    """The layer that settled a decision; the value is its PolicyType."""

    CONTROL = "ControlPolicy"
    SESSION = "SessionPolicy"
    TRUST = "AssumeRolePolicy"
    IDENTITY = "AccountLevelIdentityBasedPolicy"
    RESOURCE_GROUP = "ResourceGroupLevelIdentityBasedPolicy"
    RESOURCE = "ResourceBasedPolicy"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request: who asks for which action on which resource.

    `action` is `<ram code>:<operation>`, `resource` a full resource name or `*` where the operation
    knows no resources. `conditions` come from `conditions_of`, whose keys are case-folded: a key in
    another spelling is never found.
    """

    action: str
    resource: str
    principal: Principal
    conditions: Conditions = msgspec.field(default_factory=lambda: NO_CONDITIONS)


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a policy comes from, as a denial reports it in MatchedPolicies.

    `policy_type` is a PolicyType of the diagnostic message, `identifier` the policy's name or the
    id of a control policy, `version` is None for system policies, `attached_scope` is the account
    or resource group, `attached_entity_type` what it is attached to (user, group, role, …).

    Denials do not report the rest. `edition` is the version of a system policy. `digest` is that of
    the text, as `digest_of` returns it. `text` is the text itself, of policies that are stored
    nowhere: a later reader finds it here alone.
    """

    policy_type: str
    identifier: str
    version: str | None
    attached_scope: str
    attached_entity_type: str
    edition: str = ""
    digest: str = ""
    text: str = ""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """One statement that settled a decision."""

    source: Source
    effect: Effect
    index: int
    sid: str | None
