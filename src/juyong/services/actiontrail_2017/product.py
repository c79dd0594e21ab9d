"""The older version of ActionTrail; its operations are a face of `actiontrail`.

It only looks: its events are those of another product than ActionTrail's, and a watch over calls
that switch trails off must not miss one.
"""

from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, Product, because

PRODUCT = Product(
    code="Actiontrail-2017",
    ram_code="actiontrail",
    version="2017-12-04",
    hosts=api_hosts("actiontrail"),
    title="ActionTrail (2017-12-04)",
    source="the older official SDK, aliyun-python-sdk-actiontrail (observed)",
    also_in=("juyong.services.actiontrail",),
    dialect=Dialect(
        missing=("MissingParameter", 'The parameter "{name}" is mandatory.'),
        invalid_code="InvalidQueryParameter",
        denied=("NoPermission", 403, "You are not authorized to do this action."),
    ),
    refused=because({"trails are changed, and events read, by version 2020-07-06": "*"}),
)
