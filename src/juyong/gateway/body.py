"""The body of a call, and how the call reads it: as the file of a form, or held to a digest.

A body may also be a document in JSON with one long text, which is read as the bytes of the text.

Behind this, a body is a body: judged by its head, taken to the disk, and given to the operation.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from juyong.api import registry
from juyong.api.errors import InvalidField
from juyong.api.request import Arriving
from juyong.api.wire import Form, FormFormat
from juyong.gateway.arriving import AtHand, Promised, Received, never
from juyong.gateway.errors import BodyTooLarge
from juyong.gateway.json_member import MemberReader
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
    if routed.operation.takes_member:
        member = MemberOf(routed)
        return replace(routed, raw=replace(routed.raw, body=b"", arriving=member))
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


class MemberOf(Received):
    """The bytes of a long text in a document in JSON; its length is known once they are there.

    Raises ApiError for a document that is refused, and BodyTooLarge for one that is twice as long
    as the bytes may be: Base64 takes a third more, and the rest and escapes of JSON are short.
    """

    def __init__(self, routed: Routed) -> None:
        super().__init__(never, None)
        field, body = routed.operation.receives, routed.raw.arriving
        assert field is not None  # noqa: S101  # see with_body
        assert body is not None  # noqa: S101  # see with_body
        self._routed = routed
        self._whole = body
        self._most = 2 * routed.operation.longest_body.most
        self._reader = MemberReader(field.path)
        self._hold: Callable[[int], None] = _ignored

    @contextmanager
    def held(self) -> Iterator[None]:
        """Count the rest of the document while the block takes the bytes.

        Raises:
            ServiceUnavailable: as `holding`.
        """
        with self._whole.holding() as self._hold:
            yield

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield the bytes of the text."""
        if (self._whole.length or 0) > self._most:
            raise BodyTooLarge
        size = 0
        async for part in self._whole.parts():
            size += len(part)
            if size > self._most:
                raise BodyTooLarge
            before = len(self._reader.rest)
            try:
                found = self._reader.add(part)
            except InvalidField as bad:
                raise self._routed.product.dialect.invalid_parameter(bad) from bad
            self._hold(len(self._reader.rest) - before)
            if found:
                yield found

    @property
    def is_given(self) -> bool:
        """Whether the document has the text."""
        return self._reader.found

    def read(self) -> Routed:
        """Return the call with the parameters that the rest of the document holds.

        Raises:
            ApiError: the rest cannot be read.
        """
        routed = self._routed
        try:
            members = self._reader.members()
        except InvalidField as bad:
            raise routed.product.dialect.invalid_parameter(bad) from bad
        envelope = routed.envelope
        envelope = replace(envelope, params={**members, **envelope.params})
        params = parameters_of(routed.operation, routed.raw, envelope, {})
        return replace(routed, envelope=replace(envelope, params=params))


def _ignored(_size: int) -> None:
    """Count nothing."""
