"""Calls that are forms: the fields are read first, and the file arrives like any other body."""

from collections.abc import AsyncIterator

from msgspec.structs import replace

from juyong.api import registry
from juyong.api.request import Arriving
from juyong.api.wire import Form, FormFormat
from juyong.gateway.arriving import AtHand, Received, never
from juyong.gateway.route import parameters_of
from juyong.gateway.stages import Routed


async def with_form(routed: Routed) -> Routed:
    """Read the form of a call up to its file.

    Raises:
        ApiError: the request brings no form, or one that the format refuses.
        ClientGone: before the file began.
    """
    raw = routed.raw
    spoken: FormFormat = await registry.current().format_of(routed.product)
    form = spoken.form(raw)
    file = FileOf(form, raw.arriving if raw.arriving is not None else AtHand(raw.body))
    await file.begin()
    envelope = spoken.read_form(raw, form, routed.envelope)
    # SECURITY: the headers of the request are not those that the claim covers.
    params = parameters_of(routed.operation, replace(raw, headers=form.headers), envelope, {})
    return replace(
        routed,
        raw=replace(raw, body=b"", arriving=file),
        envelope=replace(envelope, params=params),
    )


class FileOf(Received):
    """The file of a form; its length is known once the form is whole."""

    def __init__(self, form: Form, body: Arriving) -> None:
        super().__init__(never, None)
        self._form = form
        self._body = body.parts()

    async def begin(self) -> None:
        """Take the body up to the file."""
        while not self._form.begins():
            await self._more()

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the file."""
        size = 0
        while True:
            data = self._form.take()
            size += len(data)
            if data:
                yield data
            if self._form.ended:
                self.length = size
                return
            await self._more()

    async def _more(self) -> None:
        data = await anext(self._body, None)
        if data is None:
            self._form.end()
        self._form.add(data)
