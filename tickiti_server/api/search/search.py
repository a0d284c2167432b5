"""Listing and finding tickets: perspectives, criteria and pages."""

from collections.abc import Sequence

from tickiti_cli.contract import classic
from tickiti_cli.contract import tickets as v1
from tickiti_cli.contract.errors import PerspectiveNotFound, ValidationFailed
from tickiti_server import cursors
from tickiti_server.call import Call, rfc3339
from tickiti_server.families import perspective_fields
from tickiti_server.families.search_bodies import (
    Criterion,
    ListTickets,
    SearchObject,
    TicketPage,
    TicketRow,
    TicketRows,
    TicketRowV1,
)
from tickiti_server.families.search_modes import MODES, BadToken
from tickiti_server.handlers import handles
from tickiti_server.store import perspectives, search
from tickiti_server.store.database import Row
from tickiti_server.store.search import Conditions, Key

MOST_TOKENS_TOGETHER = 300
"""SQLite takes a thousand terms in one expression, and a token becomes up to three."""

ORDERS = {"activity": search.BY_ACTIVITY, "number": search.BY_NUMBER}


@handles(classic.tickiti_api_index, refuses=(PerspectiveNotFound,))
def index(call: Call, body: ListTickets) -> TicketPage:
    """List tickets: those of a perspective, or those that meet all criteria, or both."""
    rows, cursor = _page(call, body)
    return {"tickets": [_row(row) for row in rows], "next_cursor": cursor}


@handles(v1.query, refuses=(PerspectiveNotFound,))
def query(call: Call, body: ListTickets) -> TicketRows:
    """The same under v1: the rows are the data, and ids are strings."""
    rows, cursor = _page(call, body)
    return {"data": [_v1_row(row) for row in rows], "next_cursor": cursor}


def _page(call: Call, body: ListTickets) -> tuple[Sequence[Row], str | None]:
    """The rows, and the cursor of the page behind them if there is one."""
    wanted = body.search_object or SearchObject()
    perspective = _perspective(call, body, wanted)
    conditions = Conditions(call.caller.person_id)
    if perspective is not None:
        perspective_fields.apply(perspective, conditions)
    _add_criteria(conditions, wanted.criteria)
    name, order = _order(body.order, perspective)
    kinds = [key.kind for key in order]
    after = cursors.read(body.cursor, name, kinds=kinds) if body.cursor else None
    # One row more than asked for tells whether there is another page.
    rows = search.page(call.tx, conditions, order=order, after=after, limit=body.limit + 1)
    if len(rows) <= body.limit:
        return rows, None
    page = rows[: body.limit]
    return page, cursors.write(name, *search.key_values(page[-1], order))


def _order(asked: str | None, perspective: Row | None) -> tuple[str, Sequence[Key]]:
    """What is asked for comes before what the perspective has, and newest activity after both."""
    own = perspective_fields.order_of(perspective) if perspective and not asked else None
    name = asked or "activity"
    return own or (name, ORDERS[name])


def _perspective(call: Call, body: ListTickets, wanted: SearchObject) -> Row | None:
    """The one that is named, maybe in more than one way; None: every ticket."""
    person_id = call.caller.person_id
    named: list[tuple[str, Row]] = []
    for field, perspective_id in (
        ("perspective_id", body.perspective_id),
        ("search_object.search_perspective_id", wanted.search_perspective_id),
    ):
        if perspective_id is not None:
            row = perspectives.find(call.tx, perspective_id, person_id)
            if row is None:
                raise PerspectiveNotFound(str(perspective_id), field=field)
            named.append((field, row))
    if wanted.search_perspective is not None:
        field = "search_object.search_perspective"
        row = perspectives.named(call.tx, wanted.search_perspective, person_id)
        if row is None:
            raise PerspectiveNotFound(wanted.search_perspective, field=field)
        named.append((field, row))
    for field, row in named[1:]:
        if row["id"] != named[0][1]["id"]:
            sentence = f"The {field} field names another perspective than {named[0][0]}."
            raise ValidationFailed(sentence, errors={field: [sentence]})
    return named[0][1] if named else None


def _add_criteria(conditions: Conditions, criteria: Sequence[Criterion]) -> None:
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
    for name, values in tokens.items():
        MODES[name].narrow(conditions, values)


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


def _v1_row(row: Row) -> TicketRowV1:
    ids = {name: str(row[name]) for name in ("id", "priority", "queue_id")}
    return {**_row(row), **ids}  # type: ignore[typeddict-item]
