"""What tickets are marked with: `hashtag`. Tags are one whatever the case."""

from collections.abc import Sequence

from tickiti_server.folding import case_key
from tickiti_server.store.database import Row, Transaction

_ADD = """
INSERT INTO hashtag (tag_key, ticket_id, tag) VALUES (:key, :ticket_id, :tag)
ON CONFLICT DO NOTHING
"""

_COUNTED = """
SELECT min(tag) AS tag, count(*) AS found FROM hashtag GROUP BY tag_key ORDER BY tag_key
"""


def add(tx: Transaction, ticket_id: int, tag: str) -> None:
    tx.execute(_ADD, {"key": case_key(tag), "ticket_id": ticket_id, "tag": tag})


def of_ticket(tx: Transaction, ticket_id: int) -> list[str]:
    """By name."""
    rows = tx.all(
        "SELECT tag FROM hashtag WHERE ticket_id = :id ORDER BY tag_key", {"id": ticket_id}
    )
    return [str(row["tag"]) for row in rows]


def counted(tx: Transaction) -> Sequence[Row]:
    """By name, each with how many tickets have it."""
    return tx.all(_COUNTED)


def delete(tx: Transaction, tag: str) -> None:
    """Take it from every ticket."""
    tx.execute("DELETE FROM hashtag WHERE tag_key = :key", {"key": case_key(tag)})
