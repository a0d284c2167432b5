"""What a database may store in one statement."""

from typing import NamedTuple


class Opening(NamedTuple):
    """What create_ticket stores where nothing is unusual: the key, the ticket and its response.

    The fields are in the order in which a driver's own function takes them.
    """

    family_id: int
    key_sha256: bytes
    key_hint: str
    operation: str
    fp_version: int
    fp_raw: bytes
    fp_canon: bytes
    request_id: str
    now: int
    ran_at: int
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
    reply: tuple[bytes, bytes, bytes]
    """The reply's bytes before the ticket's number, between it and the ticket's id, and behind."""
