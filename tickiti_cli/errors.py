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
    CONFLICT = 8, "conflict: the key or the object is in use, or a bulk job was done before"
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

    was_doubtful = False
    """Whether an attempt before this failure may have been carried out."""

    is_foreign = False
    """Whether it is an answer that is not Tickiti's own."""

    is_of_many = False
    """Whether it ends a command of many operations: `outcome` is of all of them together, which
    the sentence tells more exactly."""

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
    ) -> None:
        self.may_have_arrived = may_have_arrived
        self.retryable = can_retry
        self.is_refused_here = is_refused_here
        """This machine itself says that nothing listens there."""

        super().__init__(message, hint=NOT_RUNNING if is_refused_here else "")


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


class AlreadyDone(TickitiError):
    exit_code = ExitCode.CONFLICT
    code = "already_done"


class OtherKeys(TickitiError):
    exit_code = ExitCode.CONFLICT
    code = "other_keys"
    hint = "Run that command again to end it; or give it up and send every line: --again"

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

WRONG_ADDRESS = "Check the base URL, which does not end in /api: tickiti profile show"

_HINTS = {
    "unauthenticated": "Check the token: tickiti auth status --check",
    "missing_ability": "See what the token may do: tickiti token view --self",
    "token_in_use": "See what it is used for: tickiti server requests",
    "idempotency_key_conflict": "Leave --idempotency-key out to start a new operation.",
    "rate_limited": "Run the same command again later.",
}


def exit_code(error: TickitiError | ApiError) -> ExitCode:
    if error.is_foreign and error.was_doubtful and error.outcome == "unknown":
        # Its status says nothing of the operation, and a script must not take it for a refusal.
        status = getattr(error, "status", 0)
        return ExitCode.SERVER if status >= 500 else ExitCode.NETWORK
    if isinstance(error, TickitiError):
        return error.exit_code
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if error.is_foreign and error.status in (405, 501):
        return ExitCode.REJECTED  # a web server's: nothing is known of what a Tickiti offers
    if error.status in _BY_STATUS:
        return _BY_STATUS[error.status]
    is_server = error.status >= 500 or error.status in (408, 425)
    return ExitCode.SERVER if is_server else ExitCode.REJECTED


def hint(error: TickitiError | ApiError) -> str:
    # An operation that can be resumed had better not be run a second time.
    if error.hint or error.operation or isinstance(error, TickitiError):
        return error.hint
    if error.is_foreign and error.status in (403, 404, 405, 501):
        return WRONG_ADDRESS
    return _HINTS.get(error.code, "")
