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
FAILURES = Measure(
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
    quotas={"actiontrail.trails": 5},
    measures=(DELIVERIES, FAILURES),
    refused=because(
        {
            "events of global products are in every region": "*GlobalEventsStorageRegion",
            "trails deliver events from StartLogging on": "*DeliveryHistoryJob*",
            "data-plane events are not recorded": "*DataEvent*",
            "insight events are not computed": "*Insight*",
            "saved queries are a feature of the console": (
                "*AdvancedQuery* DescribeScenes DescribeSearchTemplates"
            ),
            "figures of the console's overview pages are not kept": (
                "DescribeUser*Count DescribeResourceLifeCycleEvents GetGovernanceMetrics"
            ),
        }
    ),
)
