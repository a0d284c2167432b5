"""Listing and finding tickets: perspectives, criteria and pages."""

from collections.abc import Sequence
from typing import NamedTuple

from tickiti_cli.contract import classic
from tickiti_cli.contract.errors import PerspectiveNotFound, ValidationFailed
from tickiti_cli.contract.v1 import tickets as v1
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.search import perspective_fields
from tickiti_server.api.search.bodies.search import (
    MOST_COUNTED,
    Criterion,
    ListTickets,
    QueryTickets,
    SearchModes,
    SearchObject,
    SearchTickets,
    TicketPage,
    TicketRow,
    TicketRows,
    TicketRowV1,
)
from tickiti_server.api.search.search_modes import MODES, BadToken, Wanted
from tickiti_server.clock import rfc3339
from tickiti_server.store.helpdesk import perspectives
from tickiti_server.store.interface import Row
from tickiti_server.store.search import orders, plans
from tickiti_server.store.search import tickets as search
from tickiti_server.store.search.conditions import Conditions
from tickiti_server.store.search.counts import Count, count_tickets
from tickiti_server.store.search.orders import Key
from tickiti_server.validation import cursors, paging

MOST_TOKENS_TOGETHER = 300
"""Tokens of all criteria. SQLite allows 1000 terms in an expression, and a token becomes up to
three."""

ORDERS = {"activity": orders.BY_ACTIVITY, "number": orders.BY_NUMBER}


COMBINING = (
    "Criteria of one mode are alternatives; criteria of different modes must all hold. In the "
    "modes subject, content and subject_content all tokens of a criterion must match unless it "
    "says match any; in every other mode one token is enough."
)


class _Page(NamedTuple):
    """A page of tickets, and how many tickets all pages have."""

    rows: Sequence[Row]
    next_cursor: str | None
    counted: Count


@handles(classic.tickiti_api_index, refuses=(PerspectiveNotFound,))
def index(call: Call, body: ListTickets) -> TicketPage:
    """List tickets of a perspective, tickets that match criteria, or both."""
    page = _page(call, body, body.limit)
    return {
        "tickets": [_row(row) for row in page.rows],
        "next_cursor": page.next_cursor,
        "total": page.counted.found,
        "total_is_exact": page.counted.is_exact,
    }


@handles(v1.query, refuses=(PerspectiveNotFound,))
def query(call: Call, body: QueryTickets) -> TicketRows:
    """List tickets under v1: the rows are the data, and ids are strings."""
    page = _page(call, body, body.rows)
    return {
        "data": [_v1_row(row) for row in page.rows],
        "next_cursor": page.next_cursor,
        "total": page.counted.found,
        "total_is_exact": page.counted.is_exact,
    }


@handles(v1.search_modes)
def search_modes(_call: Call) -> SearchModes:
    """List the search modes, and how criteria are combined."""
    return {
        "available_modes": [
            {
                "mode": name,
                "matches": mode.matches,
                "match": "all" if mode.finds_parts else "any",
            }
            for name, mode in MODES.items()
        ],
        "combining": COMBINING,
    }


def _page(call: Call, body: SearchTickets, limit: int) -> _Page:
    wanted = body.search_object or SearchObject()
    perspective = _perspective(call, body, wanted)
    conditions = rights.conditions_of(call)
    rights.narrow(call, conditions)
    if perspective is not None:
        perspective_fields.apply(perspective, conditions)
    _add_criteria(conditions, wanted.criteria)
    name, order = _order(body.order, perspective)
    # A cursor holds the count of the first page, so that no later page counts again.
    kinds = [int, *(key.kind for key in order)]
    place = cursors.read(body.cursor, name, kinds=kinds) if body.cursor else None
    after = None if place is None else place[1:]
    plan = plans.choose(call.tx, conditions, order=order, after=after)
    rows = search.list_tickets(
        call.tx, conditions, order=order, after=after, limit=limit + 1, plan=plan
    )
    page, has_more = paging.split(rows, limit)
    if place is not None:
        counted = _unpacked(place[0])
    elif has_more:
        listed_to = rows[-1]["updated_at"] if order == orders.BY_ACTIVITY else None
        counted = count_tickets(
            call.tx, conditions, most=MOST_COUNTED, plan=plan, listed_to=listed_to
        )
        counted = counted._replace(found=max(counted.found, len(rows)))
    else:
        counted = Count(len(page), is_exact=True)
    if not has_more:
        return _Page(page, None, counted)
    cursor = cursors.write(name, _packed(counted), *search.key_values(page[-1], order))
    return _Page(page, cursor, counted)


