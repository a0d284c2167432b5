"""A query over the responses of all tickets: in pages, counted, or counted by a value."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tickiti_cli.contract.v1 import tickets as v1
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.search.bodies.response_query import (
    NextResponses,
    QueryResponses,
    ResponseCount,
    ResponseGroup,
    ResponseGroups,
    ResponsePage,
    ResponseRow,
)
from tickiti_server.api.tickets.responses import MOST_SHOWN, responses_of
from tickiti_server.clock import DAY, SECOND, rfc3339, rfc3339_exact
from tickiti_server.rendering.case_folding import address_key, case_key
from tickiti_server.store.helpdesk import responses as stored
from tickiti_server.store.helpdesk.responses import BodyParts
from tickiti_server.store.interface import Row
from tickiti_server.store.search import clauses
from tickiti_server.store.search.conditions import Conditions


@handles(v1.responses_query)
def query_responses(
    call: Call, body: QueryResponses
) -> ResponsePage | ResponseCount | ResponseGroups:
    """Query the responses of all tickets, oldest first, for complete exports."""
    conditions = _conditions(call, body)
    if body.count_only:
        return {"count": stored.count_responses(call.tx, conditions)}
    if body.group_by is not None:
        rows = stored.count_responses_by(call.tx, conditions, body.group_by)
        groups = [_group(row, body.group_by) for row in rows]
        return {"count": sum(group["count"] for group in groups), "groups": groups}
    return _page(call, body, conditions)


def _page(call: Call, body: QueryResponses, conditions: Conditions) -> ResponsePage:
    after = (body.cursor.created_at, body.cursor.id) if body.cursor else None
    rows, is_all = stored.list_responses(
        call.tx,
        conditions,
        after=after,
        limit=body.limit + 1,
        most=MOST_SHOWN,
        parts=BodyParts("html" in body.large, "plain_text" in body.large),
    )
    page, has_more = rows[: body.limit], len(rows) > body.limit or not is_all
    listed = _listed(call, page, body)
    return {"responses": listed, "next_cursor": _place(page[-1]) if has_more else None}


def _conditions(call: Call, body: QueryResponses) -> Conditions:
    """The filters of the body, and what the caller sees. All of them must hold."""
    conditions = rights.conditions_of(call)
    rights.narrow(call, conditions, with_deleted=body.include_deleted)
    if not body.include_deleted:
        conditions.clauses.append(stored.is_kept())
    if not rights.sees_notes(call):
        conditions.clauses.append(stored.is_seen())
    email = body.created_by_email
    filters: tuple[tuple[Any, list[Any]], ...] = (
        (stored.is_since, [body.created_from[0]] if body.created_from else []),
        (stored.is_before, [body.created_to[1]] if body.created_to else []),
        (stored.is_internal, _flag(body.is_internal)),
        (stored.is_by_staff, _flag(body.staff_response)),
        (stored.has_attachments, _flag(body.has_attachments)),
        (stored.is_empty, _flag(body.is_empty)),
        (clauses.is_in_queue, [case_key(name) for name in body.queue]),
        (clauses.is_in_queue_of_id, body.queue_id),
        (stored.is_of_ticket, body.ticket_number),
        (stored.has_id, body.response_id),
        (stored.is_by, [] if email is None else [address_key(email)]),
    )
    for clause, values in filters:
        if values:
            conditions.any_of(clause, values)
    return conditions


def _flag(flag: bool | None) -> list[int]:  # noqa: FBT001 - a filter that may be absent
    return [] if flag is None else [int(flag)]


def _place(row: Row) -> NextResponses:
    return {"created_at": rfc3339_exact(row["created_at"]), "id": row["id"]}


def _listed(call: Call, rows: Sequence[Row], body: QueryResponses) -> list[ResponseRow]:
    """The rows with the members that the body asks for."""
    found: list[Any] = [*responses_of(call, rows, body.large)]
    for response, row in zip(found, rows, strict=True):
        response["response_id"] = response["id"]
        response["ticket_number"] = row["ticket_number"]
        if body.include_deleted:
            deleted_at = row["deleted_at"]
            response["deleted_at"] = None if deleted_at is None else rfc3339(deleted_at)
    if (exact := body.exact) is None:
        return found
    return [
        {name: value for name, value in response.items() if name in exact}  # type: ignore[misc]
        for response in found
    ]


def _group(row: Row, grouping: str) -> ResponseGroup:
    value = row["value"]
    if grouping in ("is_internal", "staff_response"):
        value = bool(value)
    elif grouping == "day":
        value = datetime.fromtimestamp(value * DAY // SECOND, UTC).date().isoformat()
    return {"value": value, "count": row["found"]}
