"""The house follows an act of its operator that replaced the state: the log, and the planes."""

from juyong.app.anchor import HomeAnchor
from juyong.app.state.state import State
from juyong.audit.ledger.signing import LogSigner, key_of
from juyong.audit.ledger.stored import log_of


def follow(state: State, signer: LogSigner) -> None:
    """Remember the newest checkpoint whatever the home remembered before; wake the planes.

    SECURITY: only for an operator's command that has just replaced the log.
    """
    anchor = HomeAnchor(state.home)
    with state.opened() as store:
        row = store.call(log_of)
        store.ring()
    if row is None:
        anchor.forget()
    else:
        anchor.remember(row.checkpoint.encode(), key_of(row.origin, signer.public).text)
