"""Documents of a project that are kept as they are sent, by kind and name."""

from typing import Any

import msgspec

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.services.sls.errors import BadArgument
from juyong.services.sls.tables import DocumentRow, ProjectRow

MOST_BYTES = 1 << 20


class Documents(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of documents.

    missing, taken: Make the error for a name that no document has, and for one that is taken.
    quota: How many a project may have, by the name of the setting; empty: each name one.
    """

    kind: str
    missing: type[ApiError]
    taken: type[ApiError]
    quota: str = ""
    too_many: type[ApiError] = BadArgument

    def find(self, ctx: Context, project: str, name: str) -> DocumentRow | None:
        """Return a document, or None."""
        return ctx.tx.get(DocumentRow, project, self.kind, name)

    def the(self, ctx: Context, project: str, name: str) -> DocumentRow:
        """Return a document.

        Raises:
            ApiError: `missing`.
        """
        row = self.find(ctx, project, name)
        if row is None:
            raise self.missing(name=name)
        return row

    def all(self, ctx: Context, project: ProjectRow) -> list[DocumentRow]:
        """Return all documents of a project, by name."""
        return ctx.tx.find(
            DocumentRow, order=("name",), project_name=project.project_name, kind=self.kind
        )

    def add(self, ctx: Context, project: str, name: str, document: Any) -> None:
        """Keep a new document.

        Raises:
            ApiError: `taken`, `too_many`. BadArgument: it is too long.
        """
        text = encoded(document)
        if self.find(ctx, project, name) is not None:
            raise self.taken(name=name)
        if self.quota:
            held = ctx.tx.count(DocumentRow, project_name=project, kind=self.kind)
            if held >= ctx.quota(self.quota):
                raise self.too_many
        ctx.tx.insert(
            DocumentRow(
                project_name=project,
                kind=self.kind,
                name=name,
                document=text,
                modified_at=ctx.now,
            )
        )

    def change(self, ctx: Context, project: str, name: str, document: Any) -> None:
        """Keep a document in the place of the one before.

        Raises:
            ApiError: `missing`. BadArgument: it is too long.
        """
        row = self.the(ctx, project, name)
        ctx.tx.update(row, document=encoded(document), modified_at=ctx.now)

    def remove(self, ctx: Context, project: str, name: str) -> None:
        """Delete a document.

        Raises:
            ApiError: `missing`.
        """
        ctx.tx.delete(self.the(ctx, project, name))


def encoded(document: Any) -> str:
    """Return a document as it is stored.

    Raises:
        BadArgument: it has more than 1 MiB.
    """
    text = msgspec.json.encode(document)
    if len(text) > MOST_BYTES:
        raise BadArgument(why=f"the document has more than {MOST_BYTES} bytes.")
    return text.decode()
