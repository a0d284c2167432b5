"""What create_ticket stores where nothing is unusual, as a database may store it in its own way."""

from collections.abc import Callable
from typing import NamedTuple

from tickiti_server.clock import Microseconds


class Stamp(NamedTuple):
    """The moment of a write, by the wall clock and by the running time."""

    now: Microseconds
    ran_at: Microseconds


class Opening(NamedTuple):
    """The key, the ticket and its first response, all in one value, and what must still hold."""

    family_id: int
    key_sha256: bytes
    key_hint: str
    operation: str
    fp_version: int
    fp_raw: bytes
    fp_canon: bytes
    request_id: str
    queue_key: str
    email_key: str
    author_id: int | None
    """None: the requester is the author."""

    secure_id: str
    subject: str
    priority: int
    html: str
    text: str | None
    is_internal: bool
    staff_response: bool
    reply: Callable[[int, int], bytes]
    """The reply to store, by the ticket's number and its id."""

    tokens_as_of: object
    """The version of the tokens at which the request was allowed."""

    stamp: Callable[[], Stamp | None]
    """The moment of the write. None if the token or the key has expired by now."""


class Opened(NamedTuple):
    """The stored reply of an opened ticket, and the time that stands with its key."""

    reply: bytes
    at: Microseconds
