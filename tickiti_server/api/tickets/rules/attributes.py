"""Changing a ticket's attributes: status, hold, priority, queue, subject, assignee, resolution.

Rule: a change that somebody asks for needs `can_manage` on the ticket's queue; a reopening by a
public response needs no right (API contract, section 5). Every change is recorded.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from tickiti_cli.contract.endpoint import Plan
from tickiti_cli.contract.errors import (
    AssigneeNotFound,
    PlanRequired,
    QueueNotFound,
    ResolutionNotFound,
    ResolutionRequired,
)
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.rights import Right
from tickiti_server.clock import day_of
from tickiti_server.store.helpdesk import people, queues, resolutions, teams
from tickiti_server.store.helpdesk import tickets as stored
from tickiti_server.store.interface import Row
from tickiti_server.store.operations.audit import Change
from tickiti_server.validation.fields import MOST_INTEGER

OPEN, ON_HOLD, CLOSED = "open", "on-hold", "closed"
TEAM = "team:"
UNASSIGNED = "unassigned"


class Attributes(NamedTuple):
    """The changes to a ticket's attributes that a request asks for; None leaves an attribute as it
    is."""

    status: str | None = None
    on_hold_until: date | None = None
    priority: int | None = None
    queue: str | None = None
    subject: str | None = None
    assignee: str | None = None
    """An address of staff, `team:<id>`, or `Unassigned`."""

    resolution: str | int | None = None
    """A category's id or name."""

    def are_asked(self) -> bool:
        """Whether anything is asked for at all."""
        return any(value is not None for value in self)


class Assignee(NamedTuple):
    """Who a ticket is assigned to: a person, a team or nobody."""

    person_id: int | None
    team_id: int | None
    shown: str | None
    """The address, `team:<id>`, or None, as replies show it."""


def checked(call: Call, wanted: Attributes, *, prefix: str = "") -> dict[str, list[str]]:
    """The bad fields of a status and its date. `prefix` is the path of the object that has them."""
    status, until = wanted.status, wanted.on_hold_until
    rule = None
    if status == ON_HOLD and until is None:
        rule = "is required with status on-hold"
    elif status not in (None, ON_HOLD) and until is not None:
        rule = "goes with status on-hold only"
    elif until is not None and until < day_of(call.now):
        rule = "must not be in the past"
    field = f"{prefix}on_hold_until"
    return {field: [f"The {field} field {rule}."]} if rule else {}


class _Edit:
    """The columns that a request changes in one ticket, and the record of the changes."""

    def __init__(self, ticket: Row) -> None:
        self.ticket = ticket
        self.columns: dict[str, Any] = {}
        self.changes: list[Change] = []

    def set(self, what: str, before: object, after: object, **columns: object) -> None:
        """Change an attribute whose shown value differs. `columns` are the stored values, the
        attribute's own column where none is given."""
        if after != before:
            self.columns.update(columns or {what: after})
            self.changes.append(Change(what, before, after))


def change(
    call: Call, ticket: Row, wanted: Attributes, *, reopens: bool = False, posts: bool = False
) -> list[Change]:
    """Apply what is asked for and return the changes, for their record.

    `posts`: the request also posts a response, which is activity. `reopens`: that response opens
    the ticket unless a status is asked for. Raises QueueRightRequired, QueueNotFound,
    AssigneeNotFound, ResolutionNotFound, ResolutionRequired and PlanRequired.
    """
    if wanted.are_asked():
        rights.require(call, ticket["queue_id"], Right.MANAGE)
    return apply(call, ticket, wanted, reopens=reopens, posts=posts)


def apply(
    call: Call,
    ticket: Row,
    wanted: Attributes,
    *,
    reopens: bool = False,
    posts: bool = False,
    prefix: str = "",
) -> list[Change]:
    """Apply the changes without checking the caller's rights, because a new ticket requires
    none."""
    edit = _Edit(ticket)
    queue = _move(call, edit, wanted)
    _resolve(call, edit, wanted)
    status = _status(wanted) or (OPEN if reopens else None)
    if status is not None:
        _require_resolution(edit, queue, status, of_new=f"{prefix}status" if prefix else None)
        _set_status(call, edit, status, wanted.on_hold_until)
    for name in ("priority", "subject"):
        if (value := getattr(wanted, name)) is not None:
            edit.set(name, ticket[name], value)
    if wanted.assignee is not None:
        to = assignee_of(call, wanted.assignee, field=f"{prefix}assigned_to_email")
        edit.set(
            "assigned_to_email",
            shown_assignee(ticket),
            to.shown,
            assigned_to=to.person_id,
            team_id=to.team_id,
        )
    if edit.columns or posts:
        stored.update_ticket(call.tx, ticket["id"], edit.columns, now=call.now)
    return edit.changes


