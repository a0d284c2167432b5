"""Deletes closed tickets for good: rows of table `ticket` and all that belongs to them.

Rule: a write deletes a few whole tickets, so that other writers wait little and a kill between two
writes leaves no part of a ticket.
"""

import json

from tickiti_server import crash_points
from tickiti_server.store.interface import Transaction

BATCH = 20
"""Tickets of one write, with all their responses and files: some ten milliseconds."""

_OLD = """
  FROM ticket
 WHERE closed_at < :before AND updated_at < :before
   AND id < (SELECT max(id) FROM ticket) AND number < (SELECT max(number) FROM ticket)
   AND id NOT IN (SELECT ticket_id FROM response WHERE id = (SELECT max(id) FROM response))
   AND NOT EXISTS (SELECT 1 FROM review r JOIN outbox o ON o.id = r.callback_id
                    WHERE r.ticket_id = ticket.id AND o.state IN ('queued', 'claimed', 'retry'))
"""
"""The newest ticket and the ticket of the newest response are not deleted, because a new ticket or
response gets the next number or id, and no number or id may come twice. A ticket whose decision is
still to be delivered is kept, because its callback is made from it."""

_NAMED = "(SELECT CAST(value AS INTEGER) FROM json_each(:ids))"

_RESPONSES = f"DELETE FROM response WHERE ticket_id IN {_NAMED}"

_STEPS = (
    f"""DELETE FROM attachment
         WHERE response_id IN (SELECT id FROM response WHERE ticket_id IN {_NAMED})""",
    f"DELETE FROM review WHERE ticket_id IN {_NAMED}",
    # A ticket that was merged has its final comment on the survivor.
    f"""UPDATE review SET final_id = NULL, final_html = NULL
         WHERE final_id IN (SELECT id FROM response WHERE ticket_id IN {_NAMED})""",
    _RESPONSES,
    f"DELETE FROM participant WHERE ticket_id IN {_NAMED}",
    f"DELETE FROM hashtag WHERE ticket_id IN {_NAMED}",
    f"DELETE FROM watchlist_ticket WHERE ticket_id IN {_NAMED}",
    f"DELETE FROM ticket_link WHERE ticket_id IN {_NAMED} OR other_id IN {_NAMED}",
    f"UPDATE ticket SET merged_into = NULL WHERE merged_into IN {_NAMED}",
    f"DELETE FROM ticket WHERE id IN {_NAMED}",
)
"""The tables that refer to a ticket, each before the tables that it refers to."""


def count_closed_tickets(tx: Transaction, *, before: int) -> int:
    """Count the closed tickets that nobody has touched since a moment."""
    row = tx.one(f"SELECT count(*) AS found {_OLD}", {"before": before})
    assert row is not None
    return int(row["found"])


def delete_closed_tickets(tx: Transaction, *, before: int) -> int:
    """Delete the first BATCH of these tickets and return their number."""
    # A ticket that somebody is just answering waits for the next batch.
    sql = f"SELECT id {_OLD} ORDER BY id LIMIT :most /* FOR UPDATE OF ticket SKIP LOCKED */"
    ids = [row["id"] for row in tx.all(sql, {"before": before, "most": BATCH})]
    for step in _STEPS if ids else ():
        tx.execute(step, {"ids": json.dumps(ids)})
        if step is _RESPONSES:
            crash_points.reached("closed.mid")
    return len(ids)
