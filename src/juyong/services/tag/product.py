"""The Tag product."""

from juyong.api import registry
from juyong.api.hosts import api_hosts
from juyong.api.product import Product

_NO_POLICIES = "there are no tag policies"
_NO_PRESETS = "a tag exists with a resource that has the tag; none is kept without one"
_NO_CREATOR = "no resource is tagged by the platform itself"
_NO_RULES = "no resource inherits the tags of another"


def _load() -> None:
    """Import the types of resources of all products, which nearly every operation asks."""
    registry.resources()


PRODUCT = Product(
    code="Tag",
    ram_code="tag",
    version="2018-08-28",
    hosts=api_hosts("tag"),
    title="Tag",
    ready=_load,
    service_codes=("tag",),
    refused={
        **dict.fromkeys(
            (
                *("AttachPolicy", "CreatePolicy", "DeletePolicy", "DetachPolicy"),
                *("DisablePolicyType", "EnablePolicyType", "GenerateConfigRuleReport"),
                *("GetConfigRuleReport", "GetEffectivePolicy", "GetPolicy"),
                *("GetPolicyEnableStatus", "ListConfigRulesForTarget", "ListPolicies"),
                *("ListPoliciesForTarget", "ListTargetsForPolicy", "ModifyPolicy"),
            ),
            _NO_POLICIES,
        ),
        **dict.fromkeys(("CreateTags", "DeleteTag"), _NO_PRESETS),
        **dict.fromkeys(("CheckCreatedByEnabled", "CloseCreatedBy", "OpenCreatedBy"), _NO_CREATOR),
        **dict.fromkeys(
            (
                *("CreateAssociatedResourceRules", "DeleteAssociatedResourceRule"),
                *("ListAssociatedResourceRules", "UpdateAssociatedResourceRule"),
            ),
            _NO_RULES,
        ),
    },
)
