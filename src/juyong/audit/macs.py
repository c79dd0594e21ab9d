"""MACs, which prove that an event was not changed after it was written."""

import hmac


def event_mac(key: bytes, account_id: str, event_id: str, body: str, evidence: str) -> str:
    """Authenticate one event's place and content (HMAC-SHA256, hex).

    SECURITY: body and evidence are JSON, which holds no control character, so their border is
    certain. An event without evidence has the MAC that older versions made.
    """
    material = f"{account_id}\x1f{event_id}\x1f{body}"
    if evidence:
        material += f"\x1f{evidence}"
    return hmac.digest(key, material.encode(), "sha256").hex()


def macs_match(one: str, other: str) -> bool:
    """Compare two MACs in constant time; what stands in the database may be any text."""
    return hmac.compare_digest(one.encode(), other.encode())
