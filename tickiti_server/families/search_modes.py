"""The modes of a search: how each reads a token, and which tickets it then finds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from tickiti_server.addresses import address_key
from tickiti_server.call import DAY, SECOND
from tickiti_server.store import search
from tickiti_server.values import MOST_INTEGER

PRIORITIES = {"low": 10, "normal": 20, "high": 30, "urgent": 40}


class BadToken(ValueError):
    """A token that its mode cannot read; the message is the rule."""


def _folded(token: str) -> object:
    return token.lower()


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
    return token.removeprefix("#").lower()


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


MODES: dict[str, Mode] = {
    "subject": Mode(search.pattern, search.subject_holds),
    "content": Mode(search.pattern, search.content_holds),
    "subject_content": Mode(search.pattern, search.subject_or_content_holds),
    "assigned": Mode(address_key, search.is_assigned_to),
    "participant": Mode(address_key, search.has_participant),
    "priority": Mode(priority_of, search.equals("priority")),
    "raised": Mode(address_key, search.is_raised_by),
    "queue": Mode(_folded, search.is_in_queue),
    "status": Mode(_status, search.equals("status")),
    "watchlist": Mode(_watchlist, search.is_watched_on),
    "hashtag": Mode(_hashtag, search.has_hashtag),
    "ticket_number": Mode(_number, search.equals("number")),
    "created_from": Mode(_day_begins, search.at_least("created_at")),
    "created_to": Mode(_day_ends, search.before("created_at")),
    "updated_from": Mode(_day_begins, search.at_least("updated_at")),
    "updated_to": Mode(_day_ends, search.before("updated_at")),
}
