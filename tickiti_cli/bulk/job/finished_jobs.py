"""The jobs that are done, for thirty days: `ACTION.finished.ndjson`, a job a row.

The rule of this file: a row is on the disk before the job's own files go. What a crash left of a
row is dropped by the next one; a row that is damaged is named, never skipped.
"""

import json
import os
from array import array
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli.bulk import clock
from tickiti_cli.bulk.job import Scope, damaged, line_key, numbers_of
from tickiti_cli.credentials import write_private
from tickiti_cli.errors import ConfigProblem
from tickiti_cli.journal import Bearer

REMEMBERED = timedelta(days=30)
_SLACK = timedelta(days=1)
"""Rows that are too old are removed once a day, not at each job's end."""


class Finished(NamedTuple):
    scope: Scope
    source: str | None
    key_from: list[str]
    finished_at: str
    lines: "array[int]"
    """What they asked for; without those that another job had done before."""

    doubts: "array[int]"
    """Lines that may have been sent, and that the file had no longer in the end."""

    secret: str
    bearer: Bearer
    """Whose keys those of the doubts are."""

    def key_of(self, ident: int) -> str:
        return line_key(self.secret, ident)

    @property
    def is_too_old(self) -> bool:
        return clock.age(self.finished_at) > REMEMBERED


def remembered(folder: Path, scope: Scope) -> list[Finished]:
    """The oldest first. Raises ConfigProblem."""
    found = (_job_of(row) for row in _rows(_path(folder, scope.action)))
    return [job for job in found if scope.includes(job.scope) and not job.is_too_old]


def remember(folder: Path, job: Finished) -> None:
    """Raises ConfigProblem where it cannot be kept."""
    path = _path(folder, job.scope.action)
    text = _text(job)
    rows = [*_rows(path)]
    if rows and clock.age(rows[0]["finished_at"]) > REMEMBERED + _SLACK:
        kept = (row for row in rows if clock.age(row["finished_at"]) <= REMEMBERED)
        write_private(path, "".join(map(_signed, kept)) + text)
        return
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            file.truncate(_whole_size(path))
            file.seek(0, os.SEEK_END)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ConfigProblem(f"{path} cannot be written: {error.strerror}.") from error


def _path(folder: Path, action: str) -> Path:
    return folder / f"{action}.finished.ndjson"


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for text in file:
                if text.endswith("\n"):  # else a crash cut it short
                    yield _checked(path, text)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error


def _whole_size(path: Path) -> int:
    """Bytes up to the end of the last row that is whole."""
    size = 0
    with path.open("rb") as file:
        for raw in file:
            size += len(raw) if raw.endswith(b"\n") else 0
    return size


def _checked(path: Path, text: str) -> dict[str, Any]:
    digest, _, content = text.rstrip("\n").partition(" ")
    if sha256(content.encode()).hexdigest()[:16] != digest:
        raise damaged(path, "a row is not what was written")
    found: dict[str, Any] = json.loads(content)
    return found


def _signed(row: dict[str, Any]) -> str:
    content = json.dumps(row)
    return f"{sha256(content.encode()).hexdigest()[:16]} {content}\n"


def _text(job: Finished) -> str:
    row = job._asdict() | {
        "scope": list(job.scope),
        "bearer": list(job.bearer),
        "lines": job.lines.tobytes().hex(),
        "doubts": job.doubts.tobytes().hex(),
    }
    return _signed(row)


def _job_of(row: dict[str, Any]) -> Finished:
    """Raises what a row of another version raises."""
    return Finished(
        **row
        | {
            "scope": Scope(*row["scope"]),
            "bearer": Bearer(*row["bearer"]),
            "lines": numbers_of(row["lines"]),
            "doubts": numbers_of(row["doubts"]),
        }
    )
