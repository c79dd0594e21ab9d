"""The readable engine: rules judged one by one, as the language says; what other engines equal.

    state.py       what is known of one request while rules run
    choosing.py    selectors to values
    testing.py     transformations and operators on values, with a budget
    program.py     a rule set made ready: rules by phase, labels, removals
    judging.py     one rule: links, matches, actions, hit; shared by all engines
    engine.py      the phases of a request and its response
    report.py      what is told at the end

Source: the reference manuals of ModSecurity 2.9 and 3 (documented); where these are silent or
differ, the docstring of the place says which is followed.
"""

from juyong.engines.inspect.model.engine import ModelEngine
from juyong.engines.inspect.stored import MemoryStore, Store

__all__ = ["MemoryStore", "ModelEngine", "Store"]