def assignee_of(call: Call, wanted: str, *, field: str = "assigned_to_email") -> Assignee:
    """Who an address, `team:<id>` or `Unassigned` stands for. Raises AssigneeNotFound."""
    word = wanted.lower()
    if word == UNASSIGNED:
        return Assignee(None, None, None)
    if word.startswith(TEAM):
        number = word.removeprefix(TEAM)
        is_id = number.isascii() and number.isdecimal() and int(number) <= MOST_INTEGER
        team = teams.find_team(call.tx, int(number)) if is_id else None
        if team is None:
            raise AssigneeNotFound(wanted, field=field)
        return Assignee(None, team["id"], f"{TEAM}{team['id']}")
    person = people.find_person(call.tx, wanted)
    if person is None or not person["is_staff"]:
        raise AssigneeNotFound(wanted, field=field)
    return Assignee(person["id"], None, person["email"])


def shown_assignee(ticket: Row) -> str | None:
    """The assignee as replies show it."""
    if ticket["team_id"] is not None:
        return f"{TEAM}{ticket['team_id']}"
    email: str | None = ticket["assigned_to_email"]
    return email


def shown_resolution(ticket: Row) -> str | None:
    """The resolution category's id as replies show it."""
    return None if ticket["resolution_id"] is None else str(ticket["resolution_id"])


def _status(wanted: Attributes) -> str | None:
    """A date alone puts the ticket on hold."""
    return wanted.status or (ON_HOLD if wanted.on_hold_until else None)


def _move(call: Call, edit: _Edit, wanted: Attributes) -> Mapping[str, Any] | Row:
    """The queue in which the ticket is afterwards. Raises QueueNotFound."""
    ticket = edit.ticket
    if wanted.queue is None:
        return {"name": ticket["queue_name"], "track_resolutions": ticket["track_resolutions"]}
    queue = queues.find_queue_by_name(call.tx, wanted.queue)
    if queue is None or not rights.has_right(call, queue["id"], Right.VIEW):
        raise QueueNotFound(wanted.queue, field="queue")
    edit.set("queue", ticket["queue_name"], queue["name"], queue_id=queue["id"])
    return queue


def _resolve(call: Call, edit: _Edit, wanted: Attributes) -> None:
    """Raises PlanRequired and ResolutionNotFound."""
    if wanted.resolution is None:
        return
    if Plan.RESOLUTION_TRACKING in call.without_plans:
        raise PlanRequired(Plan.RESOLUTION_TRACKING)
    category = resolutions.find_resolution_by_id_or_name(call.tx, wanted.resolution)
    if category is None or not category["selectable"]:
        raise ResolutionNotFound(str(wanted.resolution))
    edit.set(
        "resolved", shown_resolution(edit.ticket), str(category["id"]), resolution_id=category["id"]
    )


def _require_resolution(
    edit: _Edit, queue: Mapping[str, Any] | Row, status: str, *, of_new: str | None
) -> None:
    """Raise ResolutionRequired where a ticket is closed without one in a queue that tracks them."""
    is_closing = status == CLOSED and edit.ticket["status"] != CLOSED
    resolution = edit.columns.get("resolution_id", edit.ticket["resolution_id"])
    if is_closing and queue["track_resolutions"] and resolution is None:
        raise ResolutionRequired(queue["name"], of_new=of_new)


def _set_status(call: Call, edit: _Edit, status: str, until: date | None) -> None:
    """Open and closed end a hold. Opening a closed ticket takes its resolution away."""
    ticket = edit.ticket
    edit.set("status", ticket["status"], status)
    edit.set("on_hold_until", ticket["on_hold_until"], until.isoformat() if until else None)
    if status == CLOSED:
        edit.columns["closed_at"] = ticket["closed_at"] or call.now
    elif ticket["closed_at"] is not None:
        edit.columns["closed_at"] = None
        if "resolution_id" not in edit.columns:
            edit.set("resolved", shown_resolution(ticket), None, resolution_id=None)
