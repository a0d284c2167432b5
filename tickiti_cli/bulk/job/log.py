"""What happened to the lines of a job, in the order in which it happened: `ID.lines.ndjson`.

The rule of this file: a line is noted as begun before it is sent and with its result afterwards, so
that a process which dies leaves no line that might have been sent without anybody knowing. A row
that a crash cut short is skipped: the line is sent again then, under the key that it had.

    {"run": {"at": MOMENT, "token_id": 7, "token_digest": HEX}}    whose token sends from here on
    {"begun": IDENT}                                               it may be on its way
    {"kept": IDENT, "idempotency_key": KEY}                        an earlier job began it
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

from tickiti_cli.bulk import clock
from tickiti_cli.bulk.identity import Known
from tickiti_cli.bulk.result import Result
from tickiti_cli.contract.file_system import lock, make_folder
from tickiti_cli.encoding import moment_of
from tickiti_cli.errors import ConfigProblem, LockedOut
from tickiti_cli.journal import WINDOW, Bearer

GO_ON = "Run the same command again: what is done is not sent again."
_BEGUN = '{"begun": '
SYNC_SECONDS = 1.0
"""A power cut takes the notes of that time along: those lines are sent again under their keys."""


class Doubt(NamedTuple):
    """A line that may have been sent: by whom, and since when nobody knows."""

    bearer: Bearer
    since: str

    def is_too_old(self, ask: Callable[[], datetime | None]) -> bool:
        """Whether its server may have forgotten the key; `ask` tells the server's time."""
        return clock.may_be_older(self.since, WINDOW, ask)


class Kept(NamedTuple):
    """A key that does not follow from the job's secret."""

    ident: int
    key: str


Row = Doubt | int | Kept | Result
"""Of the log; a number is a line that was begun."""

NOBODY = Doubt(Bearer(), "1970-01-01T00:00:00+00:00")


class Past(NamedTuple):
    """What the log says of the lines, all runs taken together."""

    done: Known
    doubts: dict[int, Doubt]
    kept: dict[int, str]
    """Keys that do not follow from the job's secret."""

    def was_sent(self, ident: int) -> bool:
        """Whether it is done or may be."""
        return ident in self.doubts or ident in self.done


class Log:
    """Open and locked: only one run has it at a time, and the lock ends with its process."""

    def __init__(self, path: Path) -> None:
        """Raises LockedOut while another run has it, ConfigProblem where it cannot be kept."""
        self._path = path
        self._synced = time.monotonic()
        try:
            make_folder(path.parent)
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._file = os.fdopen(os.open(path, flags, 0o600), "a", encoding="utf-8")
        except OSError as error:
            raise self._unkept(error) from error
        try:
            lock(self._file.fileno(), path)
            size = os.fstat(self._file.fileno()).st_size
            if size and os.pread(self._file.fileno(), 1, size - 1) != b"\n":
                self._write("\n")  # after the row that a crash cut short
        except BlockingIOError:
            self.close()
            raise LockedOut("Another run of this job has not ended.") from None
        except OSError as error:
            self.close()
            raise self._unkept(error) from error

    def close(self) -> None:
        with suppress(OSError):  # what a full disk did not take is told already
            self._file.close()

    def run(self, bearer: Bearer, at: str = "") -> None:
        moment = at or clock.now().isoformat(timespec="seconds")
        self._note({"run": {"at": moment, **bearer._asdict()}})

    def begin(self, ident: int) -> None:
        """Raises ConfigProblem, as all that notes something: nothing is sent then."""
        self._write(f"{_BEGUN}{ident}}}\n")

    def keep(self, ident: int, key: str) -> None:
        self._note({"kept": ident, "idempotency_key": key})

    def note(self, result: Result) -> None:
        self._note({**result.row(), "ident": result.ident})

    def past(self) -> Past:
        done, doubts, kept = array("Q"), dict[int, Doubt](), dict[int, str]()
        run = NOBODY
        for row in self._rows():
            if isinstance(row, Doubt):
                run = row
            elif isinstance(row, int):
                doubts.setdefault(row, run)
            elif isinstance(row, Kept):
                kept[row.ident] = row.key
            elif row.state == "unknown":
                doubts.setdefault(row.ident, run)
            else:
                doubts.pop(row.ident, None)
                if row.is_done:
                    done.append(row.ident)
        return Past(Known(done), doubts, kept)

    def results(self) -> "Results":
        return Results(self._path)

    def _rows(self) -> "Iterator[Row]":
        with self._path.open(encoding="utf-8", errors="replace") as file:
            yield from (row for row in map(_row_of, file) if row is not None)

    def _note(self, row: dict[str, Any]) -> None:
        self._write(json.dumps(row) + "\n")

    def _write(self, text: str) -> None:
        try:
            self._file.write(text)
            self._file.flush()
            if time.monotonic() - self._synced > SYNC_SECONDS:
                os.fdatasync(self._file.fileno())
                self._synced = time.monotonic()
        except OSError as error:
            raise self._unkept(error) from error

    def _unkept(self, error: OSError) -> ConfigProblem:
        return ConfigProblem(f"{self._path} cannot be written: {error.strerror}.", hint=GO_ON)


class Results:
    """The last result of each line, found by what the line is known by."""

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
    """What a row says; None for one that says nothing that can be understood."""
    try:
        if text.startswith(_BEGUN):
            return int(text[len(_BEGUN) :].removesuffix("}\n"))
        row = json.loads(text)
        if "run" in row:
            found = row["run"]
            moment_of(found["at"])
            return Doubt(Bearer(found["token_id"], found["token_digest"]), found["at"])
        if "kept" in row:
            return Kept(int(row["kept"]), str(row["idempotency_key"]))
        return Result.of(row)
    except (ValueError, KeyError, TypeError):
        return None
