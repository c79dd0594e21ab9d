"""Each minute: commands that no plane took."""

from juyong.api.bench import Bench
from juyong.api.job import job
from juyong.services.ecs.assistant.carrying import give_up_waiting

_MOST = 200


@job("ecs.commands", every=60, rows=2 * _MOST)
def commands(bench: Bench) -> None:
    """Fail them."""
    now = bench.clock()
    bench.transact(lambda tx: give_up_waiting(tx, now, _MOST))
