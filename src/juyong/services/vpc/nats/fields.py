"""Parameters and errors that calls about NAT gateways and their entries have in common.

Source: VPC API reference, CreateNatGateway, CreateSnatEntry, CreateForwardEntry (documented).
"""

from typing import Annotated

from juyong.api.errors import fact
from juyong.api.fields import Clearable, Doc, Pattern

NO_PRIVATE = "there are no NAT gateways between private networks"
_NAME = r"(?!https?://)[A-Za-z\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff._\-]{0,127}"
Name = Annotated[str, Pattern(_NAME), Doc("1 to 128 letters, digits, `.`, `_` and `-`.")]
Description = Annotated[
    str,
    Pattern(r"(?s)|(?!https?://).{1,256}"),
    Clearable(),
    Doc("1 to 256 characters, no link at its start."),
]
NatId = Annotated[str, Doc("The NAT gateway.")]
SnatTableId = Annotated[str, Doc("The table of the gateway's SNAT entries.")]
ForwardTableId = Annotated[str, Doc("The table of the gateway's DNAT entries.")]
NoTable = fact(
    "MissingParameter",
    400,
    "The input parameter that is mandatory for processing this request is not supplied.",
    why="Neither the table nor the NAT gateway is named.",
)
