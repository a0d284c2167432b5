"""Follows the outcome of a write over its attempts: applied, not applied, or unknown.

Rule: an outcome is `not_applied` only where that is certain. Once an attempt may have been carried
out, only Tickiti's own answer about the request proves that it was not. An operation of unknown
outcome stays open in the journal.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from tickiti_cli.api.journal.journal import Journal, Operation, State
from tickiti_cli.api.reply import Reply, read
from tickiti_cli.api.request import Request
from tickiti_cli.api.retry import may_help, moment
from tickiti_cli.contract.endpoint import Body, Key
from tickiti_cli.contract.errors import ApiError, KeyInProgress, Overloaded, StorageFull
from tickiti_cli.errors import ForeignReply, TickitiError, Unreachable, hint

if TYPE_CHECKING:
    from tickiti_cli.api.journal.epoch import Asker

SETTLING = (400, 404, 409, 413, 415, 422)
"""Statuses by which Tickiti rejects the request itself. They prove that no earlier attempt was
carried out, because its stored reply would have been replayed."""

SEE_OTHER = 303
"""The redirect that follows a POST which was carried out (RFC 9110 15.4.4). Any other one asks for
the same request elsewhere."""

UNREAD = (408, 425)
"""Statuses of a server that gave up on a request, which it may have passed on before."""


class TrackedRequest:
    """A request that is under way: its operation in the journal, and whether an attempt may have
    been carried out."""

    def __init__(
        self,
        request: Request,
        journal: Journal | None = None,
        operation: Operation | None = None,
        *,
        was_doubtful: bool,
    ) -> None:
        self.request = request
        self.operation = operation
        self._journal = journal
        self._is_doubtful = was_doubtful

    @classmethod
    def begun(
        cls,
        request: Request,
        journal: Journal,
        new: Operation,
        *,
        asker: "Asker",
        warn: Callable[[str], None],
        was_doubtful: bool,
    ) -> Self:
        """Notes a new operation in the journal, or continues the open operation of the same
        request. One that the server has lost by a reset is closed; `asker` is its sender."""
        twin = journal.find_same(new)
        if twin and twin.bearer == new.bearer:
            from tickiti_cli.api.journal.epoch import RESET, is_lost  # noqa: PLC0415 - rare

            if is_lost(asker, twin):
                journal.close(twin, State.RESET, RESET)
                twin = None
        if twin and twin.is_repeated_by(new):
            return cls(request, journal, twin, was_doubtful=True)
        if twin and twin.key != new.key:
            warn(
                f"An identical request from {twin.first_sent_at} is still pending; sending a new "
                f"one. To finish the pending one: tickiti op resume {twin.id}"
            )
        journal.begin(new)
        return cls(request, journal, new, was_doubtful=was_doubtful)

    @property
    def can_repeat(self) -> bool:
        """True for a read, an upload, and a write whose key is required. A vendor's install may
        ignore an optional key."""
        endpoint = self.request.endpoint
        is_upload = endpoint.body is Body.MULTIPART
        return not endpoint.writes or is_upload or endpoint.key is Key.REQUIRED

    @property
    def is_doubtful(self) -> bool:
        """True if an attempt that has ended may have been carried out."""
        return self.request.is_write and self._is_doubtful

    def read(self, status: int, headers: Mapping[str, str], raw: bytes) -> Reply:
        """Returns the reply. Only Tickiti's own Date header is stored, because a cached page may
        have any age. Raises what `reply.read` raises."""
        try:
            reply = read(self.request, status, headers, raw)
        except (ApiError, TickitiError) as error:
            if not error.is_foreign:
                self._hear(headers.get("date"))
            if status in (404, 405):
                from tickiti_cli.api.connection import trouble  # noqa: PLC0415 - rare

                error.hint = trouble.without_api(self.request) or error.hint
            raise
        self._hear(headers.get("date"))
        return reply

    def _hear(self, date: str | None) -> None:
        said = moment(date) if self.operation is not None else None
        if said is not None and self.operation is not None:
            offset = (said - datetime.now(UTC)).total_seconds()
            self.operation = self.operation._replace(clock_offset=round(offset))

    def note(self, error: ApiError | TickitiError) -> None:
        """Records that an attempt has failed."""
        error.was_doubtful = self.is_doubtful
        self._is_doubtful |= may_have_happened(error)

    def fail(self, error: ApiError | TickitiError) -> None:
        """Records that the last attempt has failed. Writes the outcome to the error, so that the
        caller knows whether to repeat the request. Closes the operation if the outcome is known."""
        is_unknown = self.is_doubtful and not _settles(error)
        error.outcome = "unknown" if is_unknown else "not_applied"
        error.idempotency_key = self.request.key
        if isinstance(error, ApiError):
            error.retryable = may_help(error)
        if self._journal is None or self.operation is None:
            return
        if is_unknown or _can_go_on(error):
            error.operation = self.operation.id
            if self.operation.clock_offset is not None:
                self._journal.keep(self.operation)
        else:
            self._journal.close(self.operation, State.NOT_APPLIED, error.message)

    def succeed(self, reply: Reply) -> None:
        if self._journal is not None and self.operation is not None:
            self._journal.close(self.operation, State.APPLIED, reply.bare)

    def release(self) -> None:
        """Leaves an operation that stays open to `op resume`, however long this process lives."""
        if self._journal is not None and self.operation is not None:
            self._journal.release(self.operation)


@contextmanager
def carried_out(*, is_told: bool = False) -> Iterator[None]:
    """A context for requests that follow a write: an error inside carries the outcome `applied`.
    `is_told`: its own sentence says what became of the write."""
    try:
        yield
    except (ApiError, TickitiError) as error:
        error.outcome = "applied"
        error.is_of_many |= is_told
        raise


@contextmanager
def partly_done(so_far: str) -> Iterator[None]:
    """A context for the further writes of one command: an error inside carries the outcome
    `unknown`, and its hint begins with the sentence of what is done."""
    try:
        yield
    except (ApiError, TickitiError) as error:
        error.hint = f"{so_far}\n{hint(error)}".strip()
        error.outcome, error.is_of_many = "unknown", True
        raise


def may_have_happened(error: ApiError | TickitiError) -> bool:
    """True if the server may have carried the request out despite this error."""
    if isinstance(error, Unreachable):
        return error.may_have_arrived
    if isinstance(error, ForeignReply):
        return error.status < 300 or error.status == SEE_OTHER
    if not isinstance(error, ApiError):
        return False
    if isinstance(error, (StorageFull, Overloaded)) or error.status < 300:
        return error.is_foreign
    is_unread = error.status in UNREAD or isinstance(error, KeyInProgress)
    return is_unread or (error.status >= 500 and error.status != 501)


def _settles(error: ApiError | TickitiError) -> bool:
    """True if the error proves that no earlier attempt was carried out either."""
    if not isinstance(error, ApiError) or error.is_foreign or isinstance(error, KeyInProgress):
        return False
    # A restart may have brought another version, without the route of the earlier attempt.
    return error.status in SETTLING and (error.status, error.code) != (404, "not_found")


def _can_go_on(error: ApiError | TickitiError) -> bool:
    """True if the same request may still succeed."""
    return isinstance(error, (ApiError, ForeignReply, Unreachable)) and may_help(error)
