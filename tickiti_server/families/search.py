"""Listing and finding tickets: perspectives, criteria and pages."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypedDict

from pydantic import BeforeValidator, Field

from tickiti_cli.contract import classic
from tickiti_cli.contract.errors import PerspectiveNotFound, ValidationFailed
from tickiti_server.call import DAY, SECOND, Call, rfc3339
from tickiti_server.handlers import handles
from tickiti_server.store import search
from tickiti_server.store.database import Row
from tickiti_server.store.search import Conditions
from tickiti_server.values import MOST_INTEGER, Body, Integer, Text, trimmed

ALL_ID, ALL_NAME = 1, "All"
"""The built-in perspective: every ticket."""

MOST_ROWS = 1000
MOST_CRITERIA = 100
MOST_TOKENS = 100
MOST_TOKENS_TOGETHER = 300
"""SQLite takes a thousand terms in one expression, and a token becomes up to two."""

MOST_TOKEN_CHARACTERS = 1000
"""SQLite takes a pattern of 50,000 bytes: escaped, a character becomes up to five."""

PRIORITIES = {"low": 10, "normal": 20, "high": 30, "urgent": 40}


class BadToken(ValueError):
    """A token that its mode cannot read; the message is the rule."""


def _folded(token: str) -> object:
    return token.lower()


def _priority(token: str) -> object:
    word = token.lower()
    if word in PRIORITIES:
        return PRIORITIES[word]
    if word in {str(number) for number in PRIORITIES.values()}:
        return int(word)
    raise BadToken("must be a priority: low, normal, high, urgent or 10, 20, 30, 40")


def _status(token: str) -> object:
    if token.lower() in ("open", "on-hold", "closed"):
        return token.lower()
    raise BadToken("must be a status: open, on-hold or closed")


def _number(token: str) -> object:
    if token.isascii() and token.isdigit() and int(token) <= MOST_INTEGER:
        return int(token)
    raise BadToken("must be a ticket number")


def _day_begins(token: str) -> int:
    try:
        return int(datetime.strptime(token, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * SECOND
    except ValueError:
        raise BadToken("must be a day as YYYY-MM-DD") from None


def _day_ends(token: str) -> int:
    return _day_begins(token) + DAY


@dataclass(frozen=True, slots=True)
class Mode:
    """How one search mode reads a token and which tickets it then finds."""

    read: Callable[[str], object]
    clause: Callable[[str], str]


MODES: dict[str, Mode] = {
    "subject": Mode(search.pattern, search.subject_holds),
    "content": Mode(search.pattern, search.content_holds),
    "subject_content": Mode(search.pattern, search.subject_or_content_holds),
    "assigned": Mode(_folded, search.is_assigned_to),
    "participant": Mode(_folded, search.has_participant),
    "priority": Mode(_priority, search.equals("priority")),
    "raised": Mode(_folded, search.is_raised_by),
    "queue": Mode(_folded, search.is_in_queue),
    "status": Mode(_status, search.equals("status")),
    "ticket_number": Mode(_number, search.equals("number")),
    "created_from": Mode(_day_begins, search.at_least("created_at")),
    "created_to": Mode(_day_ends, search.before("created_at")),
    "updated_from": Mode(_day_begins, search.at_least("updated_at")),
    "updated_to": Mode(_day_ends, search.before("updated_at")),
}


def _token(value: object) -> str:
    """A token is text; a number or a flag is taken as it is spelled."""
    if isinstance(value, (dict, list)) or value is None:
        raise ValueError("must be a string")
    return trimmed(str(value))


Token = Annotated[str, BeforeValidator(_token), Field(max_length=MOST_TOKEN_CHARACTERS)]


class Criterion(Body):
    mode: Text
    tokens: Annotated[list[Token], Field(min_length=1, max_length=MOST_TOKENS)]


class SearchObject(Body):
    search_perspective: Text | None = None
    search_perspective_id: Integer | None = None
    criteria: Annotated[tuple[Criterion, ...], Field(max_length=MOST_CRITERIA)] = ()


class Index(Body):
    perspective_id: Integer | None = None
    search_object: SearchObject | None = None
    order: Literal["activity", "number"] = "activity"
    limit: Annotated[Integer, Field(ge=1, le=MOST_ROWS)] = 50
    cursor: Text | None = None


class TicketRow(TypedDict):
    id: int
    number: int
    subject: str
    status: str
    priority: int
    queue_id: int
    queue_name: str
    originator_email: str
    assigned_to_email: str | None
    on_hold_until: str | None
    created_at: str
    updated_at: str
    response_count: int


class TicketPage(TypedDict):
    tickets: list[TicketRow]
    next_cursor: str | None


@handles(classic.tickiti_api_index)
def index(call: Call, body: Index) -> TicketPage:
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


def _refuse_unknown_perspective(body: Index, wanted: SearchObject) -> None:
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
    return urlsafe_b64encode(json.dumps([order, *place]).encode()).decode().rstrip("=")


def _read_cursor(cursor: str, order: str) -> list[int]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found: Any = json.loads(urlsafe_b64decode(padded.encode("ascii")))
        if _is_place(found, order):
            return list(found[1:])
    except (ValueError, RecursionError):
        pass
    sentence = "The cursor field must be the next_cursor of a reply with the same order."
    raise ValidationFailed(sentence, errors={"cursor": [sentence]})


def _is_place(found: Any, order: str) -> bool:
    length = 2 if order == "number" else 3
    return (
        isinstance(found, list)
        and len(found) == length
        and found[0] == order
        and all(type(part) is int and 0 <= part <= MOST_INTEGER for part in found[1:])
    )


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
