"""The proxy's verdict on a target: answer it here, let it through, or refuse it."""

from collections.abc import Callable, Iterable
from enum import Enum

import msgspec

from juyong.front.hosts import METADATA_HOST, AllowList, is_alibaba
from juyong.front.refusal import (
    BEYOND_LOOPBACK,
    METADATA_ABSENT,
    PROXY_OFF,
    Refusal,
    host_not_allowed,
)
from juyong.front.target import Target


class Leave(Enum):
    """A target that is not refused."""

    HERE = "here"
    THROUGH = "through"


class ProxyRules(msgspec.Struct, frozen=True, kw_only=True):
    """The proxy's policy, the same for CONNECT and for requests in absolute form.

    also_allowed: Asked for further allowed hosts when a host is not on the list.
    is_own: Whether a target is one of the front's own listeners.
    """

    enabled: bool
    beyond_loopback: bool
    allow: AllowList
    is_own: Callable[[Target], bool]
    also_allowed: Callable[[], Iterable[str]] = tuple

    def decide(self, target: Target, *, over_loopback: bool) -> Leave | Refusal:
        """Judge one target.

        Args:
            target: Where the client wants to go.
            over_loopback: Whether the connection came in over the loopback interface.

        SECURITY: an Alibaba host never goes through, whatever the allow list says: a client that
        holds local credentials must not reach the real service by mistake.
        """
        if not self.enabled:
            return PROXY_OFF
        if not (over_loopback or self.beyond_loopback):
            return BEYOND_LOOPBACK
        if target.host == METADATA_HOST:
            return METADATA_ABSENT
        if is_alibaba(target.host) or self.is_own(target):
            return Leave.HERE
        if target.host in self.allow or target.host in AllowList.of(self.also_allowed()):
            return Leave.THROUGH
        return host_not_allowed(target.host)
