"""Saved searches, kept and shown as they are sent.

Source: SLS API reference (documented); that the Go SDK sends the filters of a list as headers
(observed), which are read there too.
"""

from typing import Annotated, Any

import msgspec

from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.errors import ApiError, fact
from juyong.api.fields import Doc, RawBody
from juyong.api.operation import Route, operation
from juyong.services.sls.documents import Documents
from juyong.services.sls.errors import BadArgument, BadBody
from juyong.services.sls.fields import CamelShape, Offset, Page, Size, shown_of
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.projects.project import in_project
from juyong.services.sls.saved.sent import named_document
from juyong.services.sls.tables import ProjectRow

_NAME = "savedsearchName"
_NEEDED = ("searchQuery", "logstore")


class NoSearch(ApiError):
    """The project has no such saved search."""

    code, status, text = "SavedSearchNotExist", 404, "savedsearch {name} does not exist"


SearchExists = fact(
    "ParameterInvalid",
    400,
    "savedsearch already exists",
    why="The project has a saved search of that name.",
)
TooManySearches = fact(
    "ExceedQuota",
    400,
    "savedsearch quota exceed",
    why="The project holds its quota `sls.saved-searches`.",
)
SEARCHES = Documents(
    kind="savedsearch",
    missing=NoSearch,
    taken=SearchExists,
    quota="sls.saved-searches",
    too_many=TooManySearches,
)
EVERY = in_project("/savedsearch/*")
ONE = in_project("/savedsearch/{name}")
Body = Annotated[bytes, RawBody(), Doc("The saved search.")]
Name = Annotated[str, Doc("The saved search.")]


def _checked(body: bytes, name: str = "") -> tuple[str, dict[str, Any]]:
    found, document = named_document(body, _NAME, name)
    for member in _NEEDED:
        if not isinstance(document.get(member), str):
            raise BadArgument(why=f"{member} is required.")
    return found, document


@operation(
    SLS,
    "CreateSavedSearch",
    on=EVERY,
    raises=(BadArgument, BadBody, SearchExists, TooManySearches),
    route=Route(method="POST", path="/project/{project}/savedsearches"),
)
def create_saved_search(ctx: Context, project: ProjectRow, *, search: Body = b"") -> None:
    """Keep a new saved search."""
    name, document = _checked(search)
    SEARCHES.add(ctx, project.project_name, name, document)


@operation(
    SLS,
    "GetSavedSearch",
    on=ONE,
    raises=(NoSearch,),
    route=Route(method="GET", path="/project/{project}/savedsearches/{name}"),
    reads_only=True,
)
def get_saved_search(ctx: Context, project: ProjectRow, *, name: Name) -> RawAnswer:
    """Return a saved search as it was sent."""
    row = SEARCHES.the(ctx, project.project_name, name)
    return RawAnswer(body=row.document.encode(), content_type="application/json")


@operation(
    SLS,
    "UpdateSavedSearch",
    on=ONE,
    raises=(BadArgument, BadBody, NoSearch),
    route=Route(method="PUT", path="/project/{project}/savedsearches/{name}"),
)
def update_saved_search(
    ctx: Context, project: ProjectRow, *, name: Name, search: Body = b""
) -> None:
    """Keep a saved search in the place of the one before."""
    _, document = _checked(search, name)
    SEARCHES.change(ctx, project.project_name, name, document)


@operation(
    SLS,
    "DeleteSavedSearch",
    on=ONE,
    raises=(NoSearch,),
    route=Route(method="DELETE", path="/project/{project}/savedsearches/{name}"),
)
def delete_saved_search(ctx: Context, project: ProjectRow, *, name: Name) -> None:
    """Delete a saved search."""
    SEARCHES.remove(ctx, project.project_name, name)


class SearchItem(CamelShape, frozen=True, kw_only=True):
    """A saved search in a list."""

    savedsearch_name: str
    display_name: str


class Searches(Page, frozen=True, kw_only=True):
    """A page of saved searches; the names come first, as clients read them."""

    savedsearches: list[str]
    savedsearch_items: list[SearchItem]


@operation(
    SLS,
    "ListSavedSearch",
    on=EVERY,
    route=Route(method="GET", path="/project/{project}/savedsearches"),
    reads_only=True,
)
def list_saved_search(
    ctx: Context,
    project: ProjectRow,
    *,
    offset: Offset = 0,
    size: Size = 100,
    savedsearch_name: Annotated[str, Doc("A part of the name.")] = "",
) -> Searches:
    """List the saved searches of a project, by name."""
    found = [row for row in SEARCHES.all(ctx, project) if savedsearch_name in row.name]
    shown = shown_of(found, offset, size)
    items = [
        SearchItem(
            savedsearch_name=row.name,
            display_name=str(msgspec.json.decode(row.document).get("displayName", "")),
        )
        for row in shown
    ]
    return Searches(
        count=len(shown),
        total=len(found),
        savedsearches=[row.name for row in shown],
        savedsearch_items=items,
    )
