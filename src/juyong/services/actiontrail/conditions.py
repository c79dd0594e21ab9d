"""The conditions of a look-up: which keys there are and which may stand together."""

from collections.abc import Mapping, Sequence

from juyong.api.shape import Shape
from juyong.services.actiontrail.errors import InvalidCombination, InvalidQuery

KEYS = frozenset(
    {
        *("ServiceName", "EventName", "User", "EventId", "ResourceType", "ResourceName"),
        *("EventRW", "EventAccessKeyId", "SensitiveAction", "SourceIpAddress", "EventType"),
        *("RoleName", "PrincipalId"),
    }
)
_PARTNERS = {
    "ServiceName": (
        *("EventName", "User", "PrincipalId", "RoleName", "ResourceName", "EventRW"),
        *("SensitiveAction", "EventType"),
    ),
    "ResourceName": ("ResourceType", "EventName", "User", "RoleName", "ServiceName"),
    "EventType": ("EventName",),
}
PAIRS = frozenset(frozenset({one, two}) for one, many in _PARTNERS.items() for two in many)
_MOST = 2


class LookupAttribute(Shape, frozen=True, kw_only=True):
    """One condition as sent."""

    key: str = ""
    value: str = ""


def conditions_of(attributes: Sequence[LookupAttribute]) -> Mapping[str, str]:
    """Read the conditions: the first two count, and of two with one key the later.

    Raises:
        InvalidQuery: an unknown key or an empty value.
        InvalidCombination: a pair that may not be asked together.

    Source: LookupEvents limits (documented).
    """
    chosen: dict[str, str] = {}
    for attribute in attributes[:_MOST]:
        if attribute.key not in KEYS:
            raise InvalidQuery(name="LookupAttribute.Key")
        if not attribute.value or (
            attribute.key == "SensitiveAction" and attribute.value != "true"
        ):
            raise InvalidQuery(name="LookupAttribute.Value")
        chosen[attribute.key] = attribute.value
    if len(chosen) == _MOST and frozenset(chosen) not in PAIRS:
        first, second = chosen
        raise InvalidCombination(first=first, second=second)
    return chosen
