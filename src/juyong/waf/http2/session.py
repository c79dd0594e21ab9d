"""The settings of a session, and what bounds the memory that a client can make a session take."""

from typing import Final

from ngh2 import Configuration, Connection, Role, Setting

MOST_STREAMS: Final = 100
STREAM_WINDOW: Final = 131_072
WINDOW: Final = 1_048_576
"""Bytes of all bodies that came and wait; more than a stream's, so that one holds no others."""
_MOST_FIELDS = 512
_MOST_CONTINUATIONS = 8
_MOST_ACKNOWLEDGEMENTS = 256
_GOAWAY = bytes((0, 0, 8, 7, 0, 0, 0, 0, 0))
_ENHANCE_YOUR_CALM = bytes((0, 0, 0, 11))


def session_of(most_head: int) -> Connection:
    """Make the session of a server.

    Args:
        most_head: Bytes of fields that a request may have. The session itself takes twice as much,
            so that a head that is a little too long gets an answer, and ends no other stream.
    """
    session = Connection(
        Role.SERVER,
        Configuration(
            auto_window_update=False,
            max_outbound_ack=_MOST_ACKNOWLEDGEMENTS,
            max_continuations=_MOST_CONTINUATIONS,
            max_inbound_header_list_size=2 * most_head,
            max_inbound_header_count=_MOST_FIELDS,
        ),
    )
    session.initiate_connection(
        {
            Setting.MAX_CONCURRENT_STREAMS: MOST_STREAMS,
            Setting.INITIAL_WINDOW_SIZE: STREAM_WINDOW,
            Setting.MAX_HEADER_LIST_SIZE: most_head,
            Setting.NO_RFC7540_PRIORITIES: 1,
        }
    )
    session.set_local_window_size(WINDOW)
    return session


def calm_down(last: int) -> bytes:
    """Write a GOAWAY of ENHANCE_YOUR_CALM; last: The number of the last stream that was read.

    Source: RFC 9113, 6.8 and 7 (documented).
    """
    return _GOAWAY + last.to_bytes(4, "big") + _ENHANCE_YOUR_CALM
