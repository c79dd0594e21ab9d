"""The STS product."""

from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, Product

_MALFORMED = "The parameter {name} is wrongly formed."

PRODUCT = Product(
    code="Sts",
    ram_code="sts",
    version="2015-04-01",
    hosts=api_hosts("sts"),
    title="Security Token Service",
    source="STS API reference",
    is_global=True,
    dialect=Dialect(
        missing=("MissingParameter.{name}", "{name} is mandatory for this action."),
        invalid_code="InvalidParameter.{name}",
        invalid_texts=dict.fromkeys(("Length", "InvalidChars", "Format", "Range", ""), _MALFORMED),
    ),
    service_codes=("sts",),
)
