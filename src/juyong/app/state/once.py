"""What must stay used whatever becomes of the rest of the state.

SECURITY: forgetting that a nonce or an assertion was used would let a recorded request in again, so
neither restore nor reset takes one away; each row leaves when its time is over.
"""

import sqlalchemy as sa

from juyong.services.sts.facade import AssertionRow
from juyong.store.nonces import NonceRow
from juyong.store.table import spec_of


def used_once() -> frozenset[sa.Table]:
    """Return the tables of what may be used once."""
    return frozenset({spec_of(NonceRow).table, spec_of(AssertionRow).table})
