"""How often well-meant calls are called unusual, and whether an attack is.

    python tests/bench/insight_alarms.py [--accounts 20]

The workload is that of tests/insight_workload.py: three weeks of each account, all kinds switched on
from the first day, and one attack in half of the accounts. Every other insight is a false one. The
figures depend on no clock; the exit code is 1 when a bound is missed.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.insight_workload import DAYS, Account, insights_of, is_attack

from juyong.engines.insight import Kind

MOST_FALSE_A_DAY = 0.25
"""Of one account, all kinds together."""


def main() -> int:
    """Measure; 0 when the bounds hold."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=20)
    accounts = parser.parse_args().accounts
    false: Counter[str] = Counter()
    days_with_false = attacks = found_by_all = calls = 0
    for seed in range(accounts):
        is_attacked = seed % 2 == 0
        insights = insights_of(Account(seed, is_attacked=is_attacked))
        calls += sum(1 for _ in Account(seed, is_attacked=is_attacked).calls())
        wrong = [each for each in insights if not is_attack(each)]
        false.update(each.kind.value for each in wrong)
        days_with_false += len({each.event.at // 86400 for each in wrong})
        attacks += is_attacked
        kinds = {each.kind for each in insights if is_attack(each)}
        found_by_all += is_attacked and kinds == set(Kind)
    days = accounts * DAYS
    rate = false.total() / days
    print(f"{accounts} accounts, {days} days of accounts, {calls:,} calls")
    for kind in Kind:
        print(
            f"false {kind.value:<20} {false[kind.value]:>5}  {false[kind.value] / days:.3f} a day"
        )
    print(
        f"false, all kinds           {false.total():>5}  {rate:.3f} a day, bound {MOST_FALSE_A_DAY}"
    )
    print(f"false insights by call     {false.total() / calls:.2e}")
    print(f"days with a false one      {days_with_false:>5}  {days_with_false / days:.1%}")
    print(f"attacks found by all kinds {found_by_all:>5}  of {attacks}")
    return 0 if rate <= MOST_FALSE_A_DAY and found_by_all == attacks else 1


if __name__ == "__main__":
    sys.exit(main())
