"""The log of a job: `ID.lines.ndjson` has a row for every event of a line, in order.

Rule: a line is logged as begun before it is sent, and its result is logged afterwards, so that the
log of a killed process has every line that may have been sent. A row that a crash cut short is
skipped: its line is sent again with the same key.

    {"run": {"at": MOMENT, "token_id": 7, "token_digest": HEX}}    the token that sends from here on
    {"begun": IDENT}                                               the line may have been sent
    {"kept": IDENT, "idempotency_key": KEY}                        the key comes from an earlier job
    {"line": 2, "state": "done", "ident": IDENT, ...}              a Result
"""

import json
import os
import time
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli.api.journal.journal import WINDOW, Bearer
from tickiti_cli.bulk.job import server_clock
from tickiti_cli.bulk.job.identity import NumberSet
from tickiti_cli.bulk.job.result import Result
from tickiti_cli.contract.files.file_system import make_folder
from tickiti_cli.encoding import moment_of
from tickiti_cli.errors import ConfigProblem, LockedOut
from tickiti_cli.files.atomic_write import sync
from tickiti_cli.files.lock import lock

GO_ON = "Run the same command again; lines that are done are skipped."
_BEGUN = '{"begun": '
SYNC_SECONDS = 1.0
"""Seconds between two syncs. A power cut loses the rows since the last sync, which is harmless:
those lines are sent again with the same keys."""


class UnknownOutcome(NamedTuple):
    """A line that may have been sent: with which token, and since when its outcome is unknown."""

    bearer: Bearer
    since: str

    def is_key_expired(self, ask: Callable[[], datetime | None]) -> bool:
        """True if the server may have deleted the key; `ask` returns the server's time."""
        return server_clock.may_be_older(self.since, WINDOW, ask)


class InheritedKey(NamedTuple):
    """The key of a line that an earlier job has begun; it does not derive from the job's secret."""

    ident: int
    key: str


Row = UnknownOutcome | int | InheritedKey | Result
"""A row of the log; a number is the identity of a line that a run has begun to send."""

UNKNOWN_RUN = UnknownOutcome(Bearer(), "1970-01-01T00:00:00+00:00")


class LogState(NamedTuple):
    """The state of the lines after all logged runs."""

    done: NumberSet
    doubts: dict[int, UnknownOutcome]
    inherited_keys: dict[int, str]
    """The keys of lines that an earlier job has begun."""

    def was_sent(self, ident: int) -> bool:
        """True if the line is done or its outcome is unknown."""
        return ident in self.doubts or ident in self.done


class Log:
    """An open, locked log: only one run has it at a time, and the lock ends with its process."""

    def __init__(self, path: Path) -> None:
        """Raises LockedOut while another run has the log, ConfigProblem if it cannot be written."""
        self._path = path
        self._synced = time.monotonic()
        try:
            make_folder(path.parent)
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._file = os.fdopen(os.open(path, flags, 0o600), "a", encoding="utf-8")
        except OSError as error:
            raise self._write_problem(error) from error
        try:
            lock(self._file.fileno(), path)
            size = os.fstat(self._file.fileno()).st_size
            if size and os.pread(self._file.fileno(), 1, size - 1) != b"\n":
                self._write("\n")  # ends the row that a crash cut short
        except BlockingIOError:
            self.close()
            raise LockedOut("Another run of this job is still active.") from None
        except OSError as error:
            self.close()
            raise self._write_problem(error) from error

    def close(self) -> None:
        with suppress(OSError):  # a full disk was reported when the row was written
            self._file.close()

    def write_run(self, bearer: Bearer, at: str = "") -> None:
        moment = at or server_clock.now().isoformat(timespec="seconds")
        self._write_row({"run": {"at": moment, **bearer._asdict()}})

    def write_begun(self, ident: int) -> None:
        """Raises ConfigProblem, as every write does; the line is not sent then."""
        self._write(f"{_BEGUN}{ident}}}\n")

    def write_inherited_key(self, ident: int, key: str) -> None:
        self._write_row({"kept": ident, "idempotency_key": key})

    def write_result(self, result: Result) -> None:
        self._write_row({**result.row(), "ident": result.ident})

    def state(self) -> LogState:
        done, doubts, inherited_keys = array("Q"), dict[int, UnknownOutcome](), dict[int, str]()
        run = UNKNOWN_RUN
        for row in self._rows():
            if isinstance(row, UnknownOutcome):
                run = row
            elif isinstance(row, int):
                doubts.setdefault(row, run)
            elif isinstance(row, InheritedKey):
                inherited_keys[row.ident] = row.key
            elif row.state == "unknown":
                doubts.setdefault(row.ident, run)
            else:
                doubts.pop(row.ident, None)
                if row.is_done:
                    done.append(row.ident)
        return LogState(NumberSet(done), doubts, inherited_keys)

    def results(self) -> "ResultIndex":
        return ResultIndex(self._path)

    def _rows(self) -> "Iterator[Row]":
        with self._path.open(encoding="utf-8", errors="replace") as file:
            yield from (row for row in map(_row_of, file) if row is not None)

    def _write_row(self, row: dict[str, Any]) -> None:
        self._write(json.dumps(row) + "\n")

    def _write(self, text: str) -> None:
        try:
            self._file.write(text)
            self._file.flush()
            if time.monotonic() - self._synced > SYNC_SECONDS:
                sync(self._file, with_times=False)
                self._synced = time.monotonic()
        except OSError as error:
            raise self._write_problem(error) from error

    def _write_problem(self, error: OSError) -> ConfigProblem:
        return ConfigProblem(f"{self._path} cannot be written: {error.strerror}.", hint=GO_ON)


class ResultIndex:
    """The last result of each line, found by the line's identity."""

    def __init__(self, path: Path) -> None:
        idents, places = array("Q"), array("Q")
        self._file = path.open("rb")
        place = 0
        for raw in self._file:
            if isinstance(row := _row_of(raw.decode(errors="replace")), Result):
                idents.append(row.ident)
                places.append(place)
            place += len(raw)
        order = sorted(range(len(idents)), key=idents.__getitem__)
        self._idents = array("Q", (idents[index] for index in order))
        self._places = array("Q", (places[index] for index in order))

    def find(self, ident: int) -> Result | None:
        index = bisect_right(self._idents, ident) - 1
        if index < 0 or self._idents[index] != ident:
            return None
        self._file.seek(self._places[index])
        return Result.of(json.loads(self._file.readline()))

    def close(self) -> None:
        self._file.close()


def _row_of(text: str) -> Row | None:
    """Parse a row; None for one that is damaged."""
    try:
        if text.startswith(_BEGUN):
            return int(text[len(_BEGUN) :].removesuffix("}\n"))
        row = json.loads(text)
        if "run" in row:
            found = row["run"]
            moment_of(found["at"])
            return UnknownOutcome(Bearer(found["token_id"], found["token_digest"]), found["at"])
        if "kept" in row:
            return InheritedKey(int(row["kept"]), str(row["idempotency_key"]))
        return Result.of(row)
    except (ValueError, KeyError, TypeError):
        return None
