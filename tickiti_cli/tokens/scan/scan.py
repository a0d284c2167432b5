"""The scan for leaked tokens: in a checkout and its history, a log, a backup.

Rule: nothing is skipped silently. A file that cannot be read is named, and the scan is then not
clean; an archive is named; links, pipes and .git are named with --verbose.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO

from tickiti_cli.contract.files.file_system import exists, is_file, is_folder
from tickiti_cli.errors import UsageProblem
from tickiti_cli.tokens.scan import file_text, git_history
from tickiti_cli.tokens.scan.token_search import Finding, Position, in_stream

STDIN = Path("-")

SKIPPED = {errno.ELOOP: "a symbolic link", errno.ENXIO: "a socket"}
"""Kinds of files that are skipped, by the error of opening them: they hold no content of their
own."""


@dataclass(slots=True)
class Scan:
    """One scan. It counts the findings, and lists the files that it did not search."""

    stdin: IO[bytes] | None
    environ: Mapping[str, str] = field(default_factory=dict)
    with_history: bool = False
    found: int = 0
    possible: int = 0
    """Findings without a checksum."""

    unread: list[str] = field(default_factory=list)
    packed: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    partial: list[str] = field(default_factory=list)
    """Sentences on clones that have a part of their history only."""

    _histories: set[Path] = field(default_factory=set)
    """The repositories whose history was searched."""

    def of(self, paths: Iterable[Path]) -> Iterator[Finding]:
        """Find the tokens in files and folders; no link is followed."""
        for path in paths:
            for finding in chain(self._at(path), self._around(path)):
                self.found += 1
                self.possible += finding.is_possible
                yield finding

    def _at(self, path: Path) -> Iterator[Finding]:
        if path == STDIN:
            return self._in_source(self.stdin, "stdin") if self.stdin else iter(())
        return self._below(path) if is_folder(path) else self._in_file(path)

    def _around(self, path: Path) -> Iterator[Finding]:
        """The findings of the repository that the path is in."""
        if self.with_history and path != STDIN and (folder := git_history.enclosing(path)):
            yield from self._in_history(folder)

    def _below(self, folder: Path) -> Iterator[Finding]:
        for place, folders, files in os.walk(folder, onerror=self._add_unread):
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
        if (real := folder.resolve()) in self._histories:
            return
        self._histories.add(real)
        try:
            yield from git_history.tokens(folder, self.environ)
            self.partial += filter(None, [git_history.missing_part(folder, self.environ)])
        except OSError as error:
            self.unread.append(f"the history of {folder}: {error.strerror}")

    def _in_file(self, path: Path) -> Iterator[Finding]:
        try:
            # Non-blocking, because opening a pipe in the tree would wait for its writer.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb", buffering=0) as file:
                if stat.S_ISREG(os.fstat(descriptor).st_mode):
                    yield from self._in_source(file, str(path))
                else:
                    self.passed.append(f"{path}: a pipe or a device")
        except OSError as error:
            if error.errno in SKIPPED:
                self.passed.append(f"{path}: {SKIPPED[error.errno]}")
            else:
                self._add_unread(error)

    def _in_source(self, file: file_text.Source, path: str) -> Iterator[Finding]:
        try:
            source, form = file_text.opened(file)
            if form:
                self.packed.append(f"{path} ({form})")
            yield from in_stream(source, Position(path))
        except OSError as error:
            self.unread.append(f"{path}: {error.strerror}")

    def _add_unread(self, error: OSError) -> None:
        self.unread.append(f"{error.filename}: {error.strerror}")


def refuse_without_history(paths: Iterable[Path]) -> None:
    """Raises UsageProblem for a path that is in no git repository and has none below it."""
    for path in paths:
        if path == STDIN:
            raise UsageProblem("--git-history: standard input has no history: give a folder.")
        below = (Path(place) for place, _, _ in os.walk(path))
        if not git_history.enclosing(path) and not any(map(git_history.is_repository, below)):
            raise UsageProblem(
                f"--git-history: {path} is in no git repository.",
                hint="Give a directory of a git clone, or leave --git-history out.",
            )


def checked(paths: Iterable[str]) -> list[Path]:
    """Check the arguments. Raises UsageProblem for a missing path, a link or a pipe."""
    found = [Path(path) for path in paths]
    for path in found:
        if path == STDIN:
            continue
        if os.path.islink(path):  # noqa: PTH114 - never raises
            raise UsageProblem(f"{path} is a symbolic link: give the path it points to.")
        if not exists(path):
            raise UsageProblem(f"{path}: no such file or directory.")
        if not is_folder(path) and not is_file(path):
            raise UsageProblem(
                f"{path} is neither a file nor a directory.",
                hint="To scan a pipe, read it from standard input: tickiti token scan -",
            )
    return found
