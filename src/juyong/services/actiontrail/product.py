"""The ActionTrail product."""

from juyong.api.product import Dialect, Product

PRODUCT = Product(
    code="Actiontrail",
    ram_code="actiontrail",
    version="2020-07-06",
    hosts=("actiontrail",),
    title="ActionTrail",
    dialect=Dialect(
        missing=("MissingParameter", 'The parameter "{name}" is mandatory.'),
        invalid_code="InvalidQueryParameter",
        denied=("NoPermission", 403, "You are not authorized to do this action."),
    ),
    service_codes=("actiontrail",),
)
