"""Sources of tickets: SELECTs of the ids that an index finds for a condition.

A source gives every ticket that meets its condition, and perhaps others: the clause of the
condition is checked anyway. An id may come twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tickiti_server.store.interface import Bind, TextPart, Transaction
from tickiti_server.store.search import clauses

Clause = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class TextSource:
    """Tickets that hold all needles of one of these groups. Needles are folded texts."""

    part: TextPart
    groups: Sequence[Sequence[str]]

    def sql(self, tx: Transaction, bind: Bind) -> str:
        return self._in(self.part, tx, bind)

    def counted(self, tx: Transaction, bind: Bind) -> str:
        """What is counted to a limit in place of the content: with the subjects before it, because
        an index of PostgreSQL finds all responses before it gives the first one."""
        return self._in("anywhere" if self.part == "content" else self.part, tx, bind)

    def _in(self, part: TextPart, tx: Transaction, bind: Bind) -> str:
        return " UNION ALL ".join(
            tx.text_index.candidates(part=part, needles=group, bind=bind) for group in self.groups
        )


def _assigned(value: str) -> str:
    person = f"(SELECT id FROM person WHERE email_key = {value})"
    return (
        f"SELECT id FROM ticket WHERE assigned_to = {person} UNION ALL SELECT id FROM ticket"
        f" WHERE team_id IN (SELECT team_id FROM team_member WHERE person_id = {person})"
    )


def _assigned_to_team(value: str) -> str:
    return f"SELECT id FROM ticket WHERE team_id = {value}"


def _assigned_to_team_or_members(value: str) -> str:
    return (
        f"SELECT id FROM ticket WHERE team_id = {value} UNION ALL SELECT id FROM ticket"
        f" WHERE assigned_to IN (SELECT person_id FROM team_member WHERE team_id = {value})"
    )


def _unassigned(value: str) -> str:
    return f"SELECT id FROM ticket WHERE assigned_to IS NULL AND team_id IS NULL AND {value} = 1"


def _raised(value: str) -> str:
    person = f"(SELECT id FROM person WHERE email_key = {value})"
    return f"SELECT id FROM ticket WHERE originator_id = {person}"


def _participant(value: str) -> str:
    person = f"(SELECT id FROM person WHERE email_key = {value})"
    others = f"SELECT ticket_id FROM participant WHERE person_id = {person}"
    return f"{_raised(value)} UNION ALL {others}"


def _in_queue(value: str) -> str:
    queue = f"(SELECT id FROM queue WHERE name_key = {value})"
    return f"SELECT id FROM ticket WHERE queue_id = {queue}"


def _watched(value: str) -> str:
    return f"SELECT ticket_id FROM watchlist_ticket WHERE watchlist_id = {value}"


def of_columns(column: str, *comparisons: str) -> str:
    """The tickets of a range, whose comparisons follow the column's name."""
    return "SELECT id FROM ticket WHERE " + " AND ".join(f"{column} {rest}" for rest in comparisons)


def taken_part_in() -> str:
    """The tickets whose originator or participant is the person `:seen_by`."""
    return (
        "SELECT id FROM ticket WHERE originator_id = :seen_by"
        " UNION ALL SELECT ticket_id FROM participant WHERE person_id = :seen_by"
    )


SOURCES: Mapping[Clause, Callable[[str], str]] = {
    clauses.is_never: lambda value: f"SELECT id FROM ticket WHERE id = {value}",
    clauses.is_assigned_to: _assigned,
    clauses.is_assigned_to_team: _assigned_to_team,
    clauses.is_assigned_to_team_or_members: _assigned_to_team_or_members,
    clauses.is_unassigned: _unassigned,
    clauses.is_raised_by: _raised,
    clauses.has_participant: _participant,
    clauses.is_in_queue: _in_queue,
    clauses.has_hashtag: lambda value: f"SELECT ticket_id FROM hashtag WHERE tag_key = {value}",
    clauses.is_watched_on: _watched,
    clauses.status_is: lambda value: of_columns("status", f"= {value}"),
    clauses.priority_is: lambda value: of_columns("priority", f"= {value}"),
    clauses.number_is: lambda value: of_columns("number", f"= {value}"),
}
"""The source of each condition, by the clause of the condition. A clause without a source is
compared ticket by ticket."""

EXACT = frozenset(
    {
        clauses.is_raised_by,
        clauses.is_in_queue,
        clauses.has_hashtag,
        clauses.status_is,
        clauses.priority_is,
    }
)
"""Clauses whose source has the tickets of one value once each, and no others."""

BY_VALUE = frozenset({clauses.has_hashtag, clauses.status_is, clauses.priority_is})
"""Those of them whose index has the value itself, of which a database may know the frequency."""

LOOKED_UP = frozenset({clauses.has_hashtag})
"""Those of them that look each ticket up in another table."""

RANGES: Mapping[Clause, tuple[str, str, Callable[[Sequence[int]], int]]] = {
    clauses.is_created_from: ("created_at", ">=", min),
    clauses.is_created_before: ("created_at", "<", max),
    clauses.is_updated_from: ("updated_at", ">=", min),
    clauses.is_updated_before: ("updated_at", "<", max),
}
"""The column and the sign of a range, and the value that stands for several alternatives. The
ranges of one column are one source."""
