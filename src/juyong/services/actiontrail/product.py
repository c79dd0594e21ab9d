"""The ActionTrail product."""

from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, Product, because

PRODUCT = Product(
    code="Actiontrail",
    ram_code="actiontrail",
    version="2020-07-06",
    hosts=api_hosts("actiontrail"),
    title="ActionTrail",
    source="ActionTrail API reference",
    dialect=Dialect(
        missing=("MissingParameter", 'The parameter "{name}" is mandatory.'),
        invalid_code="InvalidQueryParameter",
        denied=("NoPermission", 403, "You are not authorized to do this action."),
    ),
    service_codes=("actiontrail",),
    quotas={"actiontrail.trails": 5},
    refused=because(
        {
            "saved queries are a feature of the console": (
                "*AdvancedQuery* DescribeScenes DescribeSearchTemplates"
            ),
            "figures of the console's overview pages are not kept": (
                "DescribeUserAlertCount DescribeResourceLifeCycleEvents GetGovernanceMetrics"
            ),
        }
    ),
)
