"""CreateUser with two trails on, each to a logstore and a bucket, beside CreateUser without.

    python tests/bench/bench_trails.py

No call waits for a delivery; what is measured is how much the job, the leaves and the files take
from the processor and the disk that the calls use.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.load import run_load
from tests.bench.report import Row
from tests.bench.servers import juyong
from tests.bench.signed import credentials_of, v3_request
from tests.trails import in_account, switch_on

from juyong.app.bootstrap import read_credentials
from juyong.app.home import Home
from juyong.app.platform import open_platform
from juyong.app.settings import Settings

_CREATES = 4000
_WARM = 50
_CONNECTIONS = 64
_ROUNDS = 3
_MOST = 1.15
"""How much longer a call may take with two trails."""


def measure() -> list[Row]:
    """Let servers with and without trails take turns."""
    with_trails, without = [], []
    for _ in range(_ROUNDS):
        without.append(_microseconds(0))
        with_trails.append(_microseconds(2))
    others = {"without": median(without)}
    title = "CreateUser, two trails on"
    return [Row.times_first(title, median(with_trails), others, unit="us", floor=1 / _MOST)]


def _microseconds(trails: int) -> float:
    """Return the time of a call, in microseconds, while so many trails are on."""
    with tempfile.TemporaryDirectory(prefix="juyong-bench-") as folder:
        home = Path(folder) / "home"
        running = open_platform(home, settings=Settings())
        account_id = read_credentials(Home(home)).account_id
        for number in range(trails):
            in_account(running, account_id, lambda ctx, n=number: switch_on(ctx, f"trail-{n}"))
        running.close()
        with juyong(home) as server:
            key = credentials_of(home)
            requests = [
                v3_request(key, "CreateUser", {"UserName": f"u{n}"})
                for n in range(_WARM + _CREATES)
            ]
            run_load(server.port, requests[:_WARM], connections=_CONNECTIONS)
            done = run_load(server.port, requests[_WARM:], connections=_CONNECTIONS)
    assert (done.requests, done.failures) == (_CREATES, 0)
    return 1e6 / done.per_second


def main() -> int:
    """Measure; 0 when the floor holds."""
    rows = measure()
    print(*rows, sep="\n")
    return 0 if all(row.held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
