"""The audit log of tokens, page by page."""

import json

from tickiti_cli.contract.bundled import tokens as contract
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.tokens.bodies.audit import Audit, AuditEntry, ListAudit
from tickiti_server.clock import rfc3339
from tickiti_server.store.access import token_audit as stored
from tickiti_server.store.interface import Row
from tickiti_server.validation import cursors, paging

ORDER = "audit"


@handles(contract.audit)
def index(call: Call, body: ListAudit) -> Audit:
    """List the audit log of tokens, newest first. It contains no secrets."""
    before = cursors.read(body.cursor, ORDER, kinds=(int,))[0] if body.cursor else None
    rows = stored.list_entries(
        call.tx, token_id=body.id, since=body.since, before=before, limit=body.limit + 1
    )
    page, has_more = paging.split(rows, body.limit)
    return {
        "audit": [_entry(row) for row in page],
        "next_cursor": cursors.write(ORDER, page[-1]["id"]) if has_more else None,
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
