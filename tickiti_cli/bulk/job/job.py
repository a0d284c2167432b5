"""A bulk job on the disk: its record, the order of its lines, and its log.

Rule: the job is synced before its first line is sent. The key of a line derives from the job's
secret and the line's identity, so that a line has the same key in every run of the job.

Three files in the journal's folder: `ID.job.json` is the record, `ID.order` the lines in the order
of the file, `ID.lines.ndjson` the log.
"""

import hmac
import json
import secrets
from array import array
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from tickiti_cli.api.journal.journal import Bearer
from tickiti_cli.bulk.job import server_clock
from tickiti_cli.bulk.job.log import Log, ResultIndex, UnknownOutcome
from tickiti_cli.bulk.job.result import Result
from tickiti_cli.config.addresses import one_spelling
from tickiti_cli.encoding import moment_of
from tickiti_cli.errors import ConfigProblem
from tickiti_cli.files.atomic_write import write_private


def now() -> str:
    return server_clock.now().isoformat(timespec="seconds")


RECORD, ORDER, LINES = ".job.json", ".order", ".lines.ndjson"
FORMAT = 2
"""The record of version 0.1.0 has no such member."""


class Repetition(StrEnum):
    """Whether lines may be sent once more after the job that sent them has ended."""

    NO_LINE = "no line"
    """A line that was done is skipped in every other file for thirty days."""

    NO_LIST = "no list"
    """The same list of lines is refused for a day; another list may hold any of its lines."""

    ANY = "any"
    """Everything, at once."""


class Scope(NamedTuple):
    """The server and the action of a job."""

    action: str
    base_url: str
    profile: str | None
    epoch: str = ""
    """The epoch of a server in test mode, which each reset ends; "" where none is known."""

    def includes(self, other: "Scope") -> bool:
        """True for the same action on the same server: the same profile, or the same address, and
        no reset between the two."""
        return self._is_of(other) and not self._was_reset_after(other)

    def has_lost(self, other: "Scope") -> bool:
        """True for the same action on the same server before a reset."""
        return self._is_of(other) and self._was_reset_after(other)

    def _is_of(self, other: "Scope") -> bool:
        is_there = self.base_url == other.base_url
        return self.action == other.action and (
            is_there or (self.profile is not None and self.profile == other.profile)
        )

    def _was_reset_after(self, other: "Scope") -> bool:
        return bool(self.epoch and other.epoch) and self.epoch != other.epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """The facts of a job that its lines share. Moments are in UTC and ISO 8601."""

    action: str
    base_url: str
    profile: str | None
    options: dict[str, str]
    """The flags that shape the requests."""

    key_from: list[str]
    sends_to: str
    """The endpoint that its first line went to, because only that one knows its keys."""

    source: str | None
    """The path of the file in the last run; None for standard input or a pipe."""

    is_again: bool = False
    repetition: str = Repetition.NO_LINE
    epoch: str = ""
    """As that of Scope."""

    former: str = ""
    """The name of the job of version 0.1.0 that this job continues."""

    secret: str = field(default_factory=lambda: secrets.token_hex(32))
    started_at: str = field(default_factory=now)
    run_at: str = ""
    format: int = FORMAT

    @property
    def scope(self) -> Scope:
        return Scope(self.action, self.base_url, self.profile, self.epoch)


class Order(NamedTuple):
    """The identities of a job's lines, in the order of the file."""

    lines: "array[int]"
    asked: "array[int]"
    """The identities without the keys of --key-from; the array `lines` itself without that flag."""

    gone: "array[int]" = array("Q")
    """Lines that were sent and are no longer in the file."""


