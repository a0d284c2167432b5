"""What can go wrong on this side of the wire, and which exit code each failure ends with.

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
    ├── Unverified              a new token is not what it should be
    ├── Lacking                 a token cannot do what it is asked about
    ├── LockedOut               another process has the database
    ├── NotOffered              this server has no such function
    └── ServerFailed            the bundled server ended with an exit code of its own

API errors are the contract's classes; `exit_code` ranks both by one table.
"""

from enum import IntEnum

from tickiti_cli.contract.errors import ApiError


class ExitCode(IntEnum):
    """The member's second value is its line in the manual."""

    meaning: str

    def __new__(cls, value: int, meaning: str = "") -> "ExitCode":
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    SUCCESS = 0, "success, an idempotent replay included"
    BUG = 1, "a bug in tickiti"
    USAGE = 2, "usage: a bad flag, bad local input, an answer needed under --no-input"
    CONFIG = 3, "configuration: nothing configured, unknown profile, unsafe file mode"
    AUTHENTICATION = 4, "authentication: no token, or the server does not accept it"
    FORBIDDEN = 5, "forbidden: an ability, a role or a plan is missing"
    NOT_FOUND = 6, "not found"
    REJECTED = 7, "rejected: the request is not valid, or the base URL is not a Tickiti"
    CONFLICT = 8, "conflict: the idempotency key or the object is in use"
    RATE_LIMITED = 9, "rate limited after all retries; again later"
    SERVER = 10, "server error after all retries; again with the same key"
    NETWORK = 11, "network, timeout or TLS; a write may have happened: again with the same key"
    PARTIAL = 12, "partial: some lines of a bulk job failed"
    CONDITION = 13, "a condition was not met: waited too long, a check failed, a scan found a token"
    LOCKED = 14, "another run holds the lock, or another server the database"
    NOT_OFFERED = 15, "this server does not offer that"
    DATABASE = 16, "the database cannot be used"
    INTERRUPTED = 130, "interrupted by Ctrl-C"
    PIPE_CLOSED = 141, "the reader of the output went away"
    TERMINATED = 143, "ended by SIGTERM"


class TickitiError(Exception):
    """A failure with a sentence for a person and a way on."""

    exit_code = ExitCode.BUG
    code = "error"
    hint = ""
    outcome = "not_applied"
    """What became of the operation: not_applied, applied or unknown."""

    idempotency_key: str | None = None
    operation: str | None = None
    """The entry of the journal that is still open: what `op resume` takes."""

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
        return cls(f"The result could not be written: {error.strerror}.")


class ConfigProblem(TickitiError):
    exit_code = ExitCode.CONFIG
    code = "configuration"


class MachineProblem(TickitiError):
    exit_code = ExitCode.CONFIG
    code = "machine"

    @classmethod
    def because(cls, error: OSError) -> "MachineProblem":
        """Names the file where the system says which one."""
        reason = error.strerror or str(error) or type(error).__name__
        named = [str(name) for name in (error.filename, error.filename2) if name is not None]
        return cls(f"{' and '.join(named) or 'The system refused a request'}: {reason}.")


class NoToken(TickitiError):
    exit_code = ExitCode.AUTHENTICATION
    code = "no_token"
    hint = "Give one with --token-file FILE, or store one with: tickiti auth login"


class Unreachable(TickitiError):
    exit_code = ExitCode.NETWORK
    code = "unreachable"

    def __init__(self, message: str, *, may_have_arrived: bool, can_retry: bool = True) -> None:
        self.may_have_arrived = may_have_arrived
        self.retryable = can_retry
        super().__init__(message)


class TimedOut(Unreachable):
    code = "timed_out"


class ForeignReply(TickitiError):
    exit_code = ExitCode.REJECTED
    code = "foreign_reply"
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


class Unverified(TickitiError):
    exit_code = ExitCode.AUTHENTICATION
    code = "unverified"


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
"""Codes that mean something else to a script than their status does."""

_BY_STATUS = {
    401: ExitCode.AUTHENTICATION,
    403: ExitCode.FORBIDDEN,
    404: ExitCode.NOT_FOUND,
    405: ExitCode.NOT_OFFERED,
    409: ExitCode.CONFLICT,
    429: ExitCode.RATE_LIMITED,
    501: ExitCode.NOT_OFFERED,
}

_HINTS = {
    "unauthenticated": "Check the token: tickiti auth status --check",
    "missing_ability": "See what the token may do: tickiti token view --self",
    "token_in_use": "See what it is used for: tickiti server requests",
    "idempotency_key_conflict": "Leave --idempotency-key out to start a new operation.",
    "rate_limited": "Run the same command again later.",
}


def exit_code(error: TickitiError | ApiError) -> ExitCode:
    if isinstance(error, TickitiError):
        return error.exit_code
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if error.status in _BY_STATUS:
        return _BY_STATUS[error.status]
    is_server = error.status >= 500 or error.status in (408, 425)
    return ExitCode.SERVER if is_server else ExitCode.REJECTED


def hint(error: TickitiError | ApiError) -> str:
    if isinstance(error, TickitiError):
        return error.hint
    # An operation that can be resumed had better not be run a second time.
    return "" if error.operation else _HINTS.get(error.code, "")
