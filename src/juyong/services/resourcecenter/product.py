"""The Resource Center product."""

from juyong.api.hosts import api_hosts
from juyong.api.product import Product

_NO_DIRECTORY = "there is no resource directory: every account stands alone"
_NO_CHANNEL = "nothing is delivered elsewhere; read the inventory instead"
_NO_SQL = "there is no SQL over the inventory"
_NO_FILTER = "filters are not stored; send them with each search"

PRODUCT = Product(
    code="ResourceCenter",
    ram_code="resourcecenter",
    version="2022-12-01",
    hosts=api_hosts("resourcecenter"),
    title="Resource Center",
    is_global=True,
    service_codes=("resourcecenter",),
    refused={
        **dict.fromkeys(
            (
                *("CreateDeliveryChannel", "DeleteDeliveryChannel", "GetDeliveryChannel"),
                *("GetDeliveryChannelStatistics", "ListDeliveryChannels", "UpdateDeliveryChannel"),
            ),
            _NO_CHANNEL,
        ),
        **dict.fromkeys(
            (
                *("CreateMultiAccountDeliveryChannel", "DeleteMultiAccountDeliveryChannel"),
                *("DisableMultiAccountResourceCenter", "EnableMultiAccountResourceCenter"),
                *("ExecuteMultiAccountSQLQuery", "GetMultiAccountDeliveryChannel"),
                "GetMultiAccountDeliveryChannelStatistics",
                "GetMultiAccountResourceCenterServiceStatus",
                *("GetMultiAccountResourceConfiguration", "GetMultiAccountResourceCounts"),
                *("ListMultiAccountDeliveryChannels", "ListMultiAccountResourceGroups"),
                *("ListMultiAccountResourceRelationships", "ListMultiAccountTagKeys"),
                *("ListMultiAccountTagValues", "SearchMultiAccountResources"),
                "UpdateMultiAccountDeliveryChannel",
            ),
            _NO_DIRECTORY,
        ),
        **dict.fromkeys(
            (
                *("CreateSavedQuery", "DeleteSavedQuery", "ExecuteSQLQuery", "GetExampleQuery"),
                *("GetSavedQuery", "ListExampleQueries", "ListSavedQueries", "UpdateSavedQuery"),
            ),
            _NO_SQL,
        ),
        **dict.fromkeys(
            (
                *("AssociateDefaultFilter", "CreateFilter", "DeleteFilter"),
                *("DisassociateDefaultFilter", "ListFilters", "UpdateFilter"),
            ),
            _NO_FILTER,
        ),
    },
)
