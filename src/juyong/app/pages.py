"""The platform's own pages: health, metrics, sign-in."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache

import msgspec

from juyong.api.answers import Answer
from juyong.api.request import Raw
from juyong.app.collectors import Stored, all_of, stored
from juyong.app.hardware import Hardware
from juyong.app.planes.planes import Planes
from juyong.base.ids import new_request_id
from juyong.gateway.asgi import LocalPage
from juyong.gateway.encode import JSON_TYPE
from juyong.gateway.metrics import Metrics, rendered
from juyong.gateway.pipeline import Pipeline
from juyong.services.identity.facade import AccountRow
from juyong.store.errors import StoreError
from juyong.store.executor import Executor
from juyong.worker.figures import Figures

SIGNIN_PAGES = (
    *(("GET", path) for path in ("/signin", "/signin.js", "/signin.css")),
    *(("POST", path) for path in ("/signin", "/signout")),
    *(("POST", f"/signin/{path}") for path in ("passkey/options", "passkey", "account")),
    *(("POST", f"/signin/mfa/{act}") for act in ("offer", "bind", "unbind")),
    *(("POST", f"/signin/passkeys/{act}") for act in ("options", "add", "delete")),
)
"""The pages of juyong.gateway.signin, named here since that module is loaded late."""


def local_pages(
    metrics: Metrics,
    figures: Figures,
    store: Executor,
    pipeline: Pipeline,
    *,
    hardware: Hardware,
    planes: Planes,
) -> Mapping[tuple[str, str], LocalPage]:
    """Return the pages by method and path."""

    async def health(_raw: Raw) -> Answer:
        try:
            accounts = await store.read(lambda tx: tx.count(AccountRow))
        except StoreError:
            return _json(503, {"status": "unavailable"})
        told: dict[str, object] = {
            "accounts": accounts,
            "worker": figures.state,
            "hsm": hardware.keeper(),
            **{name: str(how) for name, how in planes.health().items()},
        }
        if figures.witness != "off":
            told["witness"] = figures.witness
        return _json(200, {"status": "ok", **told})

    async def exposition(_raw: Raw) -> Answer:
        now = pipeline.clock()
        held: Stored = ()
        with suppress(StoreError):
            held = await store.read(lambda tx: stored(tx, now), scans=True)
        return Answer(
            status=200,
            body=await asyncio.to_thread(rendered, all_of(metrics, figures, planes, held)),
            content_type="text/plain; version=0.0.4; charset=utf-8",
            request_id=new_request_id(),
        )

    # Kept here and not in the module, which would keep the pipeline of a sealed platform.
    @lru_cache(maxsize=1)
    def sign_in_pages() -> Mapping[tuple[str, str], LocalPage]:
        """Make the pages at the first sign-in: they load password hashing."""
        from juyong.gateway.signin import signin_pages  # noqa: PLC0415

        return signin_pages(pipeline)

    async def sign_in(raw: Raw) -> Answer:
        pages = await asyncio.to_thread(sign_in_pages)
        return await pages[raw.method, raw.path](raw)

    return {
        ("GET", "/health"): health,
        ("GET", "/metrics"): exposition,
        **dict.fromkeys(SIGNIN_PAGES, sign_in),
    }


def _json(status: int, members: Mapping[str, object]) -> Answer:
    return Answer(
        status=status,
        body=msgspec.json.encode(members),
        content_type=JSON_TYPE,
        request_id=new_request_id(),
    )
