"""One authorisation question of a call, kept for its event."""

from typing import NamedTuple

from juyong.engines.policy import Layers, Request

SELF_SERVICE = "SelfService"


class Asked(NamedTuple):
    """A question, the policies that were asked, and their answer.

    outcome: `Allow`, `ExplicitDeny`, `ImplicitDeny`, or SELF_SERVICE where no policy allows what
        the account's preferences let users do to themselves.
    """

    request: Request
    layers: Layers
    outcome: str
