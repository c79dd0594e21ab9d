"""Why an inspection ends without an answer of its rules."""


class Unjudged(Exception):
    """The rules cannot judge the request to their end, so the request is refused.

    status: Of the answer. The text is for logs, and shows no value of the request.
    """

    def __init__(self, status: int, reason: str) -> None:
        """Keep the status and the reason."""
        super().__init__(reason)
        self.status = status
        self.reason = reason
