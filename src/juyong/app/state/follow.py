"""A home remembers the log that an act of its operator began in the place of another one."""

from juyong.app.anchor import HomeAnchor
from juyong.app.state.state import State
from juyong.audit.ledger.signing import LogSigner, key_of
from juyong.audit.ledger.stored import log_of


def follow(state: State, signer: LogSigner) -> None:
    """Remember the newest checkpoint whatever the home remembered before.

    SECURITY: only for an operator's command that has just replaced the log.
    """
    anchor = HomeAnchor(state.home)
    row = state.transact(log_of)
    if row is None:
        anchor.forget()
    else:
        anchor.remember(row.checkpoint.encode(), key_of(row.origin, signer.public).text)
