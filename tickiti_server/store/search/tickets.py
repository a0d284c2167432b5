"""Lists of tickets: each page follows the one before by the values of its sort keys."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from tickiti_server.store.interface import Row, Transaction
from tickiti_server.store.search.conditions import Conditions, where
from tickiti_server.store.search.orders import BY_ACTIVITY, BY_NUMBER, Branch, Groups, Key, by_month
from tickiti_server.store.search.plans import Plan, choose

LAST_ID = 2**63 - 1
"""Above every id."""

ALL = 1_000_000_000
"""A LIMIT that is none. It keeps a database from merging two SELECTs, which would sort and compare
in another order."""

JOINS = """
  LEFT JOIN queue q ON q.id = t.queue_id
  LEFT JOIN person o ON o.id = t.originator_id
  LEFT JOIN person a ON a.id = t.assigned_to
"""
"""LEFT joins, because SQLite skips a table that no condition and no sort key names."""

TICKETS = f"FROM ticket t {JOINS}"

_WALKED = f"""
SELECT t.id{{keys}} {TICKETS} {{where}}
 ORDER BY {{order}} LIMIT {{limit}}
"""
"""A page of the list in its order."""

_BRANCH = """
SELECT * FROM (
    SELECT t.id, {sql} AS key_0, t.id AS key_1 FROM {tables} {where}
     ORDER BY {order} LIMIT {limit}
) AS t
"""
"""A CROSS JOIN keeps SQLite from beginning with the tickets, which it would have to sort."""

_LATERAL = """
SELECT * FROM (
    SELECT t.id, {sql} AS key_0, t.id AS key_1
      FROM {groups}
     CROSS JOIN LATERAL (
         SELECT t.id, t.updated_at FROM ticket t {where} ORDER BY {order_of_group} LIMIT {limit}
     ) AS t
     {behind} ORDER BY {order} LIMIT {limit}
) AS t
"""
"""The same with as many tickets of each group as a page has; a join would sort whole groups."""
_BRANCHES = """
SELECT t.id, t.key_0, t.key_1 FROM ({branches}) AS t ORDER BY {order} LIMIT {limit}
"""
"""A page of the list in an order that one index has for some tickets, and another for others."""

_SORTED = f"""
SELECT t.id{{names}} FROM (
    SELECT t.* FROM (
        SELECT t.id, t.subject, t.subject_key{{keys}} {TICKETS} {{where}} LIMIT {ALL}
    ) AS t {{behind}} ORDER BY {{order}} LIMIT {ALL}
) AS t {{checks}} LIMIT {{limit}}
"""
"""A page of the tickets of a source. Their texts are compared last, until the page is full; one
database compares subjects, the other one their folded twins."""

_PAGE = """
SELECT t.id, t.number, t.subject, t.status, t.priority, t.queue_id, q.name AS queue_name,
       o.email AS originator_email,
       CASE WHEN t.team_id IS NULL THEN a.email ELSE 'team:' || CAST(t.team_id AS TEXT) END
           AS assigned_to_email,
       t.on_hold_until, t.created_at, t.updated_at,
       (SELECT count(*) FROM response r
         WHERE r.ticket_id = t.id AND r.deleted_at IS NULL AND r.is_audit_only = 0
           AND (:sees_notes = 1 OR r.is_internal = 0)) AS response_count,
       found.*
  FROM ({found}) AS found
  JOIN ticket t ON t.id = found.id
  JOIN queue q ON q.id = t.queue_id
  JOIN person o ON o.id = t.originator_id
  LEFT JOIN person a ON a.id = t.assigned_to
 ORDER BY {order}
