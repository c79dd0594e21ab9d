"""One authorisation question of a call, kept for its event."""

from typing import NamedTuple

from juyong.engines.policy import Layers, Request

SELF_SERVICE = "SelfService"


class Asked(NamedTuple):
    """What was asked, of which policies, and what they answered.

    outcome: `Allow`, `ExplicitDeny`, `ImplicitDeny`, or SELF_SERVICE where no policy allows what
        the account's preferences let users do to themselves.
    """

    request: Request
    layers: Layers
    outcome: str
