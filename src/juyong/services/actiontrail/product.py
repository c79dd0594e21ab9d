"""The ActionTrail product."""

from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, Product

_TRAILS = "events are kept in the platform; delivery to trails is not part of it"
_JOBS = "there are no trails to deliver earlier events to"
_DATA = "data-plane events are not recorded"
_INSIGHTS = "insight events are not computed"
_QUERIES = "saved queries are a feature of the console"
_FIGURES = "figures of the console's overview pages are not kept"

PRODUCT = Product(
    code="Actiontrail",
    ram_code="actiontrail",
    version="2020-07-06",
    hosts=api_hosts("actiontrail"),
    title="ActionTrail",
    dialect=Dialect(
        missing=("MissingParameter", 'The parameter "{name}" is mandatory.'),
        invalid_code="InvalidQueryParameter",
        denied=("NoPermission", 403, "You are not authorized to do this action."),
    ),
    service_codes=("actiontrail",),
    refused={
        "CreateTrail": _TRAILS,
        "UpdateTrail": _TRAILS,
        "DeleteTrail": _TRAILS,
        "DescribeTrails": _TRAILS,
        "GetTrailStatus": _TRAILS,
        "StartLogging": _TRAILS,
        "StopLogging": _TRAILS,
        "GetGlobalEventsStorageRegion": _TRAILS,
        "UpdateGlobalEventsStorageRegion": _TRAILS,
        "CreateDeliveryHistoryJob": _JOBS,
        "GetDeliveryHistoryJob": _JOBS,
        "ListDeliveryHistoryJobs": _JOBS,
        "DeleteDeliveryHistoryJob": _JOBS,
        "PutDataEventSelector": _DATA,
        "GetDataEventSelector": _DATA,
        "ListDataEventSelectors": _DATA,
        "DeleteDataEventSelector": _DATA,
        "ListDataEventServices": _DATA,
        "EnableInsight": _INSIGHTS,
        "DisableInsight": _INSIGHTS,
        "PutInsightSelectors": _INSIGHTS,
        "GetInsightSelectors": _INSIGHTS,
        "GetInsightTypes": _INSIGHTS,
        "GetInsightsEventsCount": _INSIGHTS,
        "LookupInsightEvents": _INSIGHTS,
        "CreateAdvancedQueryTemplate": _QUERIES,
        "UpdateAdvancedQueryTemplate": _QUERIES,
        "DeleteAdvancedQueryTemplate": _QUERIES,
        "GetAdvancedQueryTemplate": _QUERIES,
        "DescribeAdvancedQueryTemplate": _QUERIES,
        "CreateAdvancedQueryHistory": _QUERIES,
        "DescribeAdvancedQueryHistory": _QUERIES,
        "DeleteAdvancedQueryHistory": _QUERIES,
        "DescribeScenes": _QUERIES,
        "DescribeSearchTemplates": _QUERIES,
        "DescribeResourceLifeCycleEvents": _FIGURES,
        "DescribeUserLogCount": _FIGURES,
        "DescribeUserAlertCount": _FIGURES,
        "GetGovernanceMetrics": _FIGURES,
    },
)
