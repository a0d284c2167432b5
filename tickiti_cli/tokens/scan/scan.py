"""Tokens that lie where they should not: in a checkout and its history, a log, a backup.

The rule of this file: nothing is passed over in silence. What cannot be read is named, and then the
place is not clean; what is not unpacked is named; links, pipes and .git are told with --verbose.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tickiti_cli import git_history, unpacking
from tickiti_cli.contract.file_system import exists, is_file, is_folder
from tickiti_cli.errors import UsageProblem
from tickiti_cli.token_search import Finding, Place, in_stream

STDIN = Path("-")

PASSED_OVER = {errno.ELOOP: "a symbolic link", errno.ENXIO: "a socket"}
"""They hold nothing that is not elsewhere."""


@dataclass(slots=True)
class Scan:
    """One look at some places. It counts what it finds, and notes what it did not look at."""

    stdin: IO[bytes] | None
    environ: Mapping[str, str] = field(default_factory=dict)
    with_history: bool = False
    found: int = 0
    possible: int = 0
    """Of those that were found: without a checksum."""

    unread: list[str] = field(default_factory=list)
    packed: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)

    def of(self, paths: Iterable[Path]) -> Iterator[Finding]:
        """The tokens in files and in everything below folders; no link is followed."""
        for path in paths:
            for finding in self._at(path):
                self.found += 1
                self.possible += finding.is_possible
                yield finding

    def _at(self, path: Path) -> Iterator[Finding]:
        if path == STDIN:
            return self._in_source(self.stdin, "stdin") if self.stdin else iter(())
        return self._below(path) if is_folder(path) else self._in_file(path)

    def _below(self, folder: Path) -> Iterator[Finding]:
        for place, folders, files in os.walk(folder, onerror=self._note):
            if ".git" in folders and not self.with_history:
                self.passed.append(f"{Path(place, '.git')}: the history (see --git-history)")
            linked = [name for name in folders if Path(place, name).is_symlink()]
            self.passed += [f"{Path(place, name)}: a symbolic link" for name in sorted(linked)]
            folders[:] = sorted(name for name in folders if name != ".git")
            for name in sorted(files):
                yield from self._in_file(Path(place, name))
            if self.with_history and git_history.is_repository(Path(place)):
                yield from self._in_history(Path(place))

    def _in_history(self, folder: Path) -> Iterator[Finding]:
        try:
            yield from git_history.tokens(folder, self.environ)
        except OSError as error:
            self.unread.append(f"the history of {folder}: {error.strerror}")

    def _in_file(self, path: Path) -> Iterator[Finding]:
        try:
            # A pipe that somebody made in the tree would be waited for.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb", buffering=0) as file:
                if stat.S_ISREG(os.fstat(descriptor).st_mode):
                    yield from self._in_source(file, str(path))
                else:
                    self.passed.append(f"{path}: a pipe or a device")
        except OSError as error:
            if error.errno in PASSED_OVER:
                self.passed.append(f"{path}: {PASSED_OVER[error.errno]}")
            else:
                self._note(error)

    def _in_source(self, file: unpacking.Source, path: str) -> Iterator[Finding]:
        try:
            source, form = unpacking.opened(file)
            if form:
                self.packed.append(f"{path} ({form})")
            yield from in_stream(source, Place(path))
        except OSError as error:
            self.unread.append(f"{path}: {error.strerror}")

    def _note(self, error: OSError) -> None:
        self.unread.append(f"{error.filename}: {error.strerror}")


def checked(paths: Iterable[str]) -> list[Path]:
    """Raises UsageProblem for what is not there, or is a link: nothing named is passed over."""
    found = [Path(path) for path in paths]
    for path in found:
        if path == STDIN:
            continue
        if os.path.islink(path):  # noqa: PTH114 - never raises
            raise UsageProblem(f"{path} is a symbolic link: name what it points to.")
        if not exists(path):
            raise UsageProblem(f"{path}: there is no such file or folder.")
        if not is_folder(path) and not is_file(path):
            raise UsageProblem(
                f"{path} is neither a file nor a folder.",
                hint="What comes through a pipe is read from standard input: tickiti token scan -",
            )
    return found
