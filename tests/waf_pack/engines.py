"""Engines over our own pack."""

from functools import lru_cache

from juyong.content.waf import ENTRIES, own_pack
from juyong.engines.inspect.model.engine import ModelEngine
from juyong.engines.inspect.rules import RuleSet
from juyong.engines.inspect.seclang import load

_SETUP = """
SecRuleEngine {mode}
SecAction "id:1,phase:1,nolog,pass,t:none,\\
    setvar:tx.detection_level={level},setvar:tx.blocking_level={blocking}"
"""


@lru_cache(maxsize=4)
def rules(*, level: int = 1, blocking: int = 1, enforced: bool = True) -> RuleSet:
    """Return the pack, with its levels set as an operator sets them."""
    mode = "On" if enforced else "DetectionOnly"
    told = _SETUP.format(mode=mode, level=level, blocking=blocking).encode()
    return load({**own_pack(), "01-site.conf": told}, ENTRIES).rules


@lru_cache(maxsize=4)
def pack(*, level: int = 1, blocking: int = 1, enforced: bool = True) -> ModelEngine:
    """Return the model engine over the pack."""
    return ModelEngine(rules(level=level, blocking=blocking, enforced=enforced))
