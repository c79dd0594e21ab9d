"""The service itself, which is open to every account, always, and its regions."""

from juyong.api.access import Entry, acs
from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.operation import Rate, operation
from juyong.api.shape import Shape
from juyong.content.regions import regions_with
from juyong.services.kms.product import KMS

_SERVICE = acs("kms", "*", regional=True)
_RARELY = Rate(per_second=1)


AlreadyOpen = fact(
    "Forbidden.Opened",
    400,
    "The KMS service is already opened.",
    why="The account may use the service already.",
)


class Region(Shape, frozen=True, kw_only=True):
    """One region."""

    region_id: str


@operation(KMS, "OpenKmsService", resource=_SERVICE, raises=(AlreadyOpen,), rate=_RARELY)
def open_kms_service(_ctx: Context) -> None:
    """Refuse to open the service, which is open to every account; clients read that as success."""
    raise AlreadyOpen


@operation(
    KMS,
    "DescribeAccountKmsStatus",
    resource=_SERVICE,
    answers="AccountStatus",
    rate=_RARELY,
    reads_only=True,
)
def describe_account_kms_status(_ctx: Context) -> str:
    """Answer `Enabled`: nothing here costs anything, so no account is closed or in debt."""
    return "Enabled"


@operation(
    KMS, "DescribeRegions", entry=Entry.IDENTIFIED, answers="Regions.Region", reads_only=True
)
def describe_regions(ctx: Context) -> list[Region]:
    """List the regions that clients know; keys and secrets of a region are not seen in another.

    The real service does not audit this call; the platform audits every identified caller's call.
    """
    return [Region.of(each) for each in regions_with(ctx.platform.region)]
