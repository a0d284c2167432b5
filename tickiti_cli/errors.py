"""The errors of the CLI itself, and the exit code of every error.

    TickitiError
    ├── UsageProblem            a flag or a local input is wrong
    ├── OutputLost              standard output takes no more: a full disk
    ├── ConfigProblem           configuration or a secret cannot be used
    ├── MachineProblem          the system refuses a file, a folder or a lock
    ├── NoToken                 there is no token for this server
    ├── Unreachable             no connection, a certificate, a reply cut short
    │   └── TimedOut
    ├── ForeignReply            a reply that is not Tickiti's: a redirect, an HTML page
    ├── NothingFound            a list has nothing of that name or id
    ├── ConditionNotMet         what was waited or asked for is not so
    ├── OutcomeUnknown          a write is too old to be sent again
    ├── PartlyDone              some of several operations failed
    ├── AlreadyDone             every line of a bulk job was done before
    ├── OtherKeys               lines of a bulk job were sent under other keys
    ├── Unverified              a new token is not what it should be
    ├── NotVerified             a login that its server does not confirm
    ├── Lacking                 a token cannot do what it is asked about
    ├── LockedOut               another process has the database
    ├── NotOffered              this server has no such function
    └── ServerFailed            the bundled server ended with an exit code of its own

API errors are the contract's classes; `exit_code` ranks both by one table.
"""

from enum import IntEnum
from typing import TYPE_CHECKING

from tickiti_cli.contract.errors import ApiError, FieldErrors, PortableError

if TYPE_CHECKING:
    from pathlib import Path


class ExitCode(IntEnum):
    """The exit codes. The second value of a member is its line in the manual."""

    meaning: str

    def __new__(cls, value: int, meaning: str = "") -> "ExitCode":
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    SUCCESS = 0, "success, an idempotent replay included"
    BUG = 1, "a bug in tickiti"
    USAGE = 2, "usage: invalid flag or input, or an answer needed with --no-input"
    CONFIG = 3, "configuration: nothing configured, unknown profile, unsafe file mode"
    AUTHENTICATION = 4, "authentication: no token, or the server rejects it"
    FORBIDDEN = 5, "forbidden: a missing ability, role or plan"
    NOT_FOUND = 6, "not found"
    REJECTED = 7, "rejected: invalid request, or the base URL is not a Tickiti server"
    CONFLICT = 8, "conflict: the key or object is in use, or a bulk job was already done"
    RATE_LIMITED = 9, "rate limited after all retries; try again later"
    SERVER = 10, "server error after all retries; try again with the same key"
    NETWORK = 11, "network, timeout or TLS; a write may have happened: try again with the same key"
    PARTIAL = 12, "partial: some lines of a bulk job failed"
    CONDITION = 13, "condition not met: a timeout, a failed check, a token found by a scan"
    LOCKED = 14, "another run holds the lock, or another server uses the database"
    NOT_OFFERED = 15, "this server does not offer that"
    DATABASE = 16, "the database cannot be used"
    INTERRUPTED = 130, "interrupted by Ctrl-C"
    PIPE_CLOSED = 141, "the reader of the output closed the pipe"
    TERMINATED = 143, "terminated by SIGTERM, or by SIGHUP when a terminal closes"


