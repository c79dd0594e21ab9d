"""Facts about single system policies from recorded answers, apart from the permissions.

Source: answers of 2021-09 (AdministratorAccess) and 2023-06 (service-linked roles) (live).
"""

import json
from collections.abc import Mapping

import msgspec

from juyong.base.clock import Instant

CREATED_AT = Instant(1430237745)
"""2015-04-28T16:15:45Z: when the vendor made its oldest documented policies; assumed for most."""

UPDATED_AT = Instant(1764756228)
"""2025-12-03T10:03:48Z: the last change of AliyunRAMReadOnlyAccess; assumed for most."""


class Dates(msgspec.Struct, frozen=True, kw_only=True):
    """When a policy was made and last changed; its version dates from when it was made."""

    created_at: Instant = CREATED_AT
    updated_at: Instant = UPDATED_AT


ASSUMED = Dates()
DATES: Mapping[str, Dates] = {
    "AdministratorAccess": Dates(
        created_at=Instant(1430237744),  # 2015-04-28T16:15:44Z
        updated_at=Instant(1493311687),  # 2017-04-27T16:48:07Z
    )
}
ROLE_VERSIONS: Mapping[str, str] = {
    "ARMS": "v63",
    "ActionTrail": "v10",
    "AutoScaling": "v18",
    "CloudFW": "v9",
    "CloudMonitor": "v38",
}
"""Role to the default version of its policy; v1 is assumed for the others."""


def laid_out(name: str, document: str) -> str:
    """Return a compact document as it is laid out in the cloud, which returns it byte for byte."""
    if name != "AdministratorAccess":
        return document
    text = json.dumps(json.loads(document), indent=2, sort_keys=True)
    return f"\n{text}\n{' ' * 24}"
