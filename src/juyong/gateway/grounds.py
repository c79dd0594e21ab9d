"""The state that calls of every product share."""

import msgspec

from juyong.api.context import Platform
from juyong.base.clock import Clock
from juyong.gateway.metrics import Metrics
from juyong.gateway.throttle import Throttle
from juyong.services.identity.facade import Principals
from juyong.store.executor import Executor

MOST_ATTEMPTS = 32
"""How often a call may ask for work outside its transaction."""


class Grounds(msgspec.Struct, kw_only=True, eq=False):
    """The store, the platform, and what is counted and remembered between calls."""

    store: Executor
    platform: Platform
    clock: Clock
    metrics: Metrics
    principals: Principals = msgspec.field(default_factory=Principals)
    throttle: Throttle = msgspec.field(default_factory=Throttle)
