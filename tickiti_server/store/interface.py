"""The interface between the server and its database: transactions, reads and writes.

Everything above this module is the same for every database. SQL is written once, with named
parameters (`:name`), `json_each(texts)`, and these functions for search: `folded(text)` of
`rendering.case_folding`, `plain_text(html)` of the renderer, and `holds(text, needles)`, which is
true if a folded text contains one of a JSON array of folded texts. A driver translates what its
database spells differently. A flag is stored as 0 or 1; readers call `bool`. A comment
`/* FOR NO KEY UPDATE OF t */` behind a SELECT locks its rows until the end of a transaction that
writes, on a database where several write at the same time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from tickiti_server.clock import Clock, Microseconds
from tickiti_server.store.opening import Opened, Opening

NAME_TAKEN = "Another request has just stored the same name; nothing was changed."
"""The sentence of a violated UNIQUE constraint, which needs two writers at the same time."""

ADMINISTRATION = "administration"
"""The lock under which settings are changed: queues, templates, users and the like."""

Parameters = Mapping[str, object]
Result = TypeVar("Result")


class Row(Protocol):
    """One row of a result, read by column name."""

    def __getitem__(self, column: str, /) -> Any: ...


TextPart = Literal["subject", "content", "anywhere"]
"""Where a search looks for a text: in the subject, in the responses, or in both."""

Bind = Callable[[object], str]
"""Binds a value to a statement and returns its placeholder."""


class IndexProgress(NamedTuple):
    """How much of the tickets and responses is in the index of texts."""

    done: int
    total: int
    is_ready: bool
    """Whether so little is missing that a search reads the rest without the index."""

    @property
    def percent(self) -> int:
        return 100 if self.is_ready else self.done * 100 // max(1, self.total)


class TextIndex(Protocol):
    """Finds tickets by parts of their texts. It follows every change of the rows."""

    def progress(self) -> IndexProgress: ...

    def has_all_orders(self) -> bool:
        """Whether tickets can be read in every order without sorting them."""
        ...

    def candidates(self, *, part: TextPart, needles: Sequence[str], bind: Bind) -> str:
        """SQL of the ids of all tickets that may hold every needle, and perhaps of others.

        The needles are folded texts. An index that has subjects and responses together gives the
        candidates of both for the content. An id may come twice.
        """
        ...

    def count(self, candidates: str, values: Parameters, *, most: int) -> int:
        """How many ids the SQL of `candidates` gives: exactly up to `most`, an estimate beyond."""
        ...

    def is_surely_more(self, source: str, values: Parameters, *, most: int) -> bool:
        """Whether statistics say that a source by value has more ids. False: it is counted."""
        ...

    @property
    def gives_members(self) -> bool:
        """Whether tens of thousands of candidates are found faster than the texts of a list are
        compared until a page is full."""
        ...

    def nearest(
        self, *, part: TextPart, needles: Sequence[str], begin: int | None, falls: bool, most: int
    ) -> Sequence[int] | None:
        """The first ids among the indexed candidates, in their order, from `begin` on.

        None begins at the first, or at the last if the order falls. Returns None if the index does
        not have these needles in the order of ids.
        """
        ...

    @property
    def tail(self) -> str:
        """SQL of the ids of tickets that are not indexed, or have changed since."""
        ...

    def common(
        self, least: str, others: Sequence[str], values: Parameters, *, texts: Sequence[str]
    ) -> Sequence[int]:
        """The ids that all these sources have: those of the least that the others have too, and
        those of `texts`."""
        ...

    def listed(self, ids: Sequence[int], *, bind: Bind) -> str:
        """SQL of these ids."""
        ...


class Transaction(Protocol):
    """Runs SQL, atomically and isolated from every other transaction."""

    def execute(self, sql: str, parameters: Parameters = ..., /) -> int:
        """Run a statement and return the number of rows that it changed."""
        ...

    def insert(self, sql: str, parameters: Parameters = ..., /) -> int:
        """Insert one row into a table with a column `id` and return the new id.

        Returns 0 if the statement's ON CONFLICT skipped the row.
        """
        ...

    def one(self, sql: str, parameters: Parameters = ..., /) -> Row | None:
        """Return the first row of a result, or None."""
        ...

    def all(self, sql: str, parameters: Parameters = ..., /) -> Sequence[Row]:
        """Return every row of a result. A read raises PayloadTooLarge for too many bytes."""
        ...

    def few(
        self, sql: str, parameters: Parameters = ..., /, *, most: int
    ) -> tuple[Sequence[Row], bool]:
        """Return the first rows of a result and whether these are all.

        The rows are `most` bytes together, but at least one row.
        """
        ...

    def lock(self, name: str, /) -> None:
        """Wait until no other transaction holds the lock of this name, and hold it to the end.

        Does nothing on a database that has one writer, as `try_lock`.
        """
        ...

    def try_lock(self, name: str, /) -> bool:
        """Take the lock of this name, and hold it to the end. Returns False if another transaction
        holds it."""
        ...

    @property
    def text_index(self) -> TextIndex: ...

    @property
    def has_lateral(self) -> bool:
        """Whether a subquery of FROM may use the tables before it."""
        ...

    def settled_tickets(self, bind: Bind) -> str:
        """A clause for a list `t` by number: no ticket with a lower number is yet to appear.

        Empty on a database that has one writer, as `settled_responses`.
        """
        ...

    def settled_responses(self, bind: Bind) -> str:
        """A clause for a list `r` by time and id: no earlier response is yet to appear."""
        ...

    @property
    def next_ticket_number(self) -> str:
        """SQL for a number above every ticket's number. Numbers may have gaps and never repeat."""
        ...


