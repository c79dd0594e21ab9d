"""All benchmarks, one table.

    python tests/bench/run.py [--only NAME]

Everything is measured beside something else in the same run, so that the machine cancels out of
the ratios; run it on a quiet one. The exit code is 1 when a floor is missed.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench import (
    bench_authorise,
    bench_calls,
    bench_crypto,
    bench_hsm,
    bench_kms,
    bench_ledger,
    bench_logs,
    bench_logsearch,
    bench_netplane,
    bench_oss,
    bench_packet,
    bench_start,
    bench_store,
    bench_trails,
    bench_waf,
    bench_waf_exchange,
    bench_waf_stored,
    bench_why,
)
from tests.bench.report import Row

TABLES: Mapping[str, Callable[[], list[Row]]] = {
    "calls": bench_calls.measure,
    "crypto": bench_crypto.measure,
    "hsm": bench_hsm.measure,
    "kms": bench_kms.measure,
    "ledger": bench_ledger.measure,
    "logs": bench_logs.measure,
    "logsearch": bench_logsearch.measure,
    "netplane": bench_netplane.measure,
    "oss": bench_oss.measure,
    "packet": bench_packet.measure,
    "start": bench_start.measure,
    "store": bench_store.measure,
    "trails": bench_trails.measure,
    "waf": bench_waf.measure,
    "waf-exchange": bench_waf_exchange.measure,
    "waf-stored": bench_waf_stored.measure,
    "why": bench_why.measure,
}


def main() -> int:
    """Run everything, or one of them; 0 when all floors hold."""
    names = [*TABLES, "authorise"]
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=names)
    wanted = parser.parse_args().only
    held = True
    for name in names if wanted is None else [wanted]:
        print(f"--- {name}", flush=True)
        if name == "authorise":
            held &= bench_authorise.main() == 0
            continue
        rows = TABLES[name]()
        print(*rows, sep="\n", flush=True)
        held &= all(row.held for row in rows)
    print("all floors hold" if held else "A FLOOR IS MISSED")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
