"""Jobs of version 0.1.0, which this version continues for the same command on the same file.

In such a job the number of a line is its identity: `ID.job.json` has the secret, `ID.lines.ndjson`
the last result of each number with a digest of key and body. ID derives from the file's path, or
from the content of a pipe. Rule: a line is done if a row near its number has the same request and
is done. A line that is not done keeps the key of its number, because it may have been sent with it.
"""

import hmac
import json
import secrets
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli.api.journal.journal import WINDOW, Bearer
from tickiti_cli.bulk.job import server_clock
from tickiti_cli.bulk.job.identity import hash64
from tickiti_cli.bulk.job.job import LINES, RECORD, Job, JobRecord, Order, damaged, read_record
from tickiti_cli.bulk.job.log import Log, UnknownOutcome
from tickiti_cli.bulk.job.result import Result
from tickiti_cli.errors import ConfigProblem, OtherKeys

NEAR = 64
"""Rows on either side of a line's number that are compared with it, because lines may have been
added or deleted."""


class CurrentLine(NamedTuple):
    """A line of the file as it is now."""

    number: int
    line: int
    """The line's identity."""

    body: Mapping[str, Any] | None
    key: str
    """The key that --key-from makes, if any."""


class FormerRow(NamedTuple):
    """The last row that the log has for a number."""

    state: str
    key: str
    digest: int
    id: object


def names(
    sources: Iterable[str], action: str, server: str, variant: Mapping[str, str]
) -> list[str]:
    """Return the names that version 0.1.0 may have given to the job of that command."""
    found: list[str] = []
    for source in sources:
        identity = {"source": source, "endpoint": action, "server": server, **variant}
        text = json.dumps(identity, sort_keys=True)
        found.append(sha256(text.encode()).hexdigest()[:16])
    return found


class FormerJob:
    """The job of version 0.1.0 that has one of these names, or None."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self._folder = folder
        there = (name for name in names if (folder / f"{name}{RECORD}").is_file())
        self.name = next(there, "")
        self._log: Log | None = None

    def adopted(self, record: JobRecord, lines: Callable[[], Iterator[CurrentLine]]) -> Job | None:
        """Return a job that continues it, without a record yet. Raises LockedOut, ConfigProblem."""
        path = self._folder / f"{self.name}{RECORD}"
        if not self.name or read_record(path) is not None:
            return None
        self._log = Log(self._folder / f"{self.name}{LINES}")
        secret, started_at, sends_to = _read(path)
        rows = _rows(self._folder / f"{self.name}{LINES}")
        if record.key_from and any(row.key.startswith("line-") for row in rows.values()):
            raise OtherKeys.begun("without --key-from")
        name = secrets.token_hex(8)
        job = Job(
            self._folder,
            name,
            replace(
                record,
                secret=secret,
                started_at=started_at,
                sends_to=sends_to,
                former=self.name,
            ),
            Log(self._folder / f"{name}{LINES}"),
        )
        _LineMatcher(job, rows).adopt(lines())
        return job

    def remove(self) -> None:
        """Delete the job's files. Called after its lines are in a job of this version."""
        for suffix in (RECORD, LINES):
            if self.name:
                (self._folder / f"{self.name}{suffix}").unlink(missing_ok=True)
        if self._log:
            self._log.close()


class _LineMatcher:
    """Finds the row of the log that belongs to each line of the file."""

    def __init__(self, job: Job, rows: Mapping[int, FormerRow]) -> None:
        self._job = job
        self._rows = rows
        self._numbers = sorted(number for number, row in rows.items() if row.digest)
        self._shift = 0
        """Present number minus former number, as of the last line that was found."""

        self._identities: dict[int, int] = {}
        """The identity of each line by its former number."""

    def adopt(self, lines: Iterator[CurrentLine]) -> None:
        """Write the rows of the former log to the job."""
        unknown = UnknownOutcome(Bearer(), self._job.record.started_at)
        for line in lines:
            number = self._former_number(line)
            if number is None:
                self._inherit_key(line)
                continue
            self._identities[number] = line.line
            self._shift = line.number - number
            row = self._rows[number]
            if row.state == "done":
                self._job.log_result(Result(line.number, "done", row.key, row.id, ident=line.line))
            else:
                doubt = unknown if row.state == "unknown" else None
                self._job.inherit_key(line.line, row.key, doubt)
        self._adopt_deleted_lines(unknown)

    def _adopt_deleted_lines(self, unknown: UnknownOutcome) -> None:
        """Write the rows of lines that are no longer in the file, then the order of all lines."""
        order = array("Q")
        for number, row in sorted(self._rows.items()):
            line = self._identities.get(number) or hash64("former", number, row.digest)
            order.append(line)
            if number not in self._identities and row.state == "done":
                self._job.log_result(Result(number, "done", row.key, row.id, ident=line))
            elif number not in self._identities and row.state == "unknown":
                self._job.inherit_key(line, row.key, unknown)
        self._job.adopt(Order(order, order))

    def _former_number(self, line: CurrentLine) -> int | None:
        """Return the nearest former number with the same request; None where there is none."""
        if line.body is None:
            return None
        guess = line.number - self._shift
        centre = bisect_left(self._numbers, guess)
        near = self._numbers[max(0, centre - NEAR) : centre + NEAR]
        for number in sorted(near, key=lambda near: abs(near - guess)):
            row = self._rows[number]
            if number not in self._identities and row.digest == _digest(
                line.key or row.key, line.body
            ):
                return number
        return None

    def _inherit_key(self, line: CurrentLine) -> None:
        """Give a line without a row the key of its former number, with which it may have been
        sent, unless the row of that number says otherwise."""
        number = line.number - self._shift
        row = self._rows.get(number)
        if line.body is not None and not line.key and (row is None or row.state == "failed"):
            self._job.inherit_key(line.line, _key(self._job.record.secret, number))


def _read(path: Path) -> tuple[str, str, str]:
    """Return the secret, the moment of the start and the endpoint. Raises ConfigProblem."""
    try:
        known = json.loads(path.read_text("utf-8"))
        bytes.fromhex(known["secret"])
        is_old = server_clock.may_be_older(known["started_at"], WINDOW)
        found = known["secret"], known["started_at"], known.get("sends_to", known["endpoint"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(path, error) from error
    if is_old:
        raise ConfigProblem(
            f"This job was started at {known['started_at']}: its server may have forgotten its "
            "keys, and lines could be sent twice.",
            hint=f"Check which lines are missing on the server, then remove {path}.",
        )
    return found


def _rows(path: Path) -> dict[int, FormerRow]:
    found: dict[int, FormerRow] = {}
    with path.open(encoding="utf-8", errors="replace") as file:
        for text in file:
            with suppress(ValueError, KeyError, TypeError):  # a row that a crash cut short
                row = json.loads(text)
                number, known = row["line"], found.get(row["line"])
                if known is None or known.state != "done":
                    key = row["idempotency_key"] or ""
                    found[number] = FormerRow(row["state"], key, row["digest"], row["id"])
    return found


def _digest(key: str, body: Mapping[str, Any]) -> int:
    text = json.dumps([key, body], sort_keys=True)
    return int.from_bytes(sha256(text.encode()).digest()[:8]) | 1


def _key(secret: str, number: int) -> str:
    digest = hmac.new(bytes.fromhex(secret), str(number).encode(), sha256).hexdigest()
    return f"line-{digest[:40]}"
