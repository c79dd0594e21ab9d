"""Where a browser sees the sign-in pages, since a passkey belongs to one site."""

from juyong.api.request import Raw
from juyong.engines.credentials.passkeys import BadOrigin, Site, site_of_origin

_LOCAL = "localhost"


def site_of(raw: Raw, configured: Site | None) -> Site | None:
    """Return the site of a request, None where passkeys cannot be used.

    SECURITY: the sender of a request chooses its Host. Without a setting only `localhost` at the
    very port that took the request is believed, so that no other server can stand between.

    Args:
        raw: The request.
        configured: What the setting `signin_origin` says.
    """
    if configured is not None:
        return configured
    scheme, default = ("https", 443) if raw.secure else ("http", 80)
    port = "" if raw.port == default else f":{raw.port}"
    if raw.host.lower() != f"{_LOCAL}{port}":
        return None
    try:
        return site_of_origin(f"{scheme}://{_LOCAL}{port}")
    except BadOrigin:
        return None
