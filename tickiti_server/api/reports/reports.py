"""Reports: counts of tickets and responses over a range of days.

Rule: a report counts what the caller sees. Deleted tickets and deleted responses do not count.
"""

from tickiti_cli.contract.v1 import reports as contract
from tickiti_server.api import rights
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.reports.bodies.reports import (
    GROUPINGS,
    AgentActivities,
    AgentActivity,
    GroupedReport,
    Report,
    ReportMeta,
    ResolutionCount,
    ResolutionCounts,
    ResponseTime,
    ResponseTimes,
    Volumes,
)
from tickiti_server.api.reports.periods import Days, Period, days_of, periods_of
from tickiti_server.store.helpdesk import resolutions as stored_resolutions
from tickiti_server.store.interface import Row
from tickiti_server.store.search import choices, clauses
from tickiti_server.store.search import reports as stored
from tickiti_server.store.search.reports import Scope

_MINUTE = 60_000_000
"""Microseconds of a minute."""


@handles(contract.meta)
def meta(call: Call) -> ReportMeta:
    """List the queues and period lengths that reports accept."""
    rows = choices.list_queues_with_rights(call.tx, call.caller.person_id)
    return {
        "queues": [
            {"id": str(row["id"]), "name": row["name"]}
            for row in rows
            if call.caller.is_exempt or row["can_view"]
        ],
        "group_by": GROUPINGS,
    }


@handles(contract.volumes)
def volumes(call: Call, body: GroupedReport) -> Volumes:
    """Count the tickets opened, the tickets closed and the responses of each period."""
    days = days_of(body, now=call.now)
    scope = _scope(call, body, days)
    created = stored.count_created(call.tx, scope)
    closed = stored.count_closed(call.tx, scope)
    responses = stored.count_responses(call.tx, scope)
    return {
        "date_from": days.written["date_from"],
        "date_to": days.written["date_to"],
        "group_by": body.group_by,
        "rows": [
            {
                "period": period.label,
                "created": period.total(created),
                "closed": period.total(closed),
                "responses": period.total(responses),
            }
            for period in periods_of(days, body.group_by)
        ],
    }


@handles(contract.response_times)
def response_times(call: Call, body: GroupedReport) -> ResponseTimes:
    """Show how long the tickets of each period waited for the first public response by staff."""
    days = days_of(body, now=call.now)
    scope = _scope(call, body, days)
    periods = [*periods_of(days, body.group_by)]
    created = stored.count_created(call.tx, scope)
    starts = [period.days.first for period in periods]
    answered = stored.list_first_response_times(call.tx, scope, starts=starts)
    return {
        "date_from": days.written["date_from"],
        "date_to": days.written["date_to"],
        "group_by": body.group_by,
        "rows": [
            _response_time(period, period.total(created), answered.get(place))
            for place, period in enumerate(periods)
        ],
    }


@handles(contract.resolutions)
def resolutions(call: Call, body: Report) -> ResolutionCounts:
    """Count the closed tickets of the range by resolution category."""
    days = days_of(body, now=call.now)
    counts = stored.count_closed_under(call.tx, _scope(call, body, days))
    rows: list[ResolutionCount] = [
        {
            "resolution_id": str(row["id"]),
            "name": row["name"],
            "tickets": counts.get(row["id"], 0),
        }
        for row in stored_resolutions.list_resolutions(call.tx)
    ]
    rows.append({"resolution_id": None, "name": None, "tickets": counts.get(None, 0)})
    return {
        "date_from": days.written["date_from"],
        "date_to": days.written["date_to"],
        "rows": rows,
    }


@handles(contract.agent_activity)
def agent_activity(call: Call, body: Report) -> AgentActivities:
    """Count the responses and closed tickets of each agent in the range."""
    days = days_of(body, now=call.now)
    scope = _scope(call, body, days)
    written = stored.list_written(call.tx, scope)
    closed = stored.count_closed_by(call.tx, scope)
    return {
        "date_from": days.written["date_from"],
        "date_to": days.written["date_to"],
        "rows": [
            _activity(row, written.get(row["id"]), closed.get(row["id"], 0))
            for row in stored.list_staff(call.tx)
            if row["id"] in written or row["id"] in closed
        ],
    }


def _scope(call: Call, body: Report, days: Days) -> Scope:
    conditions = rights.conditions_of(call)
    rights.narrow(call, conditions)
    if body.queue_id:
        conditions.any_of(clauses.is_in_queue_of_id, body.queue_id)
    return Scope(conditions, days.first, days.last)


def _response_time(period: Period, tickets: int, times: Row | None) -> ResponseTime:
    return {
        "period": period.label,
        "tickets": tickets,
        "answered": 0 if times is None else times["answered"],
        "first_response_minutes_median": None if times is None else _minutes(times["median"]),
        "first_response_minutes_mean": None if times is None else _minutes(times["mean"]),
    }


def _minutes(microseconds: float) -> float:
    return round(float(microseconds) / _MINUTE, 2)


def _activity(person: Row, written: Row | None, closed: int) -> AgentActivity:
    return {
        "user_id": str(person["id"]),
        "name": person["name"],
        "email": person["email"],
        "responses": 0 if written is None else written["responses"],
        "notes": 0 if written is None else written["notes"],
        "tickets": 0 if written is None else written["tickets"],
        "closed": closed,
    }
