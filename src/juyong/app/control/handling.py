"""The acts of a server on requests over its control socket."""

from juyong.app.control.messages import Reply, Request, SealRequest, StatusRequest, UnsealRequest
from juyong.app.control.server import Control
from juyong.app.home import Home
from juyong.app.sealable import Sealable


def control_of(home: Home, sealable: Sealable) -> Control:
    """Return the control socket of a server; it does not listen yet."""

    async def handle(request: Request, user: int) -> Reply:
        return await answer(sealable, request, user)

    return Control(home, handle)


async def answer(sealable: Sealable, request: Request, user: int) -> Reply:
    """Carry out a request."""
    planes: dict[str, str] = {}
    match request:
        case StatusRequest():
            refusal, planes = "", sealable.planes()
        case SealRequest():
            refusal = await sealable.seal(user)
        case UnsealRequest():
            refusal = await sealable.unseal(request.secret(), user)
    return Reply(state="sealed" if sealable.sealed else "open", refusal=refusal, planes=planes)
