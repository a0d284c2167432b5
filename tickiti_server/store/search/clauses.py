"""Clauses of SQL that select tickets: each compares the ticket `t` with a placeholder.

`:seen_by` is the person who searches; `:sees_notes` is 1 where internal notes count. A plus before
a column keeps the database from reading an index of that column: plans.py decides what is read.
"""

import json
from collections.abc import Iterable

from tickiti_server.rendering.case_folding import folded


def is_never(value: str) -> str:
    """No ticket matches. The value is NULL."""
    return f"CAST({value} AS TEXT) IS NOT NULL"


def is_there() -> str:
    """The ticket is not deleted."""
    return "t.deleted_at IS NULL"


def is_in_viewed_queue() -> str:
    """In a queue that the person `:seen_by` may view."""
    return (
        "+t.queue_id IN (SELECT queue_id FROM queue_right"
        " WHERE person_id = :seen_by AND can_view = 1)"
    )


def is_taken_part_in() -> str:
    """A ticket whose originator or participant is the person `:seen_by`."""
    return (
        "+t.id IN (SELECT id FROM ticket WHERE originator_id = :seen_by"
        " UNION SELECT ticket_id FROM participant WHERE person_id = :seen_by)"
    )


def subject_holds(value: str) -> str:
    return f"holds(t.subject, {value})"


def content_holds(value: str) -> str:
    # The comment is SQL for PostgreSQL alone: it compares ticket by ticket, and not all responses
    # before the first one.
    return (
        "EXISTS (SELECT 1 FROM response r WHERE r.ticket_id = t.id AND r.deleted_at IS NULL"
        " AND (:sees_notes = 1 OR r.is_internal = 0)"
        f" AND holds(coalesce(r.text, plain_text(r.html)), {value}) /* OFFSET 0 */)"
    )


def subject_or_content_holds(value: str) -> str:
    return f"({subject_holds(value)} OR {content_holds(value)})"


def subject_is(value: str) -> str:
    return f"folded(t.subject) = {value}"


def is_assigned_to(value: str) -> str:
    """Assigned to the person with this folded address, or to a team of that person."""
    person = f"(SELECT id FROM person WHERE email_key = {value})"
    return (
        f"(+t.assigned_to = {person} OR +t.team_id IN"
        f" (SELECT team_id FROM team_member WHERE person_id = {person}))"
    )


def is_assigned_to_team(value: str) -> str:
    return f"+t.team_id = {value}"


def is_assigned_to_team_or_members(value: str) -> str:
    return (
        f"(+t.team_id = {value} OR +t.assigned_to IN"
        f" (SELECT person_id FROM team_member WHERE team_id = {value}))"
    )


def is_unassigned(value: str) -> str:
    """Assigned to no person and to no team. The value is 1."""
    return f"(t.assigned_to IS NULL AND t.team_id IS NULL AND {value} = 1)"


def assignee_holds(value: str) -> str:
    return f"holds(a.email, {value})"


def originator_holds(value: str) -> str:
    return f"holds(o.email, {value})"


def queue_holds(value: str) -> str:
    return f"holds(q.name, {value})"


def is_raised_by(value: str) -> str:
    return f"+t.originator_id = (SELECT id FROM person WHERE email_key = {value})"


def has_participant(value: str) -> str:
    return (
        f"({is_raised_by(value)} OR +t.id IN (SELECT x.ticket_id FROM participant x JOIN person p"
        f" ON p.id = x.person_id WHERE p.email_key = {value}))"
    )


def is_in_queue(value: str) -> str:
    return f"+t.queue_id = (SELECT id FROM queue WHERE name_key = {value})"


def is_in_queue_of_id(value: str) -> str:
    return f"t.queue_id = {value}"


def has_hashtag(value: str) -> str:
    return f"+t.id IN (SELECT ticket_id FROM hashtag WHERE tag_key = {value})"


def is_watched_on(value: str) -> str:
    """The ticket is on a watchlist that the person `:seen_by` sees. Shared ones are for staff, as
    internal notes are."""
    return (
        "+t.id IN (SELECT x.ticket_id FROM watchlist w JOIN watchlist_ticket x"
        f" ON x.watchlist_id = w.id WHERE w.id = {value}"
        " AND ((w.shared = 1 AND :sees_notes = 1) OR w.owner_id = :seen_by))"
    )


def status_is(value: str) -> str:
    return f"+t.status = {value}"


def priority_is(value: str) -> str:
    return f"+t.priority = {value}"


def number_is(value: str) -> str:
    return f"+t.number = {value}"


def is_created_from(value: str) -> str:
    return f"+t.created_at >= {value}"


def is_created_before(value: str) -> str:
    return f"+t.created_at < {value}"


def is_updated_from(value: str) -> str:
    return f"t.updated_at >= {value}"


def is_updated_before(value: str) -> str:
    return f"t.updated_at < {value}"


def needles(texts: Iterable[str]) -> str:
    """Return the folded texts as the second argument of `holds`, which matches any of them."""
    return json.dumps([folded(text) for text in texts], ensure_ascii=False)
