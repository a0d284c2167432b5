"""A file that is written in several runs: `FILE.part`, with a checkpoint in `FILE.part.json`.

Rule: the content is synced before the checkpoint that counts it. FILE itself is replaced by an
atomic rename when the content is complete.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Self

from tickiti_cli.errors import LockedOut, UsageProblem
from tickiti_cli.files.atomic_write import kept_owner, move, sync, target_of, write_private
from tickiti_cli.files.lock import lock
from tickiti_cli.files.own_files import refuse_own

RESTART_HINT = "Start over without --resume."


class PartialFile:
    """A context manager that locks the file, so that only one run writes it at a time."""

    def __init__(self, name: str) -> None:
        self._name = name
        with self._named_errors():
            self._before = target_of(Path(name))  # the target of a link, which must stay a link
        if not self._before.is_replaced:
            raise self._not_a_file
        refuse_own(self._before, f"--out {name}")
        self._target = self._before.path
        self._part = self._target.with_name(f"{self._target.name}.part")
        self._checkpoint_path = self._part.with_name(f"{self._part.name}.json")
        self._size = 0
        self._is_finished = False

    def __enter__(self) -> Self:
        """Raises LockedOut, UsageProblem."""
        with self._named_errors():
            self._file = self._locked()
            if self._before.status is not None:
                with suppress(PermissionError):  # only root may change the owner
                    os.fchown(self._file.fileno(), *(kept_owner(self._before) or (-1, -1)))
                os.fchmod(self._file.fileno(), self._before.status.st_mode & 0o777)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            if not self._is_finished and os.fstat(self._file.fileno()).st_size == 0:
                self._part.unlink(missing_ok=True)
        with suppress(OSError):  # no checkpoint counts bytes that a full disk refused
            self._file.close()

    def reset(self) -> None:
        """Delete the content and the checkpoint."""
        with self._named_errors():
            self._checkpoint_path.unlink(missing_ok=True)
            self._file.truncate(0)

    def read_checkpoint(self) -> dict[str, Any] | None:
        """Return the checkpoint, None without one, and truncate the content to it.

        Raises UsageProblem where the content is shorter than the checkpoint says.
        """
        try:
            checkpoint: dict[str, Any] = json.loads(self._checkpoint_path.read_text("utf-8"))
            self._size = int(checkpoint["size"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageProblem(
                f"{self._checkpoint_path} cannot be read: {error}.", hint=RESTART_HINT
            ) from error
        if self._file.seek(0, os.SEEK_END) < self._size:
            raise UsageProblem(f"{self._part} is shorter than it was.", hint=RESTART_HINT)
        with self._named_errors():
            self._file.truncate(self._size)
            self._file.seek(self._size)
        return checkpoint

    def append(self, content: bytes, checkpoint: Mapping[str, Any]) -> None:
        """Append bytes, sync, then write the checkpoint. Raises UsageProblem, ConfigProblem."""
        with self._named_errors():
            self._file.write(content)
            sync(self._file)
        self._size += len(content)
        write_private(self._checkpoint_path, json.dumps({**checkpoint, "size": self._size}) + "\n")

    def finish(self) -> None:
        """Rename the content to FILE and delete the checkpoint."""
        with self._named_errors():
            # The checkpoint goes first: without its content it would belong to the next export.
            self._checkpoint_path.unlink(missing_ok=True)
            move(self._part, self._target)
            self._is_finished = True

    @property
    def has_checkpoint(self) -> bool:
        return self._checkpoint_path.exists()

    @property
    def resume_hint(self) -> str:
        """The remark on content that stays behind when a run is cut short."""
        return (
            f"The rows so far are in {self._part}; run the same command with --resume to continue."
        )

    def _locked(self) -> IO[bytes]:
        """Open and lock the content. The lock ends with the process."""
        while True:
            file = os.fdopen(os.open(self._part, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
            try:
                lock(file.fileno(), self._part)
            except BlockingIOError:
                file.close()
                raise LockedOut(f"Another export to {self._name} is still running.") from None
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file.fileno()), self._part.stat()):
                    return file
            file.close()  # another run has renamed this file meanwhile

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except IsADirectoryError:
            raise self._not_a_file from None
        except OSError as error:
            raise UsageProblem(f"--out {self._name}: {error.strerror}.") from error

    @property
    def _not_a_file(self) -> UsageProblem:
        return UsageProblem(f'--out {self._name}: must be a regular file; use "-" and redirect.')
