"""A file that is not complete yet: `FILE.part`, and in `FILE.part.json` how far it has come.

The rule of this file: what the note says is on the disk before the note is, and FILE changes only
when it is complete.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Self

from tickiti_cli.contract.file_system import lock
from tickiti_cli.contract.replacing import kept_owner, target_of
from tickiti_cli.credentials import write_private
from tickiti_cli.errors import LockedOut, UsageProblem

ANEW = "Begin anew without --resume."


class Partial:
    """A context manager: only one run writes it at a time."""

    def __init__(self, name: str) -> None:
        self._name = name
        with self._named_failure():
            self._before = target_of(Path(name))  # behind a link, whose place it shall not take
        if not self._before.is_replaced:
            raise self._no_file
        self._target = self._before.path
        self._part = self._target.with_name(f"{self._target.name}.part")
        self._note = self._part.with_name(f"{self._part.name}.json")
        self._size = 0
        self._is_finished = False

    def __enter__(self) -> Self:
        """Raises LockedOut, UsageProblem."""
        with self._named_failure():
            self._file = self._locked()
            if self._before.status is not None:
                with suppress(PermissionError):  # a file that is not ours to give
                    os.fchown(self._file.fileno(), *(kept_owner(self._before) or (-1, -1)))
                os.fchmod(self._file.fileno(), self._before.status.st_mode & 0o777)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            if not self._is_finished and os.fstat(self._file.fileno()).st_size == 0:
                self._part.unlink(missing_ok=True)
        with suppress(OSError):  # what a full disk did not take, no note speaks of
            self._file.close()

    def begin(self) -> None:
        """Forget what there is."""
        with self._named_failure():
            self._note.unlink(missing_ok=True)
            self._file.truncate(0)

    def known(self) -> dict[str, Any] | None:
        """The note of the run before, with the file cut to what it says; None where there is none.

        Raises UsageProblem where the two do not fit together.
        """
        try:
            note: dict[str, Any] = json.loads(self._note.read_text("utf-8"))
            self._size = int(note["size"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageProblem(f"{self._note} cannot be read: {error}.", hint=ANEW) from error
        if self._file.seek(0, os.SEEK_END) < self._size:
            raise UsageProblem(f"{self._part} is shorter than it was.", hint=ANEW)
        with self._named_failure():
            self._file.truncate(self._size)
            self._file.seek(self._size)
        return note

    def add(self, text: str, note: Mapping[str, Any]) -> None:
        """Write it, then the note. Raises UsageProblem, ConfigProblem."""
        with self._named_failure():
            # A lone surrogate becomes its escape, which in JSON means that very surrogate.
            raw = text.encode(errors="backslashreplace")
            self._file.write(raw)
            self._file.flush()
            os.fsync(self._file.fileno())
        self._size += len(raw)
        write_private(self._note, json.dumps({**note, "size": self._size}) + "\n")

    def finish(self) -> None:
        with self._named_failure():
            # In this order: a note without its part would be of another file.
            self._note.unlink(missing_ok=True)
            self._part.replace(self._target)
            self._is_finished = True

    @property
    def told(self) -> str:
        """What a person is told of a file that stays behind."""
        return f"What was written is in {self._part}; the same command with --resume goes on."

    def _locked(self) -> IO[bytes]:
        """The lock on it ends with the process."""
        while True:
            file = os.fdopen(os.open(self._part, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
            try:
                lock(file.fileno(), self._part)
            except BlockingIOError:
                file.close()
                raise LockedOut(f"Another export to {self._name} has not ended.") from None
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file.fileno()), self._part.stat()):
                    return file
            file.close()  # another run completed this one in between

    @contextmanager
    def _named_failure(self) -> Iterator[None]:
        try:
            yield
        except IsADirectoryError:
            raise self._no_file from None
        except OSError as error:
            raise UsageProblem(f"--out {self._name}: {error.strerror}.") from error

    @property
    def _no_file(self) -> UsageProblem:
        return UsageProblem(f"--out {self._name}: it is no file. Write to - and lead it on.")
