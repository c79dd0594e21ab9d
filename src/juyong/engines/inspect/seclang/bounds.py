"""How much a rule set may hold, so that a hostile one ends in an error."""

import msgspec


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes in bytes; nesting: of Include in Include; links: of one chain.

    parts: Variables, or actions, of one link.
    steps: Rules and tags that removals and updates pass over, all together; about a microsecond
        each.
    doubtful: Rules with an operator that no engine carries out, behind gates.

    The Core Rule Set 4 has 50 files of at most 60 KiB, 700 rules and lists of 1,800 words; 3.3 has
    430 removals, which take 3 million steps.
    """

    file: int = 4_194_304
    total: int = 33_554_432
    files: int = 1_000
    nesting: int = 16
    rules: int = 10_000
    links: int = 16
    words: int = 200_000
    parts: int = 1_000
    steps: int = 6_000_000
    doubtful: int = 20
