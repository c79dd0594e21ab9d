"""MACs, which prove that an event was not changed after it was written."""

import hmac

from juyong.api.context import Platform
from juyong.base.mac_key import MacKey

PURPOSE = "audit"
"""Names the key under which events are authenticated."""
_KEPT = "audit.event_key"


def event_key(platform: Platform) -> MacKey:
    """Return the prepared audit key, which goes with the platform when that is sealed."""
    found: MacKey | None = platform.memory.get(_KEPT)
    if found is None:
        found = platform.memory[_KEPT] = prepared(platform.keys[PURPOSE])
    return found


def prepared(key: bytes) -> MacKey:
    """Prepare the audit key."""
    return MacKey(key, "sha256")


def event_mac(key: MacKey, account_id: str, event_id: str, body: str, evidence: str) -> str:
    """Authenticate one event's place and content (HMAC-SHA256, hex).

    SECURITY: body and evidence are JSON, which holds no control character, so their border is
    certain. An event without evidence has the MAC that older versions made.
    """
    material = f"{account_id}\x1f{event_id}\x1f{body}"
    if evidence:
        material += f"\x1f{evidence}"
    return key.digest(material.encode()).hex()


def macs_match(one: str, other: str) -> bool:
    """Compare two MACs in constant time; what stands in the database may be any text."""
    return hmac.compare_digest(one.encode(), other.encode())
