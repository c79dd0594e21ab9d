"""The platform's own pages: health and metrics."""

from collections.abc import Mapping

import msgspec

from juyong.base.ids import new_request_id
from juyong.gateway.asgi import LocalPage
from juyong.gateway.encode import JSON
from juyong.gateway.metrics import Metrics
from juyong.gateway.request import Raw
from juyong.gateway.stages import Answer
from juyong.services.ram.facade import AccountRow
from juyong.store.errors import StoreError
from juyong.store.executor import Executor


def local_pages(metrics: Metrics, store: Executor) -> Mapping[tuple[str, str], LocalPage]:
    """Return the pages by method and path."""

    async def health(_raw: Raw) -> Answer:
        try:
            accounts = await store.run(lambda tx: tx.count(AccountRow))
        except StoreError:
            return _json(503, {"status": "unavailable"})
        return _json(200, {"status": "ok", "accounts": accounts})

    async def exposition(_raw: Raw) -> Answer:
        return Answer(
            status=200,
            body=metrics.render(),
            content_type="text/plain; version=0.0.4; charset=utf-8",
            request_id=new_request_id(),
        )

    return {("GET", "/health"): health, ("GET", "/metrics"): exposition}


def _json(status: int, members: Mapping[str, object]) -> Answer:
    return Answer(
        status=status,
        body=msgspec.json.encode(members),
        content_type=JSON,
        request_id=new_request_id(),
    )
