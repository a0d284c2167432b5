"""The modes of a search: each parses a token and selects tickets by it.

Rule: in a text mode all tokens of a criterion must match unless it says `any`. In every other mode
one token is enough.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from tickiti_cli.contract.vocabulary import PRIORITIES, PRIORITY_WORDS, TICKET_STATUSES
from tickiti_server.clock import DAY, SECOND
from tickiti_server.rendering.case_folding import address_key, case_key, folded
from tickiti_server.store.interface import TextPart
from tickiti_server.store.search import clauses
from tickiti_server.store.search.conditions import Bound, Clause, Conditions
from tickiti_server.store.search.sources import TextSource
from tickiti_server.validation.fields import MOST_INTEGER

UNASSIGNED = frozenset(("unassigned", "nobody"))
"""The word in place of an address: assigned to no person and to no team."""

TEAM, TEAM_AND_MEMBERS = "team:", "team-and-members:"

_TEAM_CLAUSES = {
    TEAM: clauses.is_assigned_to_team,
    TEAM_AND_MEMBERS: clauses.is_assigned_to_team_or_members,
}


class BadToken(ValueError):
    """A mode cannot parse a token. The message is the rule that the token breaks."""


def _as_text(token: str) -> object:
    return token


def priority_of(token: str) -> object:
    """The priority of a word such as high, or of its number. Raises BadToken."""
    word = token.lower()
    if word in PRIORITIES:
        return PRIORITIES[word]
    if word in PRIORITY_WORDS:
        return int(word)
    words, numbers = ", ".join(PRIORITIES), ", ".join(PRIORITY_WORDS)
    raise BadToken(f"must be a priority: {words} or {numbers}")


def _status(token: str) -> object:
    if token.lower() in TICKET_STATUSES:
        return token.lower()
    *first, last = TICKET_STATUSES
    raise BadToken(f"must be a status: {', '.join(first)} or {last}")


def _number(token: str) -> object:
    if token.isascii() and token.isdigit() and int(token) <= MOST_INTEGER:
        return int(token)
    raise BadToken("must be a ticket number")


def _watchlist(token: str) -> object:
    if token.isascii() and token.isdigit() and int(token) <= MOST_INTEGER:
        return int(token)
    raise BadToken("must be a watchlist's id")


def _hashtag(token: str) -> object:
    return case_key(token.removeprefix("#"))


def _assignee(token: str) -> object:
    """An address, a team with or without its members, or nobody. Raises BadToken."""
    word = token.lower()
    if word in UNASSIGNED:
        return Bound(clauses.is_unassigned, 1)
    for prefix, clause in _TEAM_CLAUSES.items():
        if word.startswith(prefix):
            number = word.removeprefix(prefix)
            if number.isascii() and number.isdigit() and int(number) <= MOST_INTEGER:
                return Bound(clause, int(number))
            raise BadToken(f"must be an address, {TEAM}ID, {TEAM_AND_MEMBERS}ID or Unassigned")
    return address_key(token)


def _day_begins(token: str) -> int:
    try:
        return int(datetime.strptime(token, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * SECOND
    except ValueError:
        raise BadToken("must be a day as YYYY-MM-DD") from None


def _day_ends(token: str) -> int:
    return _day_begins(token) + DAY


class Wanted(NamedTuple):
    """The values of one criterion, and whether all of them must match."""

    values: Sequence[object]
    all_match: bool = False


@dataclass(frozen=True, slots=True)
class Mode:
    """One search mode: `read` parses a token, `clause` selects tickets by the value."""

    read: Callable[[str], object]
    clause: Clause
    matches: str
    """What a token is compared with, as a sentence for people."""

    finds_parts: bool = False
    """True if the mode finds parts of a text. All alternatives go into one clause, because folding
    the text is most of the work."""

    index: TextPart | None = None
    """The part of the store's text index that the mode searches. None where each text is
    compared."""

    def narrow(self, conditions: Conditions, values: Sequence[object]) -> None:
        """Keep the tickets that match one of the values. The values come from `read`."""
        self.narrow_to(conditions, [Wanted(values)])

    def narrow_to(self, conditions: Conditions, criteria: Sequence[Wanted]) -> None:
        """Keep the tickets that meet one of the criteria."""
        if not self.finds_parts:
            values = [value for wanted in criteria for value in wanted.values]
            conditions.any_of(self.clause, values)
            return
        alternatives: list[str] = []
        groups: list[list[str]] = []
        parts: list[str] = []
        for wanted in criteria:
            texts = [*map(str, wanted.values)]
            if wanted.all_match and len(texts) > 1:
                each = [self._holding(conditions, [text]) for text in texts]
                alternatives.append(f"({' AND '.join(each)})")
                groups.append([folded(text) for text in texts])
            else:
                parts += texts
        if parts:
            alternatives.append(self._holding(conditions, parts))
            groups += [[folded(text)] for text in parts]
        if self.index is None:
            conditions.one_of(alternatives)
        else:
            conditions.one_of_texts(alternatives, TextSource(self.index, groups))

    def _holding(self, conditions: Conditions, parts: Sequence[str]) -> str:
        return conditions.sql(self.clause, clauses.needles(parts))


def mode_of_parts(clause: Clause, matches: str, *, index: TextPart | None = None) -> Mode:
    """A mode that finds parts of a text, without case."""
    return Mode(_as_text, clause, matches, finds_parts=True, index=index)


MODES: dict[str, Mode] = {
    "subject": mode_of_parts(
        clauses.subject_holds, "A part of the subject, without case.", index="subject"
    ),
    "content": mode_of_parts(
        clauses.content_holds, "A part of the text of any response, without case.", index="content"
    ),
    "subject_content": mode_of_parts(
        clauses.subject_or_content_holds,
        "A part of the subject or of the text of any response, without case.",
        index="anywhere",
    ),
    "assigned": Mode(
        _assignee,
        clauses.is_assigned_to,
        "The assignee's address, which also finds what that person's teams have; team:ID, what "
        "a team itself has; team-and-members:ID; or Unassigned.",
    ),
    "participant": Mode(
        address_key, clauses.has_participant, "The address of the originator or of a participant."
    ),
    "priority": Mode(
        priority_of,
        clauses.priority_is,
        "The priority: low, normal, high, urgent or 10, 20, 30, 40.",
    ),
    "raised": Mode(address_key, clauses.is_raised_by, "The originator's address."),
    "queue": Mode(case_key, clauses.is_in_queue, "The queue's name, without case."),
    "status": Mode(_status, clauses.status_is, "The status: open, on-hold or closed."),
    "watchlist": Mode(_watchlist, clauses.is_watched_on, "The id of a watchlist that you see."),
    "hashtag": Mode(_hashtag, clauses.has_hashtag, "A hashtag, with or without its #."),
    "ticket_number": Mode(_number, clauses.number_is, "The ticket's number."),
    "created_from": Mode(
        _day_begins, clauses.is_created_from, "Created on this day (YYYY-MM-DD) or later."
    ),
    "created_to": Mode(
        _day_ends, clauses.is_created_before, "Created on this day (YYYY-MM-DD) or before."
    ),
    "updated_from": Mode(
        _day_begins, clauses.is_updated_from, "Changed on this day (YYYY-MM-DD) or later."
    ),
    "updated_to": Mode(
        _day_ends, clauses.is_updated_before, "Changed on this day (YYYY-MM-DD) or before."
    ),
}
