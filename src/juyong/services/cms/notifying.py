"""Tell contacts and webhooks: each message leaves by a notice, in the transaction of its reason."""

from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from juyong.api.errors import InvalidField
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.notices import BadNotice, Mail, TooManyWaiting, Webhook, send
from juyong.notices.message import check_url
from juyong.services.cms.tables import ContactGroupRow, ContactRow
from juyong.services.cms.texts import names_of
from juyong.store.transaction import Transaction

_JSON = {"Content-Type": "application/json; charset=utf-8"}


class WebUrl(msgspec.Struct, frozen=True):
    """The rule of a parameter that holds the URL of a webhook."""

    def check(self, name: str, value: str | Secret) -> None:
        """Refuse what no request can be sent to; which addresses are reached is asked when sent."""
        try:
            check_url(value.reveal() if isinstance(value, Secret) else value)
        except BadNotice as bad:
            raise InvalidField(name, "Format") from bad


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The receivers of messages: addresses of mails, hosts of webhooks without paths or tokens."""

    mails: list[str] = []
    hosts: list[str] = []


class Messenger:
    """Sends the messages of one occasion, which `key` names."""

    def __init__(self, tx: Transaction, account_id: AccountId, key: str, now: Instant) -> None:
        self._tx, self._account_id, self._key, self._now = tx, account_id, key, now
        self._mails: dict[str, None] = {}
        self._hosts: dict[str, None] = {}

    def contacts(self, groups: Iterable[str], subject: str, text: str) -> None:
        """Tell the contacts of groups: by mail once the address is confirmed, and by DingTalk."""
        for contact in self._members(groups):
            if contact.mail and contact.mail_confirmed:
                self._send(Mail(to=contact.mail, subject=subject, text=text), contact.mail)
            if contact.ding_url is not None:
                # Source: DingTalk, messages of robots (documented).
                body = {"msgtype": "text", "text": {"content": f"{subject}\n{text}"}}
                self.webhook(contact.ding_url.reveal(), msgspec.json.encode(body).decode(), _JSON)

    def webhook(self, url: str, body: str, headers: dict[str, str], method: str = "POST") -> None:
        """Send a request."""
        host = urlsplit(url).hostname or ""
        self._send(Webhook(url=url, method=method, headers=headers, body=body), host)

    def post_json(self, url: str, document: object, method: str = "POST") -> None:
        """Send a document in JSON."""
        self.webhook(url, msgspec.json.encode(document).decode(), _JSON, method)

    def told(self) -> Told:
        """Return the receivers."""
        return Told(mails=list(self._mails), hosts=list(self._hosts))

    def _members(self, groups: Iterable[str]) -> Iterable[ContactRow]:
        names: dict[str, None] = {}
        for name in groups:
            group = self._tx.get(ContactGroupRow, self._account_id, name)
            if group is not None:
                names |= dict.fromkeys(names_of(group.contacts))
        rows = (self._tx.get(ContactRow, self._account_id, name) for name in names)
        return [row for row in rows if row is not None]

    def _send(self, message: Mail | Webhook, receiver: str) -> None:
        """Queue a message; one that the account's queue has no room for is not sent.

        The history then does not name the receiver.
        """
        try:
            send(self._tx, self._account_id, message, key=self._key, now=self._now)
        except (TooManyWaiting, BadNotice):
            return
        known = self._mails if isinstance(message, Mail) else self._hosts
        known[receiver] = None
