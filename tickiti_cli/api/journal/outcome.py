"""What became of a write: applied, not applied, or unknown, attempt by attempt.

The rule of this file: `not_applied` is said only where it is known. Once an attempt may have been
carried out only Tickiti's own word on the request says that it was not, and an operation whose
outcome is unknown stays open in the journal.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Self

from tickiti_cli.contract.endpoint import Key
from tickiti_cli.contract.errors import ApiError, KeyInProgress, Overloaded, StorageFull
from tickiti_cli.errors import ForeignReply, TickitiError, Unreachable
from tickiti_cli.journal import Entry, Journal, State
from tickiti_cli.replies import Reply, Request, read
from tickiti_cli.retrying import may_help, moment

SETTLING = (400, 404, 409, 413, 415, 422)
"""What Tickiti says of the request itself. Had an earlier attempt been carried out, its reply would
have come again."""

UNREAD = (408, 425)
"""Said by whoever gave up on a request, and may have passed it on before."""


class Operation:
    """One request on its way: its entry in the journal, and what its attempts left in doubt."""

    def __init__(
        self,
        request: Request,
        journal: Journal | None = None,
        entry: Entry | None = None,
        *,
        was_doubtful: bool,
    ) -> None:
        self.request = request
        self.entry = entry
        self._journal = journal
        self._is_doubtful = was_doubtful

    @classmethod
    def begun(
        cls,
        request: Request,
        journal: Journal,
        new: Entry,
        *,
        warn: Callable[[str], None],
        was_doubtful: bool,
    ) -> Self:
        """With a new entry in the journal, or the open one that the very same is sent for again."""
        twin = journal.twin_of(new)
        if twin and twin.is_repeated_by(new):
            return cls(request, journal, twin, was_doubtful=True)
        if twin and twin.key != new.key:
            warn(
                f"The same was begun at {twin.first_sent_at} and has no answer yet; this is a new "
                f"operation. To finish that one: tickiti op resume {twin.id}"
            )
        journal.begin(new)
        return cls(request, journal, new, was_doubtful=was_doubtful)

    @property
    def can_repeat(self) -> bool:
        """A vendor's install need not honour a key where the contract only allows one."""
        return not self.request.is_write or self.request.endpoint.key is Key.REQUIRED

    @property
    def is_doubtful(self) -> bool:
        """Whether an attempt that has ended may have been carried out."""
        return self.request.is_write and self._is_doubtful

    def read(self, status: int, headers: Mapping[str, str], raw: bytes) -> Reply:
        """The reply. What time it is is believed of Tickiti alone: a page may be of any age. Raises
        what `replies.read` raises."""
        try:
            reply = read(self.request, status, headers, raw)
        except (ApiError, TickitiError) as error:
            if not error.is_foreign:
                self._hear(headers.get("date"))
            raise
        self._hear(headers.get("date"))
        return reply

    def _hear(self, date: str | None) -> None:
        said = moment(date)
        if said is not None and self.entry is not None:
            offset = (said - datetime.now(UTC)).total_seconds()
            self.entry = self.entry._replace(clock_offset=round(offset))

    def note(self, error: ApiError | TickitiError) -> None:
        """An attempt has failed."""
        error.was_doubtful = self.is_doubtful
        self._is_doubtful |= is_doubtful(error)

    def fail(self, error: ApiError | TickitiError) -> None:
        """No attempt follows: note on the error what became of the operation, for the caller must
        know whether to repeat it, and close its entry if that is known."""
        is_unknown = self.is_doubtful and not _settles(error)
        error.outcome = "unknown" if is_unknown else "not_applied"
        error.idempotency_key = self.request.key
        if isinstance(error, ApiError):
            error.retryable = may_help(error)
        if self._journal is None or self.entry is None:
            return
        if is_unknown or _can_go_on(error):
            error.operation = self.entry.id
            if self.entry.clock_offset is not None:
                self._journal.keep(self.entry)
        else:
            self._journal.close(self.entry, State.NOT_APPLIED, error.message)

    def succeed(self, reply: Reply) -> None:
        if self._journal is not None and self.entry is not None:
            self._journal.close(self.entry, State.APPLIED, reply.bare)


@contextmanager
def carried_out() -> Iterator[None]:
    """Around what is only asked after a write: whatever fails here, that was carried out."""
    try:
        yield
    except (ApiError, TickitiError) as error:
        error.outcome = "applied"
        raise


def is_doubtful(error: ApiError | TickitiError) -> bool:
    """Whether the server may have carried the request out all the same."""
    if isinstance(error, Unreachable):
        return error.may_have_arrived
    if isinstance(error, ForeignReply):
        return error.status < 300
    if not isinstance(error, ApiError):
        return False
    if isinstance(error, (StorageFull, Overloaded)) or error.status < 300:
        return error.is_foreign
    is_unread = error.status in UNREAD or isinstance(error, KeyInProgress)
    return is_unread or (error.status >= 500 and error.status != 501)


def _settles(error: ApiError | TickitiError) -> bool:
    """Whether it says that no earlier attempt was carried out either."""
    if not isinstance(error, ApiError) or error.is_foreign or isinstance(error, KeyInProgress):
        return False
    # Another version in its place may not have the route that an attempt before went to.
    return error.status in SETTLING and (error.status, error.code) != (404, "not_found")


def _can_go_on(error: ApiError | TickitiError) -> bool:
    """Whether the very same request may still fare better."""
    return isinstance(error, (ApiError, ForeignReply, Unreachable)) and may_help(error)
