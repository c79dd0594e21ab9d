"""A browser's request to a bucket that is a web site, and what it is shown.

A page is another call, judged like any call: a page is shown to whoever may read its object.

Source: OSS, static web sites (documented): the index for requests without a signature, the order
of rules, `Type`, and the error document. Assumed: an error document that the caller may not read is
not shown, nor one to a signed request; a request that says which part of a list it wants gets the
list.
"""

from collections.abc import Mapping
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from juyong.api.answers import Answer
from juyong.api.errors import ApiError
from juyong.api.request import Raw
from juyong.api.wire import Door
from juyong.services.oss.errors import NoKey
from juyong.services.oss.website.rules import WEBSITE, RoutingRule, WebsiteConfiguration
from juyong.services.oss.wire.writing import OssWriter
from juyong.store.transaction import Transaction

_NOT_FOUND, _FOUND = 404, 302
_LOOK, _SHOW = 0, 2
"""`Type`: send the browser to a folder that has a page; show its page."""
_OF_ANOTHER_BODY = frozenset(
    {
        *("range", "if-match", "if-none-match", "if-modified-since"),
        *("if-unmodified-since", "x-oss-range-behavior"),
    }
)
"""Headers that are about the object asked for, and not about the page shown in its place."""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One request, which is not signed, to a bucket by its own host name.

    key: Decoded; empty for the bucket itself.
    """

    raw: Raw
    bucket: str
    key: str

    async def __call__(self, door: Door) -> Answer:
        """Return the page, or what the request is answered without a site.

        Raises:
            ApiError: as the calls do that the pages are.
        """
        site = await door.look(self._site)
        if site is None:
            return await door.call(self.raw)
        return await _Visitor(door, self, site).shown()

    def _site(self, tx: Transaction) -> WebsiteConfiguration | None:
        return WEBSITE.held(tx, self.bucket)


class _Visitor:
    """A request to a site; the object that is asked for is looked up once, if at all."""

    def __init__(self, door: Door, visit: Visit, site: WebsiteConfiguration) -> None:
        self._door, self._visit, self._site = door, visit, site
        self._found: Answer | ApiError | None = None

    async def shown(self) -> Answer:
        """Return the page."""
        raw, key = self._visit.raw, self._visit.key
        for rule in self._site.rules:
            if rule.condition.met_by(key, raw.headers) and await self._ends_as_wanted(rule):
                return await self._sent(rule)
        found = await self._object()
        if isinstance(found, Answer):
            return found
        if not isinstance(found, NoKey):
            raise found
        return await self._folder() or await self._error_page(found)

    async def _ends_as_wanted(self, rule: RoutingRule) -> bool:
        wanted = rule.condition.http_error_code_returned_equals
        if wanted is msgspec.UNSET:
            return True
        found = await self._object()
        return isinstance(found, ApiError) and found.status == wanted

    async def _sent(self, rule: RoutingRule) -> Answer:
        raw, key = self._visit.raw, self._visit.key
        if rule.redirect.redirect_type == "Internal":
            return await self._inside(rule.key_for(key))
        scheme = "https" if raw.secure else "http"
        return self._moved(rule.status, rule.location(scheme, raw.host, key, raw.query))

    async def _inside(self, key: str) -> Answer:
        """Return another object; no rule makes a list of a page."""
        if not key:
            return await self._error_page(NoKey(Key=key))
        try:
            return await self._door.call(self._at(key))
        except NoKey as missing:
            return await self._error_page(missing)

    async def _object(self) -> Answer | ApiError:
        """Return the answer for the object, or for the page of the folder."""
        if self._found is None:
            key, index = self._visit.key, self._site.index_document
            is_folder = not key or key.endswith("/")
            wanted = self._at(index.of_folder(key)) if index and is_folder else self._visit.raw
            try:
                self._found = await self._door.call(wanted)
            except ApiError as error:
                self._found = error
        return self._found

    async def _folder(self) -> Answer | None:
        """Return what is shown of a folder whose name was given without its slash."""
        key, index = self._visit.key, self._site.index_document
        if not index or index.support_sub_dir is not True or not key or key.endswith("/"):
            return None
        kind = index.type or _LOOK
        if kind not in (_LOOK, _SHOW):
            return None
        page = self._at(index.of_folder(f"{key}/"))
        try:
            if kind == _SHOW:
                return await self._door.call(page)
            await self._door.call(_plain(page, method="HEAD"))
        except ApiError:
            return None
        return self._moved(_FOUND, f"/{quote(key, safe='/~')}/")

    async def _error_page(self, missing: ApiError) -> Answer:
        """Return the error document; raises `missing` where there is none to be shown."""
        document = self._site.error_document
        if not document:
            raise missing
        try:
            page = await self._door.call(_plain(self._at(document.key)))
        except ApiError:
            raise missing from None
        return replace(page, status=document.http_status or _NOT_FOUND, code=missing.code)

    def _at(self, key: str) -> Raw:
        return replace(self._visit.raw, path=f"/{quote(key, safe='/~')}")

    def _moved(self, status: int, location: str) -> Answer:
        writer = OssWriter(self._visit.raw.method)
        return writer.moved(status, location, request_id=self._door.request_id)


def _plain(raw: Raw, *, method: str = "") -> Raw:
    """Return a request for the whole of another object than the one that was asked for."""
    kept: Mapping[str, str] = {
        name: value for name, value in raw.headers.items() if name not in _OF_ANOTHER_BODY
    }
    return replace(raw, method=method or raw.method, query="", headers=kept)
