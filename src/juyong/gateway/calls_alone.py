"""An application that lets calls through, and none of the platform's own pages.

Instances are served by this: /metrics, sign-in and the like are for who runs the platform.
"""

from juyong.api.hosts import SUFFIX, name_of
from juyong.api.request import Raw
from juyong.base.ids import new_request_id
from juyong.gateway import encode
from juyong.gateway.asgi import send_reply
from juyong.gateway.errors import UnknownProduct
from juyong.gateway.whole import Receive, Reply, Scope, Send, Whole, reply_of


class CallsAlone(Whole):
    """Hands requests for hosts of Alibaba Cloud to an application, and refuses all others."""

    def __init__(self, behind: Whole) -> None:
        self._behind = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        if _is_call(host):
            await self._behind(scope, receive, send)
        else:
            await send_reply(send, scope["method"], _refused(host))

    def streams(self, head: Raw) -> bool:
        """Tell whether a request is served before its body is whole."""
        return _is_call(head.host) and self._behind.streams(head)

    async def whole(self, raw: Raw) -> Reply:
        """Serve one request whose body is whole."""
        return await self._behind.whole(raw) if _is_call(raw.host) else _refused(raw.host)


def _is_call(host: str) -> bool:
    return name_of(host).endswith(SUFFIX)


def _refused(host: str) -> Reply:
    refusal = encode.refusal_of(UnknownProduct(), request_id=new_request_id(), host=host, xml=False)
    return reply_of(refusal, close=True)
