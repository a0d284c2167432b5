"""The audit log of tokens, page by page."""

import json

from tickiti_cli.contract import tokens as contract
from tickiti_server import cursors
from tickiti_server.call import Call, rfc3339
from tickiti_server.families.token_bodies import Audit, AuditEntry, ListAudit
from tickiti_server.handlers import handles
from tickiti_server.store import token_audit as stored
from tickiti_server.store.database import Row

ORDER = "audit"


@handles(contract.audit)
def index(call: Call, body: ListAudit) -> Audit:
    """Tell who did what to which token, newest first; never a secret."""
    before = cursors.read(body.cursor, ORDER, kinds=(int,))[0] if body.cursor else None
    # One row more than asked for tells whether there is another page.
    rows = stored.newest(
        call.tx, token_id=body.id, since=body.since, before=before, limit=body.limit + 1
    )
    page, more = rows[: body.limit], rows[body.limit :]
    return {
        "audit": [_entry(row) for row in page],
        "next_cursor": cursors.write(ORDER, page[-1]["id"]) if more else None,
    }


def _entry(row: Row) -> AuditEntry:
    return {
        "id": row["id"],
        "occurred_at": rfc3339(row["at"]),
        "action": row["action"],
        "token_id": row["token_id"],
        "token_name": row["token_name"],
        "actor_token_id": row["actor_id"],
        "actor_name": row["actor_name"],
        "request_id": row["request_id"],
        "details": json.loads(row["details"]),
    }
