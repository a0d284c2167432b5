"""Counts of tickets and responses over days, for reports.

A day is its number since 1970 in UTC. Conditions select the tickets `t`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.search.conditions import Conditions

DAY = 86_400_000_000
"""Microseconds of a day."""

MOST_COMPARED = 130
"""Periods that a ticket's day is compared with one by one. Ten years have 121 months."""

_BY_DAY = "SELECT {column} / 86400000000 AS day, count(*) AS found {tables} {where} GROUP BY 1"

_TICKETS = "FROM ticket t"
_RESPONSES = "FROM response r JOIN ticket t ON t.id = r.ticket_id"

_COUNTS = "r.deleted_at IS NULL AND r.is_audit_only = 0"
"""Deleted responses and records of changes do not count."""

_FIRST_RESPONSES = f"""
WITH answer AS (
    SELECT {{period}} AS period, t.created_at,
           (SELECT min(r.created_at) FROM response r
             WHERE r.ticket_id = t.id AND r.staff_response = 1 AND r.is_internal = 0 AND {_COUNTS}
               AND r.id > (SELECT min(f.id) FROM response f WHERE f.ticket_id = t.id)
           ) AS answered_at
      FROM ticket t {{where}}
), wait AS (
    SELECT period,
           CASE WHEN answered_at > created_at THEN answered_at - created_at ELSE 0 END AS waited
      FROM answer WHERE answered_at IS NOT NULL
), ranked AS (
    SELECT period, waited, row_number() OVER (PARTITION BY period ORDER BY waited) AS place,
           count(*) OVER (PARTITION BY period) AS answered
      FROM wait
)
SELECT period, answered, avg(waited) AS mean,
       avg(CASE WHEN place IN ((answered + 1) / 2, (answered + 2) / 2) THEN waited END) AS median
  FROM ranked GROUP BY period, answered
"""
"""The first response of a ticket opens it, so that it never counts as an answer."""

_CLOSED_UNDER = """
SELECT t.resolution_id, count(*) AS found FROM ticket t {where} GROUP BY t.resolution_id
"""

_WRITTEN = f"""
SELECT r.author_id AS person_id,
       sum(CASE WHEN r.is_internal = 0 THEN 1 ELSE 0 END) AS responses,
       sum(CASE WHEN r.is_internal = 0 THEN 0 ELSE 1 END) AS notes,
       count(DISTINCT r.ticket_id) AS tickets
  {_RESPONSES} {{where}}
 GROUP BY r.author_id
"""

_CLOSED_BY = """
SELECT closer AS person_id, count(*) AS found
  FROM (SELECT (SELECT r.author_id FROM response r
                 WHERE r.ticket_id = t.id
                   AND (r.audit LIKE :open_closed OR r.audit LIKE :hold_closed)
                 ORDER BY r.id DESC LIMIT 1) AS closer
          FROM ticket t {where}) AS closing
 WHERE closer IS NOT NULL
 GROUP BY closer
"""

_CLOSINGS = {
    "open_closed": '%"what": "status", "from": "open", "to": "closed"%',
    "hold_closed": '%"what": "status", "from": "on-hold", "to": "closed"%',
}
"""The text that the record of a closing contains. A quote inside a recorded text is escaped, so
that no text looks like this."""

_STAFF = "SELECT id, name, email FROM person WHERE role > 0 ORDER BY id"


class Scope(NamedTuple):
    """Which tickets a report is about, and over which days: the first and the last one."""

    conditions: Conditions
    first: int
    last: int

    def where(self, column: str, *more: str) -> str:
        """The WHERE for a time within these days. The conditions stay as they are, so that several
        counts can share them."""
        begin = self.conditions.bind(self.first * DAY)
        end = self.conditions.bind((self.last + 1) * DAY)
        days = f"{column} >= {begin} AND {column} < {end}"
        return f"WHERE {' AND '.join([*self.conditions.clauses, days, *more])}"


def count_created(tx: Transaction, scope: Scope) -> Mapping[int, int]:
    """Tickets created on each day."""
    return _by_day(tx, scope, "t.created_at", _TICKETS)


def count_closed(tx: Transaction, scope: Scope) -> Mapping[int, int]:
    """Closed tickets by the day on which they were closed."""
    return _by_day(tx, scope, "t.closed_at", _TICKETS)


def count_responses(tx: Transaction, scope: Scope) -> Mapping[int, int]:
    """Responses written on each day, internal notes included."""
    return _by_day(tx, scope, "r.created_at", _RESPONSES, _COUNTS)


def list_first_response_times(
    tx: Transaction, scope: Scope, *, starts: Sequence[int]
) -> Mapping[int, Row]:
    """For each period with answered tickets: how many, and mean and median in microseconds.

    `starts` are the first days of the periods. A period is named by its position among them.
    """
    where = scope.where("t.created_at")
    sql = _FIRST_RESPONSES.format(period=_period(starts), where=where)
    return {row["period"]: row for row in tx.all(sql, scope.conditions.values)}


def count_closed_under(tx: Transaction, scope: Scope) -> Mapping[int | None, int]:
    """Closed tickets by their resolution category; None stands for tickets closed without a
    category."""
    sql = _CLOSED_UNDER.format(where=scope.where("t.closed_at"))
    rows = tx.all(sql, scope.conditions.values)
    return {row["resolution_id"]: row["found"] for row in rows}


def list_written(tx: Transaction, scope: Scope) -> Mapping[int, Row]:
    """For each author: public responses, notes and tickets that they are on."""
    sql = _WRITTEN.format(where=scope.where("r.created_at", _COUNTS))
    return {row["person_id"]: row for row in tx.all(sql, scope.conditions.values)}


def count_closed_by(tx: Transaction, scope: Scope) -> Mapping[int, int]:
    """Closed tickets by the person who closed them last, as the record of changes says."""
    sql = _CLOSED_BY.format(where=scope.where("t.closed_at"))
    rows = tx.all(sql, {**scope.conditions.values, **_CLOSINGS})
    return {row["person_id"]: row["found"] for row in rows}


def list_staff(tx: Transaction) -> Sequence[Row]:
    """Everybody who is staff, the system user included."""
    return tx.all(_STAFF)


def _by_day(
    tx: Transaction, scope: Scope, column: str, tables: str, *more: str
) -> Mapping[int, int]:
    sql = _BY_DAY.format(column=column, tables=tables, where=scope.where(column, *more))
    return {row["day"]: row["found"] for row in tx.all(sql, scope.conditions.values)}


def _period(starts: Sequence[int]) -> str:
    """SQL of the position of a ticket's period."""
    day = "(t.created_at / 86400000000)"
    if len(starts) > MOST_COMPARED:
        # Days and weeks: all are of one length, but the first, which may be shorter.
        length = starts[2] - starts[1]
        return f"(({day} - {starts[1] - length}) / {length})"
    branches = [f"WHEN {day} < {start} THEN {place}" for place, start in enumerate(starts[1:])]
    return f"CASE {' '.join(branches)} ELSE {len(starts) - 1} END" if branches else "0"
