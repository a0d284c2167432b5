"""Reads a paged list as one stream of rows, page by page."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import islice, pairwise
from typing import Any, NamedTuple, Protocol

from tickiti_cli.api.reply import Reply
from tickiti_cli.errors import ForeignReply

MOST_ROWS = 1000
"""The most rows of one page, by the contract."""

SMALL_ROW = 4096
"""Bytes of a row of which a page may hold MOST_ROWS, in the mean of the page before."""

MOST_EMPTY = 20
"""Limit of consecutive pages without a row; after more the list is taken for endless."""


class Part(NamedTuple):
    """How much of a list was shown."""

    shown: int
    has_more: bool
    total: int | None = None
    """Rows of the whole list; None where the server does not tell."""

    is_exact: bool = True
    """False if there are more rows than `total`."""

    def remark(self, noun: str) -> str:
        """Returns the remark on the rows that were not shown: `12 of 2,014 tickets; ...`."""
        if self.total is None or self.total <= self.shown:
            return f"There are more {noun}; --all shows every one."
        total = f"{self.total:,}" if self.is_exact else f"more than {self.total:,}"
        return f"{self.shown:,} of {total} {noun}; --all shows every one."


class Choosing(Protocol):
    """Chooses rows of a list that the server does not filter. False if it chooses all of them."""

    def __bool__(self) -> bool: ...

    def covers(self, row: Mapping[str, Any]) -> bool:
        """True if the row is to be shown."""
        ...

    def is_before(self, row: Mapping[str, Any]) -> bool:
        """True if neither the row nor any row after it is to be shown."""
        ...


class Pages:
    """Yields `limit` rows, or all, at most `most` in one request. At the end `more` tells whether
    the server has further rows, and `part` how many there are."""

    def __init__(
        self,
        call: Callable[[Mapping[str, Any]], Reply],
        body: Mapping[str, Any],
        *,
        member: str,
        limit: int | None,
        most: int = MOST_ROWS,
        most_small: int = 0,
    ) -> None:
        """`most_small`: rows in one request where they are small, if more than `most`."""
        self._call = call
        self._body = dict(body)
        self._member = member
        self._left = limit
        self._most = self._next_most = most
        self._most_small = max(most, most_small)
        self.more = False
        self._count = 0
        self._total: int | None = None
        self._is_exact = True

    @property
    def part(self) -> Part:
        return Part(self._count, self.more, self._total, self._is_exact)

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for rows, _ in self.each():
            yield from rows

    def within(self, chosen: Choosing) -> Iterator[Mapping[str, Any]]:
        """Yields the chosen rows, `limit` of them, or all."""
        if not chosen:
            yield from self
            return
        most, self._left = self._left, None
        wanted, shown = self._chosen(chosen), 0
        for row in islice(wanted, most):
            shown += 1
            yield row
        self.more = next(wanted, None) is not None
        self._count, self._total = shown, None  # the server counts rows that are not chosen

    def _chosen(self, chosen: Choosing) -> Iterator[Mapping[str, Any]]:
        for row in self:
            if chosen.is_before(row):
                return
            if chosen.covers(row):
                yield row

    def each(self) -> Iterator[tuple[list[Mapping[str, Any]], Any]]:
        """Yields each page with the cursor of the next one, which is None after the last page.

        Raises ForeignReply for an endless list: a page or a cursor that comes twice, or new cursors
        without rows.
        """
        seen: set[bytes] = set()
        empty = 0
        while self._left is None or self._left > 0:
            rows, cursor, is_full = self._page()
            self.more = cursor is not None
            empty = 0 if rows else empty + 1
            is_again = self.more and _is_known([cursor], seen)
            if self.more and not is_again and _is_known([*rows[:1], *rows[-1:]], seen):
                raise _endless("one page twice")
            if self.more and empty > MOST_EMPTY:
                raise _endless("pages without a row")
            yield rows, cursor
            if not self.more:
                self.more = is_full
                return
            if is_again:
                raise _endless("one cursor twice")
            self._body["cursor"] = cursor
            if self._left is not None:
                self._left -= len(rows)

    def _page(self) -> tuple[list[Mapping[str, Any]], Any, bool]:
        """Returns the rows, the cursor, and whether rows may be missing: an install without cursors
        sends no more than was asked for."""
        most = self._next_most
        size = most if self._left is None else min(most, self._left)
        reply = self._call({**self._body, "limit": size})
        data = reply.data
        rows = data[self._member]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ForeignReply(
                f"The server's '{self._member}' is not a list of objects.", status=200
            )
        self._count += len(rows)
        is_small = bool(rows) and len(reply.content) <= SMALL_ROW * len(rows)
        self._next_most = self._most_small if is_small else self._most
        self._note_total(data)
        is_full = "next_cursor" not in data and len(rows) >= size
        return rows, data.get("next_cursor"), is_full

    def _note_total(self, data: Mapping[str, Any]) -> None:
        """A total that is not a number, or is smaller than the number of rows received, counts as
        missing."""
        total = data.get("total")
        is_plausible = type(total) is int and total >= self._count
        self._total = total if is_plausible else None
        self._is_exact = data.get("total_is_exact") is not False


def _is_known(found: list[Any], seen: set[bytes]) -> bool:
    """True if the same value came before. Adds the value to `seen`."""
    digest = sha256(json.dumps(found, sort_keys=True).encode()).digest()[:16]
    is_known = bool(found) and digest in seen
    seen.add(digest)
    return is_known


def _endless(what: str) -> ForeignReply:
    return ForeignReply(f"The server gave {what}: its list has no end.", status=200)


NO_CURSOR = (
    "This server cannot continue a list where it stopped: it continues by the day of the last "
    "update, and lacks tickets that are changed meanwhile."
)


class DayPages:
    """Calls a list of tickets, and continues the list of an install that sends no cursor: the next
    page is asked for by the day of the last update that the page before ends with.

    Rules: no ticket comes twice. Rows that are not in the order of their updates are not continued.
    """

    def __init__(
        self, call: Callable[[Mapping[str, Any]], Reply], remark: Callable[[str], None]
    ) -> None:
        self._call = call
        self._remark = remark
        self._day = ""
        """The day that the page under way begins with; empty for the first page."""

        self._is_told = False
        self._shown: set[object] = set()

    def __call__(self, body: Mapping[str, Any]) -> Reply:
        if self._day:
            if not self._is_told:
                self._remark(NO_CURSOR)
            self._is_told = True
            body = _updated_until(body, self._day)
        reply = self._call(body)
        found = reply.data
        if "next_cursor" in found or not all(isinstance(row, dict) for row in found["tickets"]):
            return reply  # also for rows that Pages refuses
        rows, is_full = found["tickets"], len(found["tickets"]) >= body["limit"]
        fresh = [row for row in rows if row.get("number") not in self._shown]
        self._shown |= {row.get("number") for row in fresh}
        after = _last_day(rows) if is_full else ""
        if after and after == self._day:
            self._remark(f"Some tickets of {after} are missing: a page holds {len(rows):,}.")
            after = (date.fromisoformat(after) - timedelta(days=1)).isoformat()
        self._day = after
        data = {**found, "tickets": fresh} | ({"next_cursor": after} if after else {})
        return reply._replace(body={**reply.body, "data": data})


def _updated_until(body: Mapping[str, Any], day: str) -> dict[str, Any]:
    """Return the request with a day in place of the cursor. Criteria of one mode are joined by
    "or", so that the day replaces a later one."""
    search = {**body.get("search_object", {})}
    others = [one for one in search.get("criteria", ()) if one.get("mode") != "updated_to"]
    search["criteria"] = [*others, {"mode": "updated_to", "tokens": [day]}]
    return {name: value for name, value in body.items() if name != "cursor"} | {
        "search_object": search
    }


def _last_day(rows: list[Any]) -> str:
    """Return the day in UTC of the last row's update; "" unless the rows begin with the latest."""
    try:
        days = [_moment(row["updated_at"]) for row in rows]
    except (KeyError, TypeError, ValueError, ForeignReply):
        return ""
    is_ordered = all(one >= other for one, other in pairwise(days))
    return days[-1].date().isoformat() if days and is_ordered else ""


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
