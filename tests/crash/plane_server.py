"""A server of a network plane whose machines end with the server; plane_killer.py kills it.

Packets go from one machine to an open and to a closed port of the other one, and rules change. The
receiver says on the standard output of this process what arrives, as long as it lives.
"""

import os
import sys
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.crash.plane_killer import ARRIVALS, network
from tests.unit.netplane.networks import SLOW, answer, desired, running_plane, serve
from tests.unit.netplane.test_plane import BOTH


def main():
    nothing = os.open(os.devnull, os.O_RDWR)
    with running_plane() as plane:
        plane.apply(desired(network(0), 1, 2))
        plane.attach("i-2", ["python3", "-c", ARRIVALS], (nothing, 1, nothing))
        plane.attach("i-1", ["python3", "-c", BOTH], (nothing, nothing, nothing))
        with serve(plane, "i-2", 80):
            print(answer(plane, "i-1", "10.0.1.2", 80, SLOW), flush=True)
        for turn in count(1):
            plane.apply(desired(network(turn), 1, 2))


if __name__ == "__main__":
    main()
