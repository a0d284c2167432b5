"""Records the changes that a request makes, and who made them."""

from collections.abc import Sequence

from tickiti_server.api.call import Call
from tickiti_server.store.operations import audit
from tickiti_server.store.operations.audit import Author, Change


def owner(call: Call) -> Author:
    """The owner of the token, who makes a change where a request names nobody."""
    return audit.author_of(call.tx, call.caller.person_id)


def record(
    call: Call,
    ticket_id: int,
    changes: Sequence[Change],
    *,
    author: Author,
    response_id: int | None = None,
) -> int | None:
    """Store changes with a response, or with a response of their own where `response_id` is None.
    Returns the id of that response. Nothing is stored where nothing has changed."""
    return audit.record(
        call.tx, ticket_id, changes, author=author, now=call.now, response_id=response_id
    )
