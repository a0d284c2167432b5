"""A paged list as one: rows as they come, page by page."""

import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tickiti_cli.errors import ForeignReply
from tickiti_cli.replies import Reply

if TYPE_CHECKING:
    from tickiti_cli.runtime import Runtime

MOST_ROWS = 1000
"""What a page may hold at most, by the contract."""

MOST_EMPTY = 20
"""Pages without a row, one after the other, that are taken for the way to some more."""


class Pages:
    """`limit` rows, or all, `most` of them at once; `more` is known at the end: whether the list
    goes on."""

    def __init__(
        self,
        call: Callable[[Mapping[str, Any]], Reply],
        body: Mapping[str, Any],
        *,
        member: str,
        limit: int | None,
        most: int = MOST_ROWS,
    ) -> None:
        self._call = call
        self._body = dict(body)
        self._member = member
        self._left = limit
        self._most = most
        self.more = False

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for rows, _ in self.each():
            yield from rows

    def each(self) -> Iterator[tuple[list[Mapping[str, Any]], Any]]:
        """A page after the other, with the cursor of the next one; None after the last.

        Raises ForeignReply for a list that ends nowhere: one that gives a page or a cursor twice,
        or ever new cursors and no row.
        """
        seen: set[bytes] = set()
        empty = 0
        while self._left is None or self._left > 0:
            rows, cursor = self._page()
            self.more = cursor is not None
            empty = 0 if rows else empty + 1
            is_again = self.more and _is_known([cursor], seen)
            if self.more and not is_again and _is_known([*rows[:1], *rows[-1:]], seen):
                raise _endless("one page twice")
            if self.more and empty > MOST_EMPTY:
                raise _endless("pages without a row")
            yield rows, cursor
            if not self.more:
                return
            if is_again:
                raise _endless("one cursor twice")
            self._body["cursor"] = cursor
            if self._left is not None:
                self._left -= len(rows)

    def _page(self) -> tuple[list[Mapping[str, Any]], Any]:
        size = self._most if self._left is None else min(self._most, self._left)
        data = self._call({**self._body, "limit": size}).data
        rows = data[self._member]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ForeignReply(f"The server's '{self._member}' are no list of objects.", status=200)
        return rows, data.get("next_cursor")


def tell_of_more(more: bool, runtime: "Runtime", sentence: str) -> None:  # noqa: FBT001
    """Say that the list goes on. Not to a script that asked for so many rows: it knows, and cron
    would mail it."""
    was_asked = "limit" in runtime.given
    if more and not (was_asked and not runtime.streams.is_terminal(runtime.streams.stderr)):
        runtime.output.remark(sentence)


def _is_known(found: list[Any], seen: set[bytes]) -> bool:
    """Whether it came before; from now on it has."""
    digest = sha256(json.dumps(found, sort_keys=True).encode()).digest()[:16]
    is_known = bool(found) and digest in seen
    seen.add(digest)
    return is_known


def _endless(what: str) -> ForeignReply:
    return ForeignReply(f"The server gave {what}: its list ends nowhere.", status=200)