class TickitiError(PortableError):
    """A failure with a sentence for a person and a hint."""

    exit_code = ExitCode.BUG
    code = "error"
    hint = ""
    outcome = "not_applied"
    """The outcome of the operation: not_applied, applied or unknown."""

    idempotency_key: str | None = None
    operation: str | None = None
    """The id of the open operation in the journal, which `op resume` takes."""

    was_doubtful = False
    """True if an earlier attempt may have been carried out."""

    is_foreign = False
    """True for an answer that another server or a proxy may have given."""

    is_of_many = False
    """True for the end of a command of many operations. `outcome` covers all of them; the sentence
    is more exact."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = message
        self.hint = hint or self.hint
        super().__init__(message)


class UsageProblem(TickitiError):
    exit_code = ExitCode.USAGE
    code = "usage"


class OutputLost(TickitiError):
    exit_code = ExitCode.USAGE
    code = "output_lost"

    @classmethod
    def because(cls, error: OSError) -> "OutputLost":
        return cls(f"Cannot write the output: {error.strerror}.")


class ConfigProblem(TickitiError):
    exit_code = ExitCode.CONFIG
    code = "configuration"
    path: "Path | None" = None
    """The file with the error; None for an error outside of configuration files."""


class MachineProblem(TickitiError):
    exit_code = ExitCode.CONFIG
    code = "machine"

    @classmethod
    def because(cls, error: OSError) -> "MachineProblem":
        """Returns the problem of a system error, with the file if the system names one."""
        reason = error.strerror or str(error) or type(error).__name__
        named = [str(name) for name in (error.filename, error.filename2) if name is not None]
        return cls(f"{' and '.join(named) or 'The system refused a request'}: {reason}.")


class NoToken(TickitiError):
    exit_code = ExitCode.AUTHENTICATION
    code = "no_token"


NOT_RUNNING = "Start the bundled server with `tickiti server start`, or see: tickiti doctor"


class Unreachable(TickitiError):
    exit_code = ExitCode.NETWORK
    code = "unreachable"

    def __init__(
        self,
        message: str,
        *,
        may_have_arrived: bool,
        can_retry: bool = True,
        is_refused_here: bool = False,
        hint: str = "",
    ) -> None:
        self.may_have_arrived = may_have_arrived
        self.retryable = can_retry
        self.is_refused_here = is_refused_here
        """True if this machine refused the connection, because no server listens there."""

        super().__init__(message, hint=NOT_RUNNING if is_refused_here else hint)


class TimedOut(Unreachable):
    code = "timed_out"


class ForeignReply(TickitiError):
    exit_code = ExitCode.REJECTED
    code = "foreign_reply"
    is_foreign = True
    hint = "Check the base URL: tickiti profile show"

    def __init__(self, message: str, *, status: int) -> None:
        self.status = status
        super().__init__(message)


class NothingFound(TickitiError):
    exit_code = ExitCode.NOT_FOUND
    code = "not_found"


class ConditionNotMet(TickitiError):
    exit_code = ExitCode.CONDITION
    code = "condition_not_met"


class OutcomeUnknown(TickitiError):
    exit_code = ExitCode.NETWORK
    code = "outcome_unknown"
    outcome = "unknown"


class PartlyDone(TickitiError):
    exit_code = ExitCode.PARTIAL
    code = "partly_done"
    errors: FieldErrors = {}  # noqa: RUF012 - read only
    """The reasons of the lines that failed, unless they have been shown."""


class AlreadyDone(TickitiError):
    exit_code = ExitCode.CONFLICT
    code = "already_done"


class OtherKeys(TickitiError):
    exit_code = ExitCode.CONFLICT
    code = "other_keys"
    hint = "Run that command again to finish it, or send every line: --again"

    @classmethod
    def begun(cls, how: str) -> "OtherKeys":
        return cls(f"Some of these lines were sent by a job that has not ended, {how}.")


class Unverified(TickitiError):
    exit_code = ExitCode.AUTHENTICATION
    code = "unverified"


class NotVerified(TickitiError):
    def __init__(self, message: str, *, hint: str, exit_code: ExitCode, code: str) -> None:
        super().__init__(message, hint=hint)
        self.exit_code, self.code = exit_code, code


class Lacking(TickitiError):
    exit_code = ExitCode.FORBIDDEN
    code = "missing_ability"


class LockedOut(TickitiError):
    exit_code = ExitCode.LOCKED
    code = "locked"


class NotOffered(TickitiError):
    exit_code = ExitCode.NOT_OFFERED
    code = "not_offered"


class ServerFailed(TickitiError):
    code = "server_failed"

    def __init__(self, message: str, *, exit_code: int) -> None:
        super().__init__(message)
        known = {int(code) for code in ExitCode}
        self.exit_code = ExitCode(exit_code) if exit_code in known else ExitCode.BUG


_BY_CODE = {"token_in_use": ExitCode.CONDITION}
"""Exit codes of error codes whose status would mean something else to a script."""

_BY_STATUS = {
    401: ExitCode.AUTHENTICATION,
    403: ExitCode.FORBIDDEN,
    404: ExitCode.NOT_FOUND,
    405: ExitCode.NOT_OFFERED,
    409: ExitCode.CONFLICT,
    429: ExitCode.RATE_LIMITED,
    501: ExitCode.NOT_OFFERED,
}

WRONG_ADDRESS = "Check the base URL, which does not end in /api: tickiti profile show"

_HINTS = {
    "unauthenticated": "Check the token: tickiti auth status --check",
    "missing_ability": "See what the token may do: tickiti token view --self",
    "assignee_not_found": "See: tickiti staff list, or tickiti team list\n"
    "To make that person staff: tickiti user create NAME EMAIL",
    "token_in_use": "See who uses it: tickiti server requests",
    "idempotency_key_conflict": "Leave --idempotency-key out to start a new operation.",
    "rate_limited": "Run the same command again later.",
}


def exit_code(error: TickitiError | ApiError) -> ExitCode:
    if error.is_foreign and error.was_doubtful and error.outcome == "unknown":
        # A proxy's status says nothing about the operation; a script must not read a refusal.
        status = getattr(error, "status", 0)
        return ExitCode.SERVER if status >= 500 else ExitCode.NETWORK
    if isinstance(error, TickitiError):
        return error.exit_code
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if error.is_foreign and error.status in (405, 501):
        return ExitCode.REJECTED  # a web server's answer, not Tickiti's
    if error.status in _BY_STATUS:
        return _BY_STATUS[error.status]
    is_server = error.status >= 500 or error.status in (408, 425)
    return ExitCode.SERVER if is_server else ExitCode.REJECTED


def hint(error: TickitiError | ApiError) -> str:
    # No hint to run the command again: the operation can be resumed.
    if error.hint or error.operation or isinstance(error, TickitiError):
        return error.hint
    if error.is_foreign and error.status in (400, 403, 404, 405, 501):
        return WRONG_ADDRESS
    return _HINTS.get(error.code, "")