"""
"""Joins the shown columns for the rows of the page only, not for every sorted row."""


def list_tickets(
    tx: Transaction,
    conditions: Conditions,
    *,
    order: Sequence[Key],
    after: Sequence[int | str] | None,
    limit: int,
    plan: Plan | None = None,
) -> Sequence[Row]:
    """Return a page of tickets in an order whose last key is unique.

    `after` holds the key values of the last row of the previous page.
    """
    plan = plan or choose(tx, conditions, order=order, after=after)
    if order == BY_NUMBER and (settled := tx.settled_tickets(conditions.bind)):
        conditions.clauses.append(settled)
    if plan.months and order == BY_ACTIVITY:
        order = (by_month(plan.months, has_lateral=tx.has_lateral), order[1])
    names = [f"key_{place}" for place in range(len(order))]
    values = [] if after is None else [conditions.bind(value) for value in after]
    page = _Page(conditions, plan, order, values, conditions.bind(limit))
    if plan.source is not None:
        found = page.sorted(names)
    elif order[0].branches and len(order) == 2 and not conditions.needs_tables:
        found = page.branched(names, has_lateral=tx.has_lateral)
    else:
        found = page.walked(names)
    return tx.all(_PAGE.format(found=found, order=_sorted(order, names)), conditions.values)


class _Page(NamedTuple):
    """A page of tickets, as three kinds of SQL."""

    conditions: Conditions
    plan: Plan
    order: Sequence[Key]
    after: Sequence[str]
    limit: str

    def walked(self, names: Sequence[str]) -> str:
        columns = [key.sql for key in self.order]
        clauses = [*self._behind(columns), *self._every()]
        return _WALKED.format(
            keys=self._keys(names),
            where=where(clauses),
            order=_sorted(self.order, columns),
            limit=self.limit,
        )

    def sorted(self, names: Sequence[str]) -> str:
        return _SORTED.format(
            names="".join(f", t.{name}" for name in names),
            keys=self._keys(names),
            where=where([f"t.id IN ({self.plan.source})", *self.conditions.clauses]),
            behind=where(self._behind(names)),
            order=_sorted(self.order, names),
            checks=where(self.conditions.checks),
            limit=self.limit,
        )

    def branched(self, names: Sequence[str], *, has_lateral: bool) -> str:
        found = [
            self._lateral(branch, branch.groups)
            if branch.groups and has_lateral
            else self._branch(branch)
            for branch in self.order[0].branches
        ]
        return _BRANCHES.format(
            branches=" UNION ALL ".join(found), order=_sorted(self.order, names), limit=self.limit
        )

    def _branch(self, branch: Branch) -> str:
        columns = [branch.sql, "t.id"]
        # A constant needs no place in the order, where an index would not have it.
        sorted_by = slice(1 if branch.sql == "''" else 0, None)
        return _BRANCH.format(
            sql=branch.sql,
            tables=f"{branch.groups.table} CROSS JOIN ticket t" if branch.groups else "ticket t",
            where=where([branch.clause, *self._behind(columns), *self._every()]),
            order=_sorted(self.order[sorted_by], columns[sorted_by]),
            limit=self.limit,
        )

    def _lateral(self, branch: Branch, groups: Groups) -> str:
        of_group, keys, behind = self._by_group(branch, groups)
        return _LATERAL.format(
            sql=branch.sql,
            groups=groups.lateral_table or groups.table,
            where=where([*of_group, *self._every()]),
            order_of_group=_sorted(keys, [key.sql for key in keys]),
            behind=where(behind),
            order=_sorted(self.order, [branch.sql, "t.id"]),
            limit=self.limit,
        )

    def _by_group(
        self, branch: Branch, groups: Groups
    ) -> tuple[list[str], Sequence[Key], list[str]]:
        """For each group: clauses of its tickets behind `after`, and their order; and a clause of
        the groups that have any.

        A group with a key is a range of the index that begins with it. By an equation the planner
        may choose the index of ids instead, and read it in vain for a group of few tickets.
        """
        if not groups.has_key:
            columns = [branch.sql, "t.id"]
            return [branch.clause, *self._behind(columns)], self.order, []
        keys = [replace(self.order[-1], sql=column) for column in (groups.of, "t.id")]
        of_group = [f"{groups.of} >= {groups.id}", f"{groups.of} <= {groups.id}"]
        if not self.after:
            return of_group, keys, []
        key, ticket = self.after
        sign, first = ("<", LAST_ID) if keys[0].is_falling else (">", 0)
        begin = f"CASE WHEN {branch.sql} = {key} THEN CAST({ticket} AS INTEGER) ELSE {first} END"
        of_group.append(_is_behind(keys, [key.sql for key in keys], [groups.id, begin]))
        return of_group, keys, [f"{branch.sql} {sign}= {key}"]

    def _every(self) -> list[str]:
        return [*compared(self.conditions, self.plan), *self.conditions.checks]

    def _keys(self, names: Sequence[str]) -> str:
        return "".join(
            f", {key.sql} AS {name}" for key, name in zip(self.order, names, strict=True)
        )

    def _behind(self, columns: Sequence[str]) -> list[str]:
        """Stands before the conditions, because of two ranges of a column SQLite reads the first:
        a deep page begins here, and not where the condition does."""
        return [_is_behind(self.order, columns, self.after)] if self.after else []


def compared(conditions: Conditions, plan: Plan) -> list[str]:
    """What each ticket of the list is compared with before its texts: the clauses of the plan's
    members, if it has any, and of all conditions but the one that these stand for."""
    members = [] if plan.members is None else [plan.members]
    return [*(each for each in conditions.clauses if each != plan.known), *members]


def key_values(row: Row, order: Sequence[Key]) -> list[int | str]:
    """Return the values of a row's sort keys."""
    return [row[f"key_{place}"] for place in range(len(order))]


def _sorted(order: Sequence[Key], names: Sequence[str]) -> str:
    directions = (" DESC" if key.is_falling else "" for key in order)
    return ", ".join(f"{name}{way}" for name, way in zip(names, directions, strict=True))


def _is_behind(order: Sequence[Key], names: Sequence[str], values: Sequence[str]) -> str:
    """SQL that is true for rows after the one with these key values."""
    if len({key.is_falling for key in order}) == 1:
        # One comparison of rows, which an index understands.
        sign = "<" if order[0].is_falling else ">"
        return f"({', '.join(names)}) {sign} ({', '.join(values)})"
    alternatives = []
    for place, (key, value) in enumerate(zip(order, values, strict=True)):
        same = [f"{names[i]} = {values[i]}" for i in range(place)]
        sign = "<" if key.is_falling else ">"
        alternatives.append(" AND ".join([*same, f"{names[place]} {sign} {value}"]))
    return f"({' OR '.join(alternatives)})"
