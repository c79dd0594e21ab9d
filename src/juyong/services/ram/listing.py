"""Positions in listings that no single table orders."""

from juyong.api.errors import BadParameter
from juyong.base.paging import page_position, page_token


def marker_position(
    listing: str, marker: str, size: int, *, name: str = "Marker"
) -> tuple[str | int, ...] | None:
    """Read back where a page ended; None for the first page.

    Raises:
        BadParameter: the marker is not one of this listing.
    """
    if not marker:
        return None
    try:
        position = page_position(listing, marker)
    except ValueError:
        position = []
    if len(position) != size:
        raise BadParameter(f"InvalidParameter.{name}", f'The parameter - "{name}" is incorrect.')
    return tuple(position)


def marker_after(listing: str, *position: str | int) -> str:
    """Make the marker that continues a listing after a position."""
    return page_token(listing, list(position))
