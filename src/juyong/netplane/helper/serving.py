"""The process that obeys the server, once the process stands in the helper's namespaces."""

import os
import shutil
import socket
import traceback
from contextlib import suppress
from typing import NoReturn

import msgspec

from juyong.base import linux
from juyong.netplane.helper import kernel, still
from juyong.netplane.helper.bounds import Bounds
from juyong.netplane.helper.keeper import Keeper
from juyong.netplane.helper.left import NOTHING, Left
from juyong.netplane.helper.loop import Loop
from juyong.netplane.messages import Ended, Ready, send

_TRIAL = """table inet juyong_trial {
set own { type ifname . ipv4_addr; elements = { "a" . 10.0.0.1 } }
map verdicts { type ifname : verdict; }
chain raw { type filter hook prerouting priority raw; policy drop; iifname . ip saddr @own accept; }
chain forward { type filter hook forward priority 0; policy drop;
ct state vmap { established : accept, invalid : drop }
iifname vmap @verdicts
}
chain nat { type nat hook prerouting priority dstnat; policy accept;
dnat ip to ip daddr map { 203.0.113.1 : 10.0.0.1 }
}
}
delete table inet juyong_trial
"""


def refuse(pair: socket.socket, reason: str) -> NoReturn:
    """Say why the machine cannot carry the helper, and end."""
    with suppress(Ended):
        send(pair, Ready(refused=reason))
    os._exit(1)


def serve(
    pair: socket.socket,
    uids: int,
    bounds: Bounds,
    keeper: Keeper | None = None,
    *,
    left: Left = NOTHING,
    unkept: str = "",
) -> NoReturn:
    """Serve until the server is gone.

    Args:
        uids: How many users there are for machines; 0 for the only one.
        bounds: Those of machines.
        keeper: What outlives the helper is kept by it; nothing does if None.
        left: What an earlier helper left.
        unkept: Why nothing outlives the helper, where something was to.
    """
    code = 1
    try:
        linux.reap_orphans()
        for name in ("nft", "ip"):
            if shutil.which(name) is None:
                refuse(pair, f"`{name}` is not installed")
        if not left.networks:
            # The Internet's rules of before stand, and are another table than the trial's.
            kernel.program(["nft", "-f", "-"], _TRIAL)
        loop = Loop(pair, uids, keeper or Keeper(), bounds, left)
        ready = Ready(
            found=loop.found(),
            unkept=unkept,
            is_bounded=bool(bounds.folders),
            unheld=still.refusal(),
        )
    except (OSError, kernel.Refused) as refused:
        refuse(pair, f"the system refuses a part of a network: {refused}")
    try:
        send(pair, ready)
        loop.serve()
        code = 0
    except (Ended, msgspec.DecodeError):
        # The server is gone, or no message of its own came: what is not kept ends.
        code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)
