"""What a perspective may ask of a ticket, and by what it may sort: fields, operators, values.

The rule of this file: a condition that is stored can be read; it was checked when it came.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Literal

from typing_extensions import TypedDict

from tickiti_cli.contract.errors import ValidationFailed
from tickiti_server.families.search_modes import MODES, BadToken, Mode
from tickiti_server.folding import folded
from tickiti_server.store import search
from tickiti_server.store.database import Row
from tickiti_server.store.search import SORTED_BY, Conditions, Key

Operator = Literal["is", "is not", "contains"]
Direction = Literal["asc", "desc"]


class Condition(TypedDict):
    field: str
    operator: Operator
    value: str


class Order(TypedDict):
    field: str
    direction: Direction


def _compared(name: str, holds: Mode | None = None) -> dict[str, Mode]:
    """A field whose whole value is compared as the search mode of its name does."""
    whole = {"is": MODES[name], "is not": MODES[name]}
    return {**whole, "contains": holds} if holds else whole


FIELDS: Mapping[str, Mapping[str, Mode]] = {
    "subject": {
        "is": Mode(folded, search.subject_is),
        "is not": Mode(folded, search.subject_is),
        "contains": MODES["subject"],
    },
    "content": {"contains": MODES["content"]},
    "status": _compared("status"),
    "priority": _compared("priority"),
    "queue": _compared("queue", Mode.of_parts(search.queue_holds)),
    "assigned": _compared("assigned", Mode.of_parts(search.assignee_holds)),
    "raised": _compared("raised", Mode.of_parts(search.originator_holds)),
    "participant": _compared("participant"),
    "hashtag": _compared("hashtag"),
    "watchlist": _compared("watchlist"),
    "ticket_number": _compared("ticket_number"),
}


def check(conditions: Sequence[Condition], orders: Sequence[Order]) -> None:
    """Raises ValidationFailed that names every bad field at once."""
    errors: dict[str, list[str]] = {}
    for place, condition in enumerate(conditions):
        errors |= _faults(condition, where=f"conditions.{place}")
    names = [order["field"] for order in orders]
    for place, name in enumerate(names):
        where = f"orders.{place}.field"
        if name not in SORTED_BY:
            known = ", ".join(SORTED_BY)
            errors[where] = [f"There is no order by '{name}'; use one of {known}."]
        elif name in names[:place]:
            errors[where] = [f"The {where} field repeats '{name}'."]
    if errors:
        raise ValidationFailed(next(iter(errors.values()))[0], errors=errors)


def _faults(condition: Condition, *, where: str) -> dict[str, list[str]]:
    field, operator, value = condition["field"], condition["operator"], condition["value"]
    if field not in FIELDS:
        known = ", ".join(FIELDS)
        return {f"{where}.field": [f"There is no field '{field}'; use one of {known}."]}
    if operator not in FIELDS[field]:
        known = " or ".join(f"'{word}'" for word in FIELDS[field])
        sentence = f"'{field}' cannot be asked with '{operator}'; use {known}."
        return {f"{where}.operator": [sentence]}
    try:
        FIELDS[field][operator].read(value)
    except BadToken as rule:
        return {f"{where}.value": [f"The {where}.value field {rule}."]}
    return {}


def apply(perspective: Row, conditions: Conditions) -> None:
    """Conditions with one field and operator are alternatives, as criteria of one mode are; but
    what a field `is not`, it is not."""
    found: dict[tuple[str, str], list[object]] = {}
    for condition in json.loads(perspective["conditions"]):
        field, operator = condition["field"], condition["operator"]
        value = FIELDS[field][operator].read(condition["value"])
        found.setdefault((field, operator), []).append(value)
    for (field, operator), values in found.items():
        mode = FIELDS[field][operator]
        if operator == "is not":
            conditions.none_of(mode.clause, values)
        else:
            mode.narrow(conditions, values)


def order_of(perspective: Row) -> tuple[str, Sequence[Key]] | None:
    """Its own order, with a name that says all of it; None where it has none."""
    orders: list[Order] = json.loads(perspective["orders"])
    if not orders:
        return None
    keys = [_key(order["field"], order["direction"]) for order in orders]
    # Rows that are alike in all of these still need one place each.
    last = Key("t.id", is_falling=keys[-1].is_falling)
    name = ",".join(f"{order['field']}:{order['direction']}" for order in orders)
    return name, (*keys, last)


def _key(field: str, direction: Direction) -> Key:
    key = SORTED_BY[field]
    return Key(key.sql, key.kind, is_falling=direction == "desc")
