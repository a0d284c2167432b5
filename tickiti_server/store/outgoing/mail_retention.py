"""Deletes delivered mail whose retention time is over: rows of table `outbox`."""

from tickiti_server.store.interface import Transaction

_IS_OLD = "kind = 'email' AND state = 'sent' AND done_at < :before"

_OLD = f"SELECT seq FROM outbox WHERE {_IS_OLD} ORDER BY done_at LIMIT :most"


def has_old_mail(tx: Transaction, *, before: int) -> bool:
    """Whether any mail was delivered before a moment."""
    return tx.one(_OLD, {"before": before, "most": 1}) is not None


def delete_old_mail(tx: Transaction, *, before: int, most: int) -> int:
    """Delete up to `most` mails that were delivered before a moment. Returns their number."""
    # Checked twice, because another writer may make a mail due again in between.
    return tx.execute(
        f"DELETE FROM outbox WHERE seq IN (SELECT seq FROM ({_OLD}) AS old) AND {_IS_OLD}",
        {"before": before, "most": most},
    )
