"""Ask the witness of this home to cosign.

SECURITY: an answer counts by the witness's signature, whatever it came over, and a request holds
what a log publishes: so this module asks over plain HTTP too, where a machine on the way can hide
cosignatures and raise a false alarm, and no more.
"""

from collections.abc import Sequence

from juyong.app.named_server import NamedServer
from juyong.app.outbound import Resolve, resolved
from juyong.app.settings import BadSetting, Settings
from juyong.base.addresses import Network, networks
from juyong.engines.ledger import Key, Malformed
from juyong.engines.ledger.witness import MOST_ANSWER_BYTES
from juyong.worker.witnessing import Answered

_SECONDS = 10.0
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}


class HttpWitness:
    """A witness behind a URL.

    Args:
        url: The submission prefix: `add-checkpoint` is below it.
        key: The key of its cosignatures.
        allowed, resolve, seconds: As a NamedServer has them.

    Raises:
        BadSetting: the URL is none, or the key is no witness's.
    """

    def __init__(
        self,
        url: str,
        key: str,
        allowed: Sequence[Network] = (),
        *,
        resolve: Resolve = resolved,
        seconds: float = _SECONDS,
    ) -> None:
        self.key = _key(key)
        self._server = NamedServer(url, "witness_url", allowed, resolve=resolve, seconds=seconds)

    def add(self, body: bytes) -> Answered:
        """Ask to cosign; raises as NamedServer.post."""
        return Answered(*self._server.post("/add-checkpoint", body, _TEXT, MOST_ANSWER_BYTES))


def witness_of(settings: Settings) -> HttpWitness | None:
    """Return the witness that the settings name, if any.

    Raises:
        BadSetting: the URL or the key is missing or cannot be read.
    """
    url, key = settings.witness_url, settings.witness_key
    if not url and not key:
        return None
    if not url or not key:
        raise BadSetting("`witness_url` and `witness_key` go together")
    return HttpWitness(url, key, networks(settings.outbound_allow))


def _key(text: str) -> Key:
    try:
        return Key.of_witness(text.strip())
    except Malformed as bad:
        raise BadSetting(f"`witness_key`: {bad}") from bad