class Job:
    """A job that this process has locked, until `close`."""

    def __init__(self, folder: Path, name: str, record: JobRecord, log: Log) -> None:
        self._folder = folder
        self._log = log
        self.name = name
        self.record = record
        self.order = Order(array("Q"), array("Q"))
        self.logged = log.state()
        self.done = array("Q")
        """The lines that this run has done."""

        self._bearer = Bearer()

    def adopt(self, order: Order) -> None:
        """Take over the lines of an earlier job, whose results were written to this log."""
        self.order = order
        self.logged = self._log.state()
        self.done = array("Q")

    def begin_run(self, order: Order, source: str | None, bearer: Bearer) -> None:
        """Write the order and the record. The lines may be sent after that."""
        self.order = order
        write_private(self._path(ORDER), _order_text(order))
        self.record = replace(self.record, source=source, run_at=now())
        write_private(self._path(RECORD), json.dumps(asdict(self.record), indent=1) + "\n")
        self._bearer = bearer
        self.log_run()

    def log_run(self) -> None:
        """Log the token that sends the lines from here on, and the present moment."""
        self._log.write_run(self._bearer)

    def key_of(self, ident: int) -> str:
        """Return the key of a line, which is the same in every run of the job."""
        return self.logged.inherited_keys.get(ident) or line_key(self.record.secret, ident)

    def log_begun(self, ident: int) -> None:
        self._log.write_begun(ident)

    def log_result(self, result: Result) -> None:
        """Raises ConfigProblem where that fails; the next run sends the line again."""
        self._log.write_result(result)
        if result.is_done:
            self.done.append(result.ident)

    def inherit_key(self, line: int, key: str, doubt: UnknownOutcome | None = None) -> None:
        """Give a line the key that an earlier job gave it; `doubt` if that job may have sent it."""
        self._log.write_inherited_key(line, key)
        self.logged.inherited_keys[line] = key
        if doubt is not None:
            self._log.write_run(doubt.bearer, doubt.since)
            self._log.write_begun(line)
            self.logged.doubts[line] = doubt

    def results(self) -> ResultIndex:
        """Open an index of the log's results; the caller closes it."""
        return self._log.results()

    def close(self) -> None:
        self._log.close()

    def delete(self) -> None:
        """Delete the files of the job: the record first, because files without a record do not
        count as a job."""
        for suffix in (RECORD, ORDER, LINES):
            with suppress(FileNotFoundError):
                self._path(suffix).unlink()
        self.close()

    def _path(self, suffix: str) -> Path:
        return self._folder / f"{self.name}{suffix}"


def line_key(secret: str, ident: int) -> str:
    digest = hmac.new(bytes.fromhex(secret), ident.to_bytes(8, "big"), sha256).hexdigest()
    return f"line-{digest[:40]}"


def read_record(path: Path) -> JobRecord | None:
    """Read a record; None for a job of version 0.1.0. Raises FileNotFoundError, ConfigProblem."""
    try:
        members = json.loads(path.read_text("utf-8"))
        if "format" not in members and "started_at" in members:
            return None
        record = JobRecord(**members)
        record = replace(record, base_url=one_spelling(str(record.base_url)))
        bytes.fromhex(record.secret)
        for moment in (record.started_at, record.run_at or record.started_at):
            moment_of(moment)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError) as error:
        raise damaged(path, error) from error
    if record.format != FORMAT:
        raise damaged(path, f"a newer version wrote it (format {record.format})")
    return record


def read_order(path: Path) -> Order:
    """Raises ConfigProblem."""
    try:
        digest, _, text = path.read_text("utf-8").partition("\n")
        if sha256(text.encode()).hexdigest() != digest:
            raise ValueError("its content was changed")  # noqa: TRY301 - reported as any other damage
        members = {name: decoded_numbers(numbers) for name, numbers in json.loads(text).items()}
        return Order(**{"asked": members["lines"], **members})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise damaged(path, error) from error


def damaged(path: Path, reason: object) -> ConfigProblem:
    return ConfigProblem(
        f"{path} cannot be read: {reason}.",
        hint="Move it away to start over; lines may then be sent twice.",
    )


def decoded_numbers(text: str) -> "array[int]":
    """Raises ValueError."""
    return array("Q", bytes.fromhex(text))


def _order_text(order: Order) -> str:
    found = order._asdict()
    if order.asked is order.lines:
        del found["asked"]
    members = {name: numbers.tobytes().hex() for name, numbers in found.items()}
    text = json.dumps(members) + "\n"
    return f"{sha256(text.encode()).hexdigest()}\n{text}"
