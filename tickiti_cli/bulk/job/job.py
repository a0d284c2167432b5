"""What a bulk job remembers: its lines, what became of them, and the secret its keys come from.

The rule of this file: the job is on the disk before its first line is sent, and a line's key
follows from the job's secret and from what the line is known by. So a line has the same key in
every run until the job is done, wherever it stands by then.

Three files in the journal's folder: `ID.job.json` is the record, `ID.order` the lines in the order
of the file, `ID.lines.ndjson` the log.
"""

import hmac
import json
import secrets
from array import array
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from tickiti_cli.bulk import clock
from tickiti_cli.bulk.log import Doubt, Log, Results
from tickiti_cli.bulk.result import Result
from tickiti_cli.credentials import write_private
from tickiti_cli.encoding import moment_of
from tickiti_cli.errors import ConfigProblem
from tickiti_cli.journal import Bearer


def now() -> str:
    return clock.now().isoformat(timespec="seconds")


RECORD, ORDER, LINES = ".job.json", ".order", ".lines.ndjson"
FORMAT = 2
"""Version 0.1.0 wrote the first, which has no such member."""


class Scope(NamedTuple):
    """Where the lines go, and what is done with them."""

    action: str
    base_url: str
    profile: str | None

    def includes(self, other: "Scope") -> bool:
        """A server is known by its profile, whose address may change, and by its address."""
        is_there = self.base_url == other.base_url
        return self.action == other.action and (
            is_there or (self.profile is not None and self.profile == other.profile)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is said once of a job. Moments are of UTC, as ISO 8601 writes them."""

    action: str
    base_url: str
    profile: str | None
    options: dict[str, str]
    """What shapes the requests besides the file."""

    key_from: list[str]
    sends_to: str
    """The name of the endpoint where its first line went: its keys are known there."""

    source: str | None
    """Where the file was in the last run; None for standard input or a pipe."""

    is_again: bool = False
    former: str = ""
    """The job of version 0.1.0 that it carries on."""

    secret: str = field(default_factory=lambda: secrets.token_hex(32))
    started_at: str = field(default_factory=now)
    run_at: str = ""
    format: int = FORMAT

    @property
    def scope(self) -> Scope:
        return Scope(self.action, self.base_url, self.profile)


class Order(NamedTuple):
    """The lines of a job by what they are known by; `lines` in the order of the file."""

    lines: "array[int]"
    asked: "array[int]"
    """The same without the keys of --key-from: what they ask for. `lines` itself without any."""

    gone: "array[int]" = array("Q")
    """Lines that were sent, and that the file has no longer."""


class Job:
    """A job that this process alone works on; `close` it."""

    def __init__(self, folder: Path, name: str, record: Record, log: Log) -> None:
        self._folder = folder
        self._log = log
        self.name = name
        self.record = record
        self.order = Order(array("Q"), array("Q"))
        self.past = log.past()
        self.done = array("Q")
        """What this run has done."""

        self._bearer = Bearer()

    def carry_on(self, order: Order) -> None:
        """Take over what an earlier job's lines were, and what was noted of them here."""
        self.order = order
        self.past = self._log.past()
        self.done = array("Q")

    def begin_run(self, order: Order, source: str | None, bearer: Bearer) -> None:
        """Note the lines as they are now; from here on they may be sent."""
        self.order = order
        write_private(self._path(ORDER), _order_text(order))
        self.record = replace(self.record, source=source, run_at=now())
        write_private(self._path(RECORD), json.dumps(asdict(self.record), indent=1) + "\n")
        self._bearer = bearer
        self.note_run()

    def note_run(self) -> None:
        """Whose token sends the lines from here on, and since when."""
        self._log.run(self._bearer)

    def key_of(self, ident: int) -> str:
        """The key of a line in this job, the same in every run of it."""
        return self.past.kept.get(ident) or line_key(self.record.secret, ident)

    def begin(self, ident: int) -> None:
        self._log.begin(ident)

    def note(self, result: Result) -> None:
        """Raises ConfigProblem where it cannot be kept: the next run asks the server again."""
        self._log.note(result)
        if result.is_done:
            self.done.append(result.ident)

    def keep(self, line: int, key: str, doubt: Doubt | None = None) -> None:
        """Send it under a key that an earlier job gave it; `doubt` if it may have sent it."""
        self._log.keep(line, key)
        self.past.kept[line] = key
        if doubt is not None:
            self._log.run(doubt.bearer, doubt.since)
            self._log.begin(line)
            self.past.doubts[line] = doubt

    def results(self) -> Results:
        """`close` it."""
        return self._log.results()

    def close(self) -> None:
        self._log.close()

    def forget(self) -> None:
        """Remove its files: the record first, without which the others are nothing."""
        for suffix in (RECORD, ORDER, LINES):
            with suppress(FileNotFoundError):
                self._path(suffix).unlink()
        self.close()

    def _path(self, suffix: str) -> Path:
        return self._folder / f"{self.name}{suffix}"


def line_key(secret: str, ident: int) -> str:
    digest = hmac.new(bytes.fromhex(secret), ident.to_bytes(8, "big"), sha256).hexdigest()
    return f"line-{digest[:40]}"


def read_record(path: Path) -> Record | None:
    """None for a job of version 0.1.0. Raises FileNotFoundError, ConfigProblem."""
    try:
        members = json.loads(path.read_text("utf-8"))
        if "format" not in members and "started_at" in members:
            return None
        record = Record(**members)
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
            raise ValueError("it is not what was written")  # noqa: TRY301 - told as any other damage
        members = {name: numbers_of(numbers) for name, numbers in json.loads(text).items()}
        return Order(**{"asked": members["lines"], **members})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise damaged(path, error) from error


def damaged(path: Path, reason: object) -> ConfigProblem:
    return ConfigProblem(
        f"{path} cannot be read: {reason}.",
        hint="Move it away to begin anew: lines that were sent may then be sent twice.",
    )


def numbers_of(text: str) -> "array[int]":
    """Raises ValueError."""
    return array("Q", bytes.fromhex(text))


def _order_text(order: Order) -> str:
    found = order._asdict()
    if order.asked is order.lines:
        del found["asked"]
    members = {name: numbers.tobytes().hex() for name, numbers in found.items()}
    text = json.dumps(members) + "\n"
    return f"{sha256(text.encode()).hexdigest()}\n{text}"
