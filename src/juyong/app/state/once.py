"""Things that were used once and stay used, even if the rest of the state is replaced.

SECURITY: forgetting that a nonce or an assertion was used would let a recorded request in again, so
neither restore nor reset takes one away; each row leaves when its time is over.
"""

import sqlalchemy as sa

from juyong.services.sts.facade import AssertionRow
from juyong.store.nonces import NonceRow
from juyong.store.table import spec_of


def used_once() -> frozenset[sa.Table]:
    """Return the tables of things that may be used only once."""
    return frozenset({spec_of(NonceRow).table, spec_of(AssertionRow).table})
