"""The types of insights, and how calls name them.

Source: ActionTrail API reference, EnableInsight, DisableInsight, GetInsightTypes (documented):
types, and the code for one that is not available. Its status and text are assumed.
"""

from typing import Annotated

from juyong.api.errors import ApiError
from juyong.api.fields import Doc
from juyong.engines.insight import Kind

_CHANGES = {
    *("PolicyChangeInsight", "PasswordChangeInsight", "TrailConcealmentInsight"),
}
TYPES = frozenset(kind.value for kind in Kind)


class NotAvailable(ApiError):
    """The type is none, or none that is computed: changes of permissions, passwords and trails
    are events themselves, to which an alert on the trail's logstore can be bound."""

    code, status = "InsightTypeNotAvailable", 400
    text = "The type of insight events is not available: {why}."


InsightType = Annotated[
    str, Doc("`ApiCallRateInsight`, `ApiErrorRateInsight`, `IpInsight` or `AkInsight`.")
]


def kind_of(name: str) -> Kind:
    """Return the kind of a type that a call names.

    Raises:
        NotAvailable: there is none, or it is not computed.
    """
    if name in TYPES:
        return Kind(name)
    if name in _CHANGES:
        raise NotAvailable(why="such changes are events themselves, and not judged by a baseline")
    raise NotAvailable(why="there is no such type")
