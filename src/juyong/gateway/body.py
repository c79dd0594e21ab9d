"""The body of a call, and how the call reads it: as the file of a form, or held to a digest.

Behind this, a body is a body: judged by its head, taken to the disk, and given to the operation.
"""

from collections.abc import AsyncIterator

from msgspec.structs import replace

from juyong.api import registry
from juyong.api.request import Arriving
from juyong.api.wire import Form, FormFormat
from juyong.gateway.arriving import AtHand, Promised, Received, never
from juyong.gateway.route import parameters_of
from juyong.gateway.stages import Routed


async def with_body(routed: Routed) -> Routed:
    """Return a call with the body that its operation receives; nothing of the body is read yet.

    A form is read up to its file, since its fields make the claim.

    Raises:
        ApiError: the request brings no form, or one that the format refuses.
        ClientGone: before the file began.
    """
    raw, promise = routed.raw, routed.envelope.promise
    if raw.arriving is None:
        routed = replace(routed, raw=replace(raw, arriving=AtHand(raw.body)))
    elif promise is not None:
        routed = replace(routed, raw=replace(raw, arriving=Promised(raw.arriving, promise)))
    return await _with_form(routed) if routed.operation.takes_form else routed


async def _with_form(routed: Routed) -> Routed:
    """Read the form of a call up to its file.

    Raises:
        ApiError: the request brings no form, or one that the format refuses.
        ClientGone: before the file began.
    """
    raw = routed.raw
    assert raw.arriving is not None  # noqa: S101  # see with_body
    spoken: FormFormat = await registry.current().format_of(routed.product)
    form = spoken.form(raw)
    file = FileOf(form, raw.arriving)
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
        self._whole = body
        self._body = body.parts()

    async def begin(self) -> None:
        """Take the body up to the file.

        Raises:
            ServiceUnavailable: as `holding`.
        """
        with self._whole.holding() as hold:
            while not self._form.begins():
                hold(await self._more())

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

    async def _more(self) -> int:
        data = await anext(self._body, None)
        if data is None:
            self._form.end()
        self._form.add(data)
        return len(data)