Work = Callable[[Transaction], Result]


class Database(Protocol):
    """An open database. Its failures are the `Unavailable` family of the contract."""

    async def read(self, work: Work[Result], *, quick: bool = False, lane: object = None) -> Result:
        """Run `work` on a consistent snapshot; `work` cannot write.

        `lane` names the caller, so that long reads of one caller leave the driver's threads to
        others. `quick` marks a look-up of a few rows by key. A driver may run it on the calling
        thread, because a thread switch costs several times as much as the look-up.
        """
        ...

    async def write(self, work: Work[Result]) -> Result:
        """Run `work` in a transaction. Once this returns, the changes survive a power cut.

        An exception from `work` rolls back that work alone. Raises Overloaded before anything is
        queued. Queued work runs to its end even if the caller stops waiting.
        """
        ...

    async def open_ticket(self, opening: Opening, otherwise: Work[Result]) -> Opened | Result:
        """Store a ticket in the driver's own, shorter way, or write `otherwise` and return that.

        The latter where a token has changed since, the token or the key has expired, the key is
        taken, or the queue or the requester is missing.
        """
        ...

    async def index_texts(self) -> bool:
        """Take the index of texts a step further, for a few milliseconds. Returns False if
        everything is indexed that was there when the step began."""
        ...

    async def clock_ahead(self, steady: Clock) -> Microseconds | None:
        """How far the clock of the database is ahead of `steady`: never less, and at most a few
        milliseconds more. None where the clock of the server's own machine counts."""
        ...

    async def unsafe_settings(self) -> Sequence[str]:
        """The settings by which a power cut would lose what is acknowledged now, as `name = value`.
        Always empty where the driver itself sets them."""
        ...

    @property
    def is_being_checked(self) -> bool:
        """Whether its pages are checked beside the requests, after a server of it was killed."""
        ...

    @property
    def is_shared(self) -> bool:
        """Whether other servers may write to the database too."""
        ...

    @property
    def token_version(self) -> object:
        """An object that stays equal while no token and no user changes: tokens may be cached.

        A driver that does not know returns an object that equals no other. Where other servers
        write too, a change of theirs shows at most 50 ms later.
        """
        ...

    def tokens_as_of(self, tx: Transaction) -> object:
        """The token version of a transaction: exact in one that writes."""
        ...

    @property
    def version(self) -> object:
        """An object that stays equal while nothing is written."""
        ...

    async def close(self) -> None:
        """Commit the queued writes, then close the database. Running reads are interrupted; a read
        that cannot be interrupted is abandoned."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSummary:
    """The size and the row counts of a database that passed its check."""

    bytes: int
    schema: int
    tickets: int
    responses: int
    keys: int
    tokens: int


class DatabaseUnusable(Exception):
    """The database cannot be served; the sentence says why and what to do."""
