"""Stores the hashtags of tickets: table `hashtag`. Tags are compared without case."""

from collections.abc import Sequence

from tickiti_server.rendering.case_folding import case_key
from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.search.conditions import Conditions

_ADD = """
INSERT INTO hashtag (tag_key, ticket_id, tag) VALUES (:key, :ticket_id, :tag)
ON CONFLICT DO NOTHING
"""

_COUNTED = """
SELECT min(h.tag) AS tag, count(*) AS found
  FROM hashtag h JOIN ticket t ON t.id = h.ticket_id
{where}
 GROUP BY h.tag_key ORDER BY h.tag_key
"""


def add_hashtag(tx: Transaction, ticket_id: int, tag: str) -> None:
    tx.execute(_ADD, {"key": case_key(tag), "ticket_id": ticket_id, "tag": tag})


def find_hashtag(tx: Transaction, tag: str) -> str | None:
    """The hashtag as tickets have it, compared without case; None where no ticket has it."""
    sql = "SELECT min(tag) AS tag FROM hashtag WHERE tag_key = :key"
    row = tx.one(sql, {"key": case_key(tag)})
    return None if row is None or row["tag"] is None else str(row["tag"])


def remove_hashtag(tx: Transaction, ticket_id: int, tag: str) -> bool:
    """Take a hashtag from one ticket. Returns False if the ticket did not have it."""
    sql = "DELETE FROM hashtag WHERE tag_key = :key AND ticket_id = :id"
    return tx.execute(sql, {"key": case_key(tag), "id": ticket_id}) > 0


def list_ticket_hashtags(tx: Transaction, ticket_id: int) -> list[str]:
    """Return a ticket's hashtags by name."""
    rows = tx.all(
        "SELECT tag FROM hashtag WHERE ticket_id = :id ORDER BY tag_key", {"id": ticket_id}
    )
    return [str(row["tag"]) for row in rows]


def count_hashtags(tx: Transaction, conditions: Conditions) -> Sequence[Row]:
    """Return the hashtags of the found tickets by name, each with the number of its tickets."""
    return tx.all(_COUNTED.format(where=conditions.where()), conditions.values)


def delete_hashtag(tx: Transaction, tag: str) -> None:
    """Remove a hashtag from every ticket."""
    tx.execute("DELETE FROM hashtag WHERE tag_key = :key", {"key": case_key(tag)})
