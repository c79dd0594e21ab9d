"""The ActionTrail product."""

from juyong.api.hosts import api_hosts
from juyong.api.measures import Measure
from juyong.api.product import Dialect, Product, because

_OF_A_TARGET = ("trailName", "target")
DELIVERIES = Measure(
    name="DeliveryCount",
    title="Batches of events that were written to the target of a trail.",
    unit="count",
    dimensions=_OF_A_TARGET,
    counts=True,
)
UNDELIVERED = Measure(
    name="DeliveryFailureCount",
    title="Attempts to write to the target of a trail that failed.",
    unit="count",
    dimensions=_OF_A_TARGET,
    counts=True,
)

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
    quotas={"actiontrail.trails": 5, "actiontrail.templates": 100},
    measures=(DELIVERIES, UNDELIVERED),
    refused=because(
        {
            "what was asked last, and ready-made questions, are features of the console": (
                "*AdvancedQueryHistory DescribeScenes DescribeSearchTemplates"
            ),
            "figures of the console's overview pages are not kept": (
                "DescribeUserAlertCount DescribeResourceLifeCycleEvents GetGovernanceMetrics"
            ),
        }
    ),
)
