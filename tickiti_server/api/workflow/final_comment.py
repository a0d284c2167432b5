"""Posts the final comment of a decision, when the callback that told the decision has arrived."""

from tickiti_server.api.tickets.attachments import Content, post_response
from tickiti_server.clock import Microseconds
from tickiti_server.store.helpdesk import tickets
from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.outgoing import reviews


def post_final_comment(tx: Transaction, review: Row, *, now: Microseconds) -> None:
    """Post the comment that was filled in with the decision, once. The ticket keeps its
    status, so that no change is recorded. A ticket that was merged gets it on the survivor.

    The text is left to the backfill, because rendering would hold up the writer.
    """
    if review["final_html"] is None or review["final_id"] is not None:
        return
    survivor = tickets.find_survivor(tx, review["ticket_id"])
    ticket_id = review["ticket_id"] if survivor is None else survivor["id"]
    response_id = post_response(
        tx,
        Content(review["final_html"], text=None, images=()),
        ticket_id=ticket_id,
        author_id=review["decided_by"],
        is_internal=False,
        staff_response=True,
        now=now,
        operation_id=None,
    )
    reviews.set_final_response(tx, review["ticket_id"], response_id)
    tickets.update_ticket(tx, ticket_id, {}, now=now)
