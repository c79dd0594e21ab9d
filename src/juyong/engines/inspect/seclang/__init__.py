"""SecLang read whole: files to a `RuleSet`, with file and line for all that is refused.

    loader.py      files and directives to a rule set
    lexing.py      text to directives and their words
    targets.py     the variables of a rule
    operators.py   its operator, and the words that the operator looks for
    macros.py      `%{TX.score}` in arguments and texts
    actions.py     its actions, split and judged
    controls.py    the values of ctl actions
    drafts.py      rules as they are read, before they are final
    building.py    drafts to rules
    skips.py       skip as a way to a marker
    updates.py     removals and updates by later directives
    reach.py       rules that cannot be reached, and labels that are missing
    settings.py    directives that hold one value
    known.py       names the language has, and why some are refused or need no effect
    sources.py     names inside the folder of the rules, and lists of words
    bounds.py      how much a rule set may hold

Source: the reference manuals of ModSecurity 2.9 and 3 (documented); where these differ, the
docstrings name the choice.
"""

from juyong.engines.inspect.seclang.bounds import Bounds
from juyong.engines.inspect.seclang.errors import BadRules
from juyong.engines.inspect.seclang.loader import Loaded, load
from juyong.engines.inspect.seclang.reach import Note
from juyong.engines.inspect.seclang.sources import Files

__all__ = ["BadRules", "Bounds", "Files", "Loaded", "Note", "load"]
