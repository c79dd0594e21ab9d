"""A server that runs the network plane as root and changes rules all the time, until it is killed.

    python tests/crash/lasting_server.py FOLDER

It says `ready` whenever a desired state holds anew, goes on as the supervisor does when the helper
is killed, and stops the plane at the end of its input.
"""

import select
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.crash.plane_killer import network
from tests.unit.netplane.networks import desired

from juyong.netplane.plane import NetworkPlane


def main(folder):
    plane, turn = NetworkPlane(folder, window_s=0), 0
    try:
        while True:
            try:
                plane.start()
                plane.apply(desired(network(turn), 1, 2))
                print("ready", plane.remark(), plane._helper.pid, flush=True)
                while not select.select([sys.stdin], [], [], 0)[0]:
                    turn += 1
                    plane.apply(desired(network(turn), 1, 2))
                    plane.events()
            except OSError:
                plane.leave()
            else:
                return
    finally:
        plane.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
