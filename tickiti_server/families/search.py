"""Listing and finding tickets: perspectives, criteria and pages."""

from collections.abc import Sequence

from tickiti_cli.contract import classic
from tickiti_cli.contract.errors import PerspectiveNotFound, ValidationFailed
from tickiti_server import cursors
from tickiti_server.call import Call, rfc3339
from tickiti_server.families.search_bodies import (
    Criterion,
    ListTickets,
    SearchObject,
    TicketPage,
    TicketRow,
)
from tickiti_server.families.search_modes import MODES, BadToken
from tickiti_server.handlers import handles
from tickiti_server.store import search
from tickiti_server.store.database import Row
from tickiti_server.store.search import Conditions

ALL_ID, ALL_NAME = 1, "All"
"""The built-in perspective: every ticket."""

MOST_TOKENS_TOGETHER = 300
"""SQLite takes a thousand terms in one expression, and a token becomes up to two."""


@handles(classic.tickiti_api_index, refuses=(PerspectiveNotFound,))
def index(call: Call, body: ListTickets) -> TicketPage:
    """List tickets: those of a perspective, or those that meet all criteria."""
    wanted = body.search_object or SearchObject()
    _refuse_unknown_perspective(body, wanted)
    conditions = _conditions(wanted.criteria)
    after = _read_cursor(body.cursor, body.order) if body.cursor else None
    # One row more than asked for tells whether there is another page.
    if body.order == "number":
        number = after[0] if after else None
        rows = search.by_number(call.tx, conditions, after=number, limit=body.limit + 1)
    else:
        moment = (after[0], after[1]) if after else None
        rows = search.by_activity(call.tx, conditions, after=moment, limit=body.limit + 1)
    page = rows[: body.limit]
    more = len(rows) > body.limit
    return {
        "tickets": [_row(row) for row in page],
        "next_cursor": _cursor(page[-1], body.order) if more else None,
    }


def _refuse_unknown_perspective(body: ListTickets, wanted: SearchObject) -> None:
    by_id = {
        "perspective_id": body.perspective_id,
        "search_object.search_perspective_id": wanted.search_perspective_id,
    }
    for field, perspective_id in by_id.items():
        if perspective_id not in (None, ALL_ID):
            raise PerspectiveNotFound(str(perspective_id), field=field)
    name = wanted.search_perspective
    if name not in (None, ALL_NAME):
        raise PerspectiveNotFound(str(name), field="search_object.search_perspective")


def _conditions(criteria: Sequence[Criterion]) -> Conditions:
    """Criteria of one mode are alternatives, different modes must all hold."""
    if sum(len(criterion.tokens) for criterion in criteria) > MOST_TOKENS_TOGETHER:
        sentence = f"The criteria may not have more than {MOST_TOKENS_TOGETHER} tokens together."
        raise ValidationFailed(sentence, errors={"search_object.criteria": [sentence]})
    tokens: dict[str, list[object]] = {}
    errors: dict[str, list[str]] = {}
    for position, criterion in enumerate(criteria):
        field = f"search_object.criteria.{position}"
        mode = MODES.get(criterion.mode)
        if mode is None:
            known = ", ".join(MODES)
            errors[f"{field}.mode"] = [f"There is no mode '{criterion.mode}'; use one of {known}."]
            continue
        for place, token in enumerate(criterion.tokens):
            try:
                tokens.setdefault(criterion.mode, []).append(mode.read(token))
            except BadToken as rule:
                where = f"{field}.tokens.{place}"
                errors[where] = [f"The {where} field {rule}."]
    if errors:
        raise ValidationFailed(next(iter(errors.values()))[0], errors=errors)
    conditions = Conditions()
    for name, values in tokens.items():
        conditions.any_of(MODES[name].clause, values)
    return conditions


def _cursor(row: Row, order: str) -> str:
    place = [row["number"]] if order == "number" else [row["updated_at"], row["id"]]
    return cursors.write(order, *place)


def _read_cursor(cursor: str, order: str) -> list[int]:
    return cursors.read(cursor, order, length=1 if order == "number" else 2)


def _row(row: Row) -> TicketRow:
    return {
        "id": row["id"],
        "number": row["number"],
        "subject": row["subject"],
        "status": row["status"],
        "priority": row["priority"],
        "queue_id": row["queue_id"],
        "queue_name": row["queue_name"],
        "originator_email": row["originator_email"],
        "assigned_to_email": row["assigned_to_email"],
        "on_hold_until": row["on_hold_until"],
        "created_at": rfc3339(row["created_at"]),
        "updated_at": rfc3339(row["updated_at"]),
        "response_count": row["response_count"],
    }
