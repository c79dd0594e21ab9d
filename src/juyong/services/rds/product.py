"""The RDS product: the part that secret rotation needs."""

from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, Product
from juyong.services.rds.refusals import REFUSED

_MISSING = (
    'The input parameter "{name}" that is mandatory for processing this request is not supplied.'
)
_DENIED = (
    "User not authorized to operate on the specified resource, or this API doesn't support RAM."
)
_INVALID = 'The specified parameter "{name}" is not valid.'

PRODUCT = Product(
    code="Rds",
    ram_code="rds",
    version="2014-08-15",
    hosts=api_hosts("rds"),
    title="ApsaraDB RDS",
    source="RDS API reference",
    dialect=Dialect(
        missing=("MissingParameter", _MISSING),
        invalid_code="Invalid{name}.Format",
        invalid_texts=dict.fromkeys(("Length", "InvalidChars", "Format", "Range", ""), _INVALID),
        denied=("Forbidden.RAM", 403, _DENIED),
    ),
    refused=REFUSED,
    service_codes=("rds",),
)
