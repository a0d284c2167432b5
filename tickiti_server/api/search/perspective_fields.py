"""The fields, operators and values of a perspective's conditions, and its sort orders.

Rule: a condition is checked before it is stored. A condition that only an earlier version accepted
finds nothing.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Literal

from typing_extensions import TypedDict

from tickiti_cli.contract.errors import ValidationFailed
from tickiti_server.api.search.search_modes import MODES, BadToken, Mode, mode_of_parts
from tickiti_server.rendering.case_folding import folded
from tickiti_server.store.interface import Row
from tickiti_server.store.search import clauses
from tickiti_server.store.search.conditions import Bound, Conditions
from tickiti_server.store.search.orders import SORTED_BY, Key, order_by

Operator = Literal["is", "is not", "contains"]
DisplayMode = Literal["list", "card"]


class Condition(TypedDict):
    field: str
    operator: Operator
    value: str


class Order(TypedDict):
    field: str
    ascending: bool


def _compared(name: str, holds: Mode | None = None) -> dict[str, Mode]:
    """The operators of a field that is compared as the search mode of the same name compares."""
    whole = {"is": MODES[name], "is not": MODES[name]}
    return {**whole, "contains": holds} if holds else whole


FIELDS: Mapping[str, Mapping[str, Mode]] = {
    "subject": {
        "is": Mode(folded, clauses.subject_is, "The subject, without case."),
        "is not": Mode(folded, clauses.subject_is, "The subject, without case."),
        "contains": MODES["subject"],
    },
    "content": {"contains": MODES["content"]},
    "status": _compared("status"),
    "priority": _compared("priority"),
    "queue": _compared("queue", mode_of_parts(clauses.queue_holds, "A part of the name.")),
    "assigned": _compared(
        "assigned", mode_of_parts(clauses.assignee_holds, "A part of the address.")
    ),
    "raised": _compared(
        "raised", mode_of_parts(clauses.originator_holds, "A part of the address.")
    ),
    "participant": _compared("participant"),
    "hashtag": _compared("hashtag"),
    "watchlist": _compared("watchlist"),
    "ticket_number": _compared("ticket_number"),
}


def check(conditions: Sequence[Condition], orders: Sequence[Order]) -> None:
    """Raises ValidationFailed that names every bad field."""
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
        raise ValidationFailed.of_fields(errors)


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
    """Add the conditions of a perspective. Conditions of one field and operator are alternatives,
    except `is not`: all of those must hold."""
    found: dict[tuple[str, str], list[object]] = {}
    for condition in json.loads(perspective["conditions"]):
        field, operator = condition["field"], condition["operator"]
        value = _read(FIELDS[field][operator], condition["value"])
        found.setdefault((field, operator), []).append(value)
    for (field, operator), values in found.items():
        mode = FIELDS[field][operator]
        if operator == "is not":
            conditions.none_of(mode.clause, values)
        else:
            mode.narrow(conditions, values)


def _read(mode: Mode, stored: str) -> object:
    """A stored value as the mode compares it. An earlier version stored `team:x` as an address, of
    which no ticket can be."""
    try:
        return mode.read(stored)
    except BadToken:
        return Bound(clauses.is_never, None)


def order_of(perspective: Row) -> tuple[str, Sequence[Key]] | None:
    """The perspective's own order, with a name that cursors compare. None where the perspective has
    no order."""
    orders: list[Order] = json.loads(perspective["orders"])
    if not orders:
        return None
    name = ",".join(
        f"{order['field']}:{'asc' if order['ascending'] else 'desc'}" for order in orders
    )
    keys = order_by([(order["field"], not order["ascending"]) for order in orders])
    return name, keys
