"""Parameters of calls about EIPs, and what of them is refused by name.

Source: VPC API reference, AllocateEipAddress, ModifyEipAddressAttribute (documented).
"""

from typing import Annotated

from juyong.api.errors import NotSupported, fact
from juyong.api.fields import Clearable, Doc, OneOf, Pattern, Raises, Wire

NOT_SOLD = "nothing is sold here, so nothing has a price or a term"
BY_BANDWIDTH, BY_TRAFFIC = "PayByBandwidth", "PayByTraffic"
_MOST_MBITS = {BY_BANDWIDTH: 500, BY_TRAFFIC: 200}
BadBandwidth = fact(
    "InvalidParameter",
    400,
    'Specified value of "Bandwidth" is not valid.',
    why="The bandwidth is no number from 1 to 500, or 200 of an EIP that is paid by traffic.",
)
AllocationId = Annotated[str, Doc("The EIP.")]
EipName = Annotated[
    str,
    Pattern(r"(?!https?://)[A-Za-z\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff._\-]{0,127}"),
    Doc("1 to 128 letters, digits, `.`, `_` and `-`, a letter first."),
]
EipDescription = Annotated[
    str,
    Pattern(r"(?s)|(?!https?://)[A-Za-z\u4e00-\u9fff].{1,255}"),
    Clearable(),
    Doc("2 to 256 characters, a letter first."),
]
Bandwidth = Annotated[
    str,
    Raises((BadBandwidth,)),
    Doc("Mbit/s, 1 to 500; 1 to 200 of an EIP that is paid by traffic. Shown, and not enforced."),
]
ChargeType = Annotated[str, OneOf(("PostPaid", "PrePaid")), Doc("`PostPaid`.")]
InternetChargeType = Annotated[
    str,
    OneOf((BY_BANDWIDTH, BY_TRAFFIC)),
    Doc("`PayByBandwidth` or `PayByTraffic`, which decides the most bandwidth."),
]
Isp = Annotated[str, Wire("ISP"), OneOf(("BGP",)), Doc("`BGP`, as all lines are.")]


def checked_bandwidth(text: str, internet_charge_type: str) -> int:
    """Return a bandwidth in Mbit/s.

    Raises:
        BadBandwidth: it is no number in its range.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= len("500")):
        raise BadBandwidth
    if not 1 <= int(text) <= _MOST_MBITS[internet_charge_type]:
        raise BadBandwidth
    return int(text)


def refuse_prepaid(charge_type: str) -> None:
    """Refuse what is bought for a term.

    Raises:
        NotSupported: always for `PrePaid`.
    """
    if charge_type != "PostPaid":
        raise NotSupported(name="InstanceChargeType", reason=NOT_SOLD)
