"""Notices: messages that leave the platform, queued with their reason and delivered at least once.

    send(tx, account_id, Webhook(url="https://…", body="…"), key="alert-1/firing/17", now=ctx.now)

One key may go to many receivers; the same key to the same receiver is one notice, however often it
is sent. `states` tells how far the notices of a key are.
"""

from juyong.notices.message import BadNotice, Mail, Message, Post, Webhook, no_post
from juyong.notices.sending import State, TooManyWaiting, send, states

__all__ = (
    "BadNotice",
    "Mail",
    "Message",
    "Post",
    "State",
    "TooManyWaiting",
    "Webhook",
    "no_post",
    "send",
    "states",
)
