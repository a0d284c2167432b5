"""What a bulk job remembers: which lines are done, and the secret that its keys come from.

The rule of this file: the job is on the disk before its first line is sent, so a line has the same
key in every run until the job is done. A result that a crash loses costs a replay, nothing else. A
line counts as done only while it says the same: one that was changed is sent under its old key,
which the server answers with a conflict.

Two files in the journal's folder, named after what is imported and where to: `ID.job.json` and
`ID.lines.ndjson`.
"""

import hmac
import json
import os
import secrets
from array import array
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Self, TextIO

from tickiti_cli.contract.file_system import lock, make_folder
from tickiti_cli.credentials import write_private
from tickiti_cli.errors import ConfigProblem, LockedOut
from tickiti_cli.journal import WINDOW

GO_ON = "Run the same command again: what is done is not sent again."


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one line. Done: `id` is what was made. Else `code` and `message` say why.
    `digest` is of what was sent."""

    line: int
    state: str
    key: str = ""
    id: object = None
    code: str = ""
    message: str = ""
    digest: int = 0

    @property
    def is_done(self) -> bool:
        return self.state == "done"

    def row(self) -> dict[str, Any]:
        return {
            "line": self.line,
            "state": self.state,
            "id": self.id,
            "idempotency_key": self.key,
            "code": self.code or None,
            "message": self.message or None,
        }


class Job:
    """One file on its way to one server. A context manager: only one run has it at a time.

    `endpoint` is where a new job sends its lines; one that was begun keeps the one it began with.
    """

    def __init__(self, folder: Path, identity: Mapping[str, Any], *, endpoint: str) -> None:
        digest = sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
        self._folder = folder
        self._identity = identity
        self._record = folder / f"{digest}.job.json"
        self._results = folder / f"{digest}.lines.ndjson"
        self._secret = b""
        self._done = array("Q")
        """For each line the digest of what was done; 0 where nothing was."""

        self.started_at = ""
        self.endpoint = endpoint

    def __enter__(self) -> Self:
        """Raises LockedOut while another run has it, ConfigProblem where it cannot be kept."""
        self._file = self._locked()
        known = self._known()
        if known is None:
            known = {
                "secret": secrets.token_hex(32),
                "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "sends_to": self.endpoint,
                **self._identity,
            }
            self._file.truncate(0)
            write_private(self._record, json.dumps(known, indent=1) + "\n")
        self._secret = bytes.fromhex(known["secret"])
        self.started_at = known["started_at"]
        self.endpoint = known.get("sends_to", known["endpoint"])
        for result in self.results():
            self._remember(result)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # what a full disk did not take is said already
            self._file.close()

    @property
    def is_resumed(self) -> bool:
        return bool(self._done)

    def key_of(self, line: int) -> str:
        """The key of a line in this job, the same in every run of it."""
        return f"line-{hmac.new(self._secret, str(line).encode(), sha256).hexdigest()[:40]}"

    def is_done(self, line: int, digest: int) -> bool:
        return line < len(self._done) and self._done[line] == digest

    def note(self, result: Result) -> None:
        """Raises ConfigProblem where it cannot be kept: the next run asks the server again."""
        row = {**result.row(), "digest": result.digest}
        try:
            self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
            self._file.flush()
        except OSError as error:
            raise ConfigProblem(
                f"{self._results} cannot be written: {error.strerror}.", hint=GO_ON
            ) from error
        self._remember(result)

    def last_results(self) -> Iterator[Result]:
        """The last one of each line, and of no line two."""
        last = array("Q")
        for position, result in enumerate(self.results()):
            _put(last, result.line, position)
        for position, result in enumerate(self.results()):
            if last[result.line] == position:
                yield result

    def results(self) -> Iterator[Result]:
        """Every result so far; a line that was tried again has several, the last one counts."""
        with suppress(FileNotFoundError), self._results.open(encoding="utf-8") as file:
            for text in file:
                with suppress(ValueError, KeyError, TypeError):  # the line a crash cut short
                    row = json.loads(text)
                    yield Result(
                        row["line"],
                        row["state"],
                        row["idempotency_key"],
                        row["id"],
                        row["code"] or "",
                        row["message"] or "",
                        row["digest"],
                    )

    def finish(self) -> None:
        """Every line is done: the next run of the same file is a job of its own."""
        self._record.unlink(missing_ok=True)
        self._results.unlink(missing_ok=True)

    def _locked(self) -> TextIO:
        """The file of results, to append to; the lock on it ends with the process."""
        try:
            make_folder(self._folder)
            file = os.fdopen(
                os.open(self._results, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "a"
            )
            lock(file.fileno(), self._results)
            size = os.fstat(file.fileno()).st_size
            if size and os.pread(file.fileno(), 1, size - 1) != b"\n":
                file.write("\n")  # after the line that a crash cut short
        except BlockingIOError:
            raise LockedOut("Another run of this job has not ended.") from None
        except OSError as error:
            raise ConfigProblem(f"{self._results} cannot be written: {error.strerror}.") from error
        return file

    def _known(self) -> dict[str, Any] | None:
        """The record of the run before. Raises ConfigProblem where its keys may be forgotten."""
        try:
            known: dict[str, Any] = json.loads(self._record.read_text("utf-8"))
            started_at = datetime.fromisoformat(known["started_at"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigProblem(
                f"{self._record} cannot be read: {error}.",
                hint="Move it away to begin anew: lines that were sent may then be sent twice.",
            ) from error
        if datetime.now(UTC) - started_at > WINDOW:
            raise ConfigProblem(
                f"This job was begun at {known['started_at']}: its server may have forgotten its "
                "keys, and lines could be sent twice.",
                hint=f"See which lines are missing on the server, then remove {self._record}.",
            )
        return known

    def _remember(self, result: Result) -> None:
        if result.is_done:
            _put(self._done, result.line, result.digest)


def digest_of(key: str, body: Mapping[str, Any]) -> int:
    """What tells a line from what it was before: 64 bits, never 0."""
    text = json.dumps([key, body], sort_keys=True)
    return int.from_bytes(sha256(text.encode()).digest()[:8]) | 1


def _put(numbers: "array[int]", index: int, number: int) -> None:
    numbers.extend(0 for _ in range(len(numbers), index + 1))
    numbers[index] = number
