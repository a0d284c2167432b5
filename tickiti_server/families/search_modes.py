"""The modes of a search: how each reads a token, and which tickets it then finds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tickiti_server.call import DAY, SECOND
from tickiti_server.folding import address_key, case_key
from tickiti_server.store import search
from tickiti_server.store.search import Conditions
from tickiti_server.values import MOST_INTEGER

PRIORITIES = {"low": 10, "normal": 20, "high": 30, "urgent": 40}


class BadToken(ValueError):
    """A token that its mode cannot read; the message is the rule."""


def _as_text(token: str) -> object:
    return token


def priority_of(token: str) -> object:
    """The number of a word or a number. Raises BadToken."""
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


def _watchlist(token: str) -> object:
    if token.isascii() and token.isdigit() and int(token) <= MOST_INTEGER:
        return int(token)
    raise BadToken("must be a watchlist's id")


def _hashtag(token: str) -> object:
    return case_key(token.removeprefix("#"))


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
    finds_parts: bool = False
    """Whether it looks for parts of a text: all tokens at once, since to fold the text is most of
    the work."""

    @classmethod
    def of_parts(cls, clause: Callable[[str], str]) -> "Mode":
        return cls(_as_text, clause, finds_parts=True)

    def narrow(self, conditions: Conditions, values: Sequence[object]) -> None:
        """One of the values, as `read` gave them, must be there."""
        if self.finds_parts:
            values = [search.needles(map(str, values))]
        conditions.any_of(self.clause, values)


MODES: dict[str, Mode] = {
    "subject": Mode.of_parts(search.subject_holds),
    "content": Mode.of_parts(search.content_holds),
    "subject_content": Mode.of_parts(search.subject_or_content_holds),
    "assigned": Mode(address_key, search.is_assigned_to),
    "participant": Mode(address_key, search.has_participant),
    "priority": Mode(priority_of, search.equals("priority")),
    "raised": Mode(address_key, search.is_raised_by),
    "queue": Mode(case_key, search.is_in_queue),
    "status": Mode(_status, search.equals("status")),
    "watchlist": Mode(_watchlist, search.is_watched_on),
    "hashtag": Mode(_hashtag, search.has_hashtag),
    "ticket_number": Mode(_number, search.equals("number")),
    "created_from": Mode(_day_begins, search.at_least("created_at")),
    "created_to": Mode(_day_ends, search.before("created_at")),
    "updated_from": Mode(_day_begins, search.at_least("updated_at")),
    "updated_to": Mode(_day_ends, search.before("updated_at")),
}