def _packed(counted: Count) -> int:
    """A count as one number. Beyond MOST_COUNTED + 1 it is not exact."""
    if counted.is_exact:
        return counted.found
    return MOST_COUNTED + 1 + counted.found % MOST_COUNTED


def _unpacked(number: int) -> Count:
    if number <= MOST_COUNTED:
        return Count(number, is_exact=True)
    found = min(number - MOST_COUNTED - 1, MOST_COUNTED)
    return Count(found or MOST_COUNTED, is_exact=False)


def _order(asked: str | None, perspective: Row | None) -> tuple[str, Sequence[Key]]:
    """The order of the request, else the perspective's own, else newest activity first."""
    own = perspective_fields.order_of(perspective) if perspective and not asked else None
    name = asked or "activity"
    return own or (name, ORDERS[name])


def _perspective(call: Call, body: SearchTickets, wanted: SearchObject) -> Row | None:
    """The perspective of the request, which may name it in three ways. None for every ticket.

    A caller who is not staff has the built-in perspective alone. Raises PerspectiveNotFound.
    """
    person_id = call.caller.person_id
    named: list[tuple[str, Row]] = []
    for field, perspective_id in (
        ("perspective_id", body.perspective_id),
        ("search_object.search_perspective_id", wanted.search_perspective_id),
    ):
        if perspective_id is not None:
            row = perspectives.find_perspective(call.tx, perspective_id, person_id)
            if row is None or not _has(call, row):
                raise PerspectiveNotFound(str(perspective_id), field=field)
            named.append((field, row))
    if wanted.search_perspective is not None:
        field = "search_object.search_perspective"
        row = perspectives.find_perspective_by_name(call.tx, wanted.search_perspective, person_id)
        if row is None or not _has(call, row):
            raise PerspectiveNotFound(wanted.search_perspective, field=field)
        named.append((field, row))
    for field, row in named[1:]:
        if row["id"] != named[0][1]["id"]:
            sentence = f"The {field} field names another perspective than {named[0][0]}."
            raise ValidationFailed.of(field, sentence)
    return named[0][1] if named else None


def _has(call: Call, perspective: Row) -> bool:
    return bool(perspective["built_in"]) or rights.sees_notes(call)


def _add_criteria(conditions: Conditions, criteria: Sequence[Criterion]) -> None:
    """Add the criteria. Those of one mode are alternatives; different modes must all hold."""
    if sum(len(criterion.tokens) for criterion in criteria) > MOST_TOKENS_TOGETHER:
        sentence = f"The criteria may not have more than {MOST_TOKENS_TOGETHER} tokens together."
        raise ValidationFailed.of("search_object.criteria", sentence)
    wanted: dict[str, list[Wanted]] = {}
    errors: dict[str, list[str]] = {}
    for position, criterion in enumerate(criteria):
        field = f"search_object.criteria.{position}"
        mode = MODES.get(criterion.mode)
        if mode is None:
            known = ", ".join(MODES)
            errors[f"{field}.mode"] = [f"There is no mode '{criterion.mode}'; use one of {known}."]
            continue
        values: list[object] = []
        for place, token in enumerate(criterion.tokens):
            try:
                values.append(mode.read(token))
            except BadToken as rule:
                where = f"{field}.tokens.{place}"
                errors[where] = [f"The {where} field {rule}."]
        wanted.setdefault(criterion.mode, []).append(Wanted(values, criterion.match == "all"))
    if errors:
        raise ValidationFailed.of_fields(errors)
    for name, each in wanted.items():
        MODES[name].narrow_to(conditions, each)


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
