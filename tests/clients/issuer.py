"""Small services on loopback that clients and the platform ask: an OIDC issuer, a key dispenser."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

Pages = Callable[[], dict[str, Any]]


@contextmanager
def serving(pages: Pages) -> Iterator[str]:
    """Serve JSON pages by path while the block runs; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages().get(self.path)
            body = json.dumps(page).encode()
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Issuer:
    """An OIDC issuer with one key."""

    url: str
    key: RSAKey

    def token(self, audience: str, subject: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": audience,
            "sub": subject,
            "iat": now,
            "exp": now + 600,
            "jti": f"token-{now}",
        }
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)


@contextmanager
def issuing() -> Iterator[Issuer]:
    """Run an issuer while the block runs."""
    key = RSAKey.generate_key(2048, auto_kid=True)
    issuer = Issuer("", key)

    def pages() -> dict[str, Any]:
        return {
            "/.well-known/openid-configuration": {
                "issuer": issuer.url,
                "jwks_uri": f"{issuer.url}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            },
            "/keys": {"keys": [key.as_dict(private=False)]},
        }

    with serving(pages) as url:
        issuer.url = url
        yield issuer
