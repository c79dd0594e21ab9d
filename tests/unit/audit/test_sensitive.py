"""Sensitive acts are named as the operations that are served."""

from juyong.api import registry
from juyong.audit.sensitive import SENSITIVE


def test_every_sensitive_act_is_an_operation() -> None:
    registry.load_all()
    served = {name for each in registry.packages().values() for name in each.operations}
    assert served >= SENSITIVE
