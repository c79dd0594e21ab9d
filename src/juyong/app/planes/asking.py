"""The states of a home's planes, for commands: asked of servers, or tried on the machine."""

import tempfile
from pathlib import Path
from typing import Any

from juyong.api.command import OperatorError
from juyong.api.plane import Place, PlaneHealth, PlaneSpec, PlaneState, PlaneUnavailable
from juyong.app.control.client import ask_servers
from juyong.app.control.messages import StatusRequest
from juyong.app.home import Home
from juyong.app.planes.planes import OFF
from juyong.app.settings import Settings
from juyong.blobs.disk import NOWHERE
from juyong.worker import hooks

_NO_SERVER = "no server runs"


def planes_of(home: Home, settings: Settings) -> dict[str, str]:
    """Return the state of each plane, by name.

    Of several servers, the server that runs the plane counts. Without a server, each plane is
    started for a moment, with nothing desired, to find out whether the machine carries it.
    """
    try:
        replies = ask_servers(home, StatusRequest()).values()
    except OperatorError:
        replies = {}.values()
    found: dict[str, str] = {}
    for reply in replies:
        for name, state in reply.planes.items():
            if found.get(name, PlaneState.STOPPED.value).startswith(PlaneState.STOPPED.value):
                found[name] = state
    off = settings.planes_off
    return found or {
        spec.name: str(_tried(home, spec, is_off=spec.name in off)) for spec in hooks.planes()
    }


def _tried(home: Home, spec: PlaneSpec[Any, Any], *, is_off: bool) -> PlaneHealth:
    if is_off:
        return PlaneHealth(state=PlaneState.NONE, reason=OFF)
    with tempfile.TemporaryDirectory() as folder:
        surroundings = Place(
            folder=Path(folder),
            knock=lambda: None,
            certificate=home.authority / "ca.pem",
            blobs=NOWHERE,
        )
        plane = spec.make(surroundings)
        try:
            plane.start()
            remark = plane.remark()
        except PlaneUnavailable as refused:
            return PlaneHealth(state=PlaneState.NONE, reason=str(refused))
        except OSError as failure:
            return PlaneHealth(state=PlaneState.FAILING, reason=str(failure))
        finally:
            plane.stop()
    reason = f"{_NO_SERVER}; {remark}" if remark else _NO_SERVER
    return PlaneHealth(state=PlaneState.STOPPED, reason=reason)
