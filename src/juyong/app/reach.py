"""Tell code that the platform runs how to call the platform with an unmodified client."""

from pathlib import Path

import juyong
from juyong.api.context import Reach
from juyong.app.home import Home
from juyong.app.presence import running_server

_BUNDLE = "bundle.pem"
_HOOK = Path(juyong.__file__).parent / "cli" / "clientenv" / "hooks" / "python"


def reach_of(home: Home) -> Reach:
    """Return the way to the server that runs on this home; empty if no server listens.

    The same variables as `juyong exec` gives a Python client, without any credentials.

    Raises:
        AuthorityUnusable, OSError: see LocalAuthority.open.

    Cost: a file read; about 0.1 s when the bundle must be made.
    """
    server = running_server(home)
    if server is None:
        return Reach()
    bundle = home.authority / _BUNDLE
    if not bundle.exists():
        from juyong.front.authority import LocalAuthority  # noqa: PLC0415  # X.509 is slow

        LocalAuthority.open(home.authority).bundle(bundle)
    proxy = f"http://127.0.0.1:{server.port}"
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "ALIBABA_CLOUD_CA_BUNDLE")
    return Reach(
        variables={
            **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), proxy),
            **dict.fromkeys((*names, "JUYONG_CA_BUNDLE"), str(bundle)),
        },
        files=(str(bundle),),
        hook=str(_HOOK),
    )


def authority_of(home: Home) -> str:
    """Return the local CA's certificate as PEM; empty where no server has made one yet."""
    from juyong.front.authority import CERTIFICATE_FILE  # noqa: PLC0415  # X.509 is slow

    try:
        return (home.authority / CERTIFICATE_FILE).read_text()
    except FileNotFoundError:
        return ""
