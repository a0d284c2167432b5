"""The finished jobs of the last thirty days: `ACTION.finished.ndjson` has one row for each job.

Rule: a row is synced before the job's own files are deleted. A row that a crash cut short is
truncated by the next write; a damaged row is an error and never skipped.
"""

import json
import os
from array import array
from collections.abc import Iterator, Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli.api.journal.journal import Bearer
from tickiti_cli.bulk.job import server_clock
from tickiti_cli.bulk.job.identity import NumberSet
from tickiti_cli.bulk.job.job import (
    JobRecord,
    Repetition,
    Scope,
    damaged,
    decoded_numbers,
    line_key,
)
from tickiti_cli.bulk.job.survey import Survey
from tickiti_cli.config.addresses import one_spelling
from tickiti_cli.errors import AlreadyDone, ConfigProblem
from tickiti_cli.files.atomic_write import sync, write_private

RETENTION = timedelta(days=30)
_PURGE_INTERVAL = timedelta(days=1)
"""Expired rows are deleted once a day, because that rewrites the file."""


AGAIN = (
    "To send every line once more: --again. To also tell equal rows apart by columns: --again "
    "--key-from COLUMNS"
)


class FinishedJob(NamedTuple):
    scope: Scope
    source: str | None
    key_from: list[str]
    finished_at: str
    lines: "array[int]"
    """The digests of the lines' requests, without the lines that an earlier job had done."""

    doubts: "array[int]"
    """Lines of unknown outcome that were no longer in the file at the end."""

    secret: str
    bearer: Bearer
    """The token that sent the lines in `doubts`."""

    def key_of(self, ident: int) -> str:
        return line_key(self.secret, ident)

    @property
    def is_expired(self) -> bool:
        return server_clock.age(self.finished_at) > RETENTION


def load(folder: Path, scope: Scope) -> list[FinishedJob]:
    """Return the finished jobs of a scope, the oldest first. Raises ConfigProblem."""
    found = (_job_of(row) for row in _rows(_path(folder, scope.action)))
    return [job for job in found if scope.includes(job.scope) and not job.is_expired]


def lost(folder: Path, scope: Scope) -> list[FinishedJob]:
    """Return the finished jobs from before a reset of the test server. Raises ConfigProblem."""
    if not scope.epoch:
        return []
    found = (_job_of(row) for row in _rows(_path(folder, scope.action)))
    return [job for job in found if scope.has_lost(job.scope) and not job.is_expired]


def refuse_other_keys(finished: Sequence[FinishedJob], record: JobRecord, survey: Survey) -> None:
    """Raise AlreadyDone where jobs with other --key-from columns, or without, have done a line, so
    that the server could not tell it from a new one. Without --key-from such a line is skipped.

    A line that a job with these columns has done as well has its key, so that it is sent.
    """
    key_from = record.key_from
    if not key_from or record.is_again or record.repetition != Repetition.NO_LINE:
        return
    others = [one for one in finished if one.lines and one.key_from != key_from]
    known = NumberSet(line for one in finished if one.key_from == key_from for line in one.lines)
    present = NumberSet(line for line in survey.contents if others and line not in known)
    near = [one for one in others if any(line in present for line in one.lines)]
    if not near:
        return
    count = len({line for one in near for line in one.lines if line in present})
    lines = "1 line was" if count == 1 else f"{count:,} lines were"
    last = max(near, key=lambda one: one.finished_at)
    columns = ",".join(last.key_from)
    raise AlreadyDone(
        f"{lines} sent before {f'with --key-from {columns}' if columns else 'without --key-from'}, "
        f"by a job that ended at {last.finished_at}; nothing was sent.",
        hint="To send every line once more: --again",
    )


def append(folder: Path, job: FinishedJob) -> None:
    """Add the row of a job and sync the file. Raises ConfigProblem where that fails."""
    path = _path(folder, job.scope.action)
    text = _text(job)
    rows = [*_rows(path)]
    if rows and server_clock.age(rows[0]["finished_at"]) > RETENTION + _PURGE_INTERVAL:
        kept = (row for row in rows if server_clock.age(row["finished_at"]) <= RETENTION)
        write_private(path, "".join(map(_with_digest, kept)) + text)
        return
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            file.truncate(_whole_size(path))
            file.seek(0, os.SEEK_END)
            file.write(text.encode())
            sync(file)
    except OSError as error:
        raise ConfigProblem(f"{path} cannot be written: {error.strerror}.") from error


def _path(folder: Path, action: str) -> Path:
    return folder / f"{action}.finished.ndjson"


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for text in file:
                if text.endswith("\n"):  # otherwise a crash cut it short
                    yield _verified(path, text)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error


def _whole_size(path: Path) -> int:
    """Return the number of bytes up to the end of the last complete row."""
    size = 0
    with path.open("rb") as file:
        for raw in file:
            size += len(raw) if raw.endswith(b"\n") else 0
    return size


def _verified(path: Path, text: str) -> dict[str, Any]:
    digest, _, content = text.rstrip("\n").partition(" ")
    if sha256(content.encode()).hexdigest()[:16] != digest:
        raise damaged(path, "a row is not what was written")
    found: dict[str, Any] = json.loads(content)
    return found


def _with_digest(row: dict[str, Any]) -> str:
    content = json.dumps(row)
    return f"{sha256(content.encode()).hexdigest()[:16]} {content}\n"


def _text(job: FinishedJob) -> str:
    row = job._asdict() | {
        "scope": list(job.scope),
        "bearer": list(job.bearer),
        "lines": job.lines.tobytes().hex(),
        "doubts": job.doubts.tobytes().hex(),
    }
    return _with_digest(row)


def _job_of(row: dict[str, Any]) -> FinishedJob:
    """Raises KeyError, TypeError or ValueError for a row of another version."""
    scope = Scope(*row["scope"])
    return FinishedJob(
        **row
        | {
            "scope": scope._replace(base_url=one_spelling(str(scope.base_url))),
            "bearer": Bearer(*row["bearer"]),
            "lines": decoded_numbers(row["lines"]),
            "doubts": decoded_numbers(row["doubts"]),
        }
    )
