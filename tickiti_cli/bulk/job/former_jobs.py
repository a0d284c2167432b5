"""Jobs of version 0.1.0: carried on for the same command on the same file.

They knew a line by its number: `ID.job.json` has the secret, `ID.lines.ndjson` the last result of
each number, and what was sent there as a digest of key and body. ID follows from the file's path,
or from the content of what came by a pipe. The rule of this file: a line is done if it says what
was done under the number that it had, a few lines added or deleted before it; what was not done
keeps the key of that number, under which it may have been sent.
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

from tickiti_cli.bulk import clock
from tickiti_cli.bulk.identity import number_of
from tickiti_cli.bulk.job import LINES, RECORD, Job, Order, Record, damaged, read_record
from tickiti_cli.bulk.log import Doubt, Log
from tickiti_cli.bulk.result import Result
from tickiti_cli.errors import ConfigProblem, OtherKeys
from tickiti_cli.journal import WINDOW, Bearer

NEAR = 64
"""How many rows around its own a line is looked for among, where lines were added or deleted."""


class Told(NamedTuple):
    """A line of the file as it is now."""

    number: int
    line: int
    """What it is known by."""

    body: Mapping[str, Any] | None
    key: str
    """The one that columns make, if any."""


class Row(NamedTuple):
    """What the log says of a number at last."""

    state: str
    key: str
    digest: int
    id: object


def names(
    sources: Iterable[str], action: str, server: str, variant: Mapping[str, str]
) -> list[str]:
    """What version 0.1.0 called the job of that command."""
    found: list[str] = []
    for source in sources:
        identity = {"source": source, "endpoint": action, "server": server, **variant}
        text = json.dumps(identity, sort_keys=True)
        found.append(sha256(text.encode()).hexdigest()[:16])
    return found


class Former:
    """The job that version 0.1.0 left, if it left one of one of these names."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self._folder = folder
        there = (name for name in names if (folder / f"{name}{RECORD}").is_file())
        self.name = next(there, "")
        self._log: Log | None = None

    def adopted(self, record: Record, lines: Callable[[], Iterator[Told]]) -> Job | None:
        """A job that carries it on, not yet recorded. Raises LockedOut, ConfigProblem."""
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
        _Match(job, rows).note(lines())
        return job

    def remove(self) -> None:
        """Once its lines are in a job of this version."""
        for suffix in (RECORD, LINES):
            if self.name:
                (self._folder / f"{self.name}{suffix}").unlink(missing_ok=True)
        if self._log:
            self._log.close()


class _Match:
    """Lines of the file against the rows of the log."""

    def __init__(self, job: Job, rows: Mapping[int, Row]) -> None:
        self._job = job
        self._rows = rows
        self._numbers = sorted(number for number, row in rows.items() if row.digest)
        self._shift = 0
        """How many lines a line stands further down than it did."""

        self._places: dict[int, int] = {}
        """By the number that a line had: what it is known by."""

    def note(self, lines: Iterator[Told]) -> None:
        nobody = Doubt(Bearer(), self._job.record.started_at)
        for told in lines:
            number = self._number_of(told)
            if number is None:
                self._keep_key(told)
                continue
            self._places[number] = told.line
            self._shift = told.number - number
            row = self._rows[number]
            if row.state == "done":
                self._job.note(Result(told.number, "done", row.key, row.id, ident=told.line))
            else:
                self._job.keep(told.line, row.key, nobody if row.state == "unknown" else None)
        order = array("Q")
        for number, row in sorted(self._rows.items()):
            line = self._places.get(number) or number_of("former", number, row.digest)
            order.append(line)
            if number not in self._places and row.state == "done":
                self._job.note(Result(number, "done", row.key, row.id, ident=line))
            elif number not in self._places and row.state == "unknown":
                self._job.keep(line, row.key, nobody)
        self._job.carry_on(Order(order, order))

    def _number_of(self, told: Told) -> int | None:
        """The number that had the same request."""
        if told.body is None:
            return None
        guess = told.number - self._shift
        centre = bisect_left(self._numbers, guess)
        near = self._numbers[max(0, centre - NEAR) : centre + NEAR]
        for number in sorted(near, key=lambda near: abs(near - guess)):
            row = self._rows[number]
            if number not in self._places and row.digest == _digest(told.key or row.key, told.body):
                return number
        return None

    def _keep_key(self, told: Told) -> None:
        """It may be on its way under the number where it stood, if nothing says otherwise."""
        number = told.number - self._shift
        row = self._rows.get(number)
        if told.body is not None and not told.key and (row is None or row.state == "failed"):
            self._job.keep(told.line, _key(self._job.record.secret, number))


def _read(path: Path) -> tuple[str, str, str]:
    """Secret, beginning, endpoint. Raises ConfigProblem."""
    try:
        known = json.loads(path.read_text("utf-8"))
        bytes.fromhex(known["secret"])
        is_old = clock.may_be_older(known["started_at"], WINDOW)
        found = known["secret"], known["started_at"], known.get("sends_to", known["endpoint"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(path, error) from error
    if is_old:
        raise ConfigProblem(
            f"This job was begun at {known['started_at']}: its server may have forgotten its "
            "keys, and lines could be sent twice.",
            hint=f"See which lines are missing on the server, then remove {path}.",
        )
    return found


def _rows(path: Path) -> dict[int, Row]:
    found: dict[int, Row] = {}
    with path.open(encoding="utf-8", errors="replace") as file:
        for text in file:
            with suppress(ValueError, KeyError, TypeError):  # the row a crash cut short
                row = json.loads(text)
                number, known = row["line"], found.get(row["line"])
                if known is None or known.state != "done":
                    key = row["idempotency_key"] or ""
                    found[number] = Row(row["state"], key, row["digest"], row["id"])
    return found


def _digest(key: str, body: Mapping[str, Any]) -> int:
    text = json.dumps([key, body], sort_keys=True)
    return int.from_bytes(sha256(text.encode()).digest()[:8]) | 1


def _key(secret: str, number: int) -> str:
    digest = hmac.new(bytes.fromhex(secret), str(number).encode(), sha256).hexdigest()
    return f"line-{digest[:40]}"
