"""Let the events of a platform become leaves of the ledger now, as its worker would in seconds."""

from juyong.app.anchor import HomeAnchor
from juyong.app.platform import Running
from juyong.app.state import State, state_of
from juyong.base.clock import system_clock
from juyong.store.executor import Executor
from juyong.worker.sequencing import Sequencing


def sequence(running: Running) -> list[str]:
    """Sequence all settled events; returns what was told."""
    return sequence_state(state_of(running), running.store)


def sequence_state(state: State, store: Executor) -> list[str]:
    """As sequence, through a store of one's own."""
    heard: list[str] = []
    sequencing = Sequencing(
        store=store,
        keys=state.keys,
        clock=system_clock,
        anchor=HomeAnchor(state.home),
        tell=heard.append,
    )
    while sequencing.round():
        pass
    return heard
