"""Deliver notices, and forget those of long ago."""

import ssl

from juyong.api.bench import Bench
from juyong.api.context import FetchRefused
from juyong.api.job import job
from juyong.base.clock import DAY_SECONDS
from juyong.notices.message import Mail, Webhook
from juyong.notices.sending import (
    DELIVER,
    forget,
    idempotency_key,
    keep_mail,
    message_of,
    note_delivered,
    note_failure,
    notice_of,
)
from juyong.notices.tables import NoticeRow
from juyong.store.queue import Claim, finish
from juyong.store.transaction import Transaction

ATTEMPTS = 12
_LEASE_SECONDS = 60
_FIRST_PAUSE_SECONDS = 5
_AT_ONCE = 4
_ROWS = 400
"""Rows of one transaction that forgets: a notice that was given up has an item, too."""
_FORGETTING = 100
"""Transactions of one run; what is left waits for the next."""
_REDIRECTS, _SUCCESS = 300, 200


class Undelivered(Exception):
    """The receiver did not take a notice; the row of the notice says why."""


@job(
    DELIVER,
    lease_seconds=_LEASE_SECONDS,
    attempts=ATTEMPTS,
    at_once=_AT_ONCE,
    first_pause=_FIRST_PAUSE_SECONDS,
)
def deliver(bench: Bench, claim: Claim) -> None:
    """Deliver one notice.

    A mail is in the mailbox exactly once. A request may be sent again after a crash; its header
    `Idempotency-Key` is the same each time.
    """
    row = bench.transact(lambda tx: notice_of(tx, claim.key))
    if row is None:
        return
    message = message_of(row)
    error = _requested(bench, row, message) if isinstance(message, Webhook) else ""
    mail = message if isinstance(message, Mail) else None

    def settle(tx: Transaction) -> None:
        now = bench.clock()
        if error:
            note_failure(tx, row, error, now, is_last=claim.attempts >= ATTEMPTS)
            return
        if mail is not None:
            keep_mail(tx, row, mail, now)
        note_delivered(tx, row, now)
        finish(tx, claim, now)

    bench.transact(settle)
    if error:
        raise Undelivered


def _requested(bench: Bench, row: NoticeRow, webhook: Webhook) -> str:
    """Send a request; returns why that failed, empty for success.

    SECURITY: the text of an error of the system may name what the caller sent; it is not told.
    """
    headers = {**webhook.headers, "Idempotency-Key": idempotency_key(row)}
    try:
        status = bench.platform.post(
            Webhook(url=webhook.url, method=webhook.method, headers=headers, body=webhook.body)
        )
    except FetchRefused as refusal:
        return str(refusal)
    except TimeoutError:
        return "the receiver did not answer in time"
    except ssl.SSLError:
        return "there is no TLS with the receiver that this system trusts"
    except OSError as failure:
        return f"the receiver cannot be reached ({type(failure).__name__})"
    return "" if _SUCCESS <= status < _REDIRECTS else f"the receiver answered {status}"


@job("notices.forget", every=3600)
def forget_old(bench: Bench) -> None:
    """Forget mails and outcomes that are older than the setting says."""
    days = bench.platform.kept.notices_days
    before = bench.clock() - days * DAY_SECONDS
    for _ in range(_FORGETTING if days else 0):
        if bench.transact(lambda tx: forget(tx, before, _ROWS)) < _ROWS:
            return
