"""The metadata service of instances, over HTTP: the requests of one VPC."""

import asyncio

from juyong.app.platform import Running
from juyong.base.log import log
from juyong.gateway.whole import Asgi, Receive, Scope, Send
from juyong.store.errors import StoreError

_UNAVAILABLE = 503


def metadata_of(running: Running, vpc_id: str) -> Asgi:
    """Return the application that answers instances of a VPC; their address tells which asks."""

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        from juyong.services.ecs.facade import Answer, Asked, answer_at  # noqa: PLC0415

        asked = Asked(
            method=scope["method"],
            path=scope["raw_path"].decode("latin-1"),
            headers={
                name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
            },
        )
        platform, now = running.pipeline.platform, running.pipeline.clock()
        place = (vpc_id, scope["client"][0])
        try:
            answer = await asyncio.to_thread(
                running.store.call, lambda tx: answer_at(tx, platform, now, place, asked)
            )
        except StoreError as failure:
            log().error("metadata", cause=repr(failure))
            answer = Answer(status=_UNAVAILABLE)
        headers = [(name.encode(), value.encode()) for name, value in answer.headers]
        headers.append((b"content-length", str(len(answer.body)).encode()))
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": answer.body})

    return app
