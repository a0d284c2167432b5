"""Tokens that lie where they should not: in a checkout, a log, a backup.

The rule of this file: only what the checksum proves to be a token is reported, so that a finding is
never a guess; and no more of it than tells its owner which one it is.
"""

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import IO

from tickiti_cli.contract.file_system import exists, is_file, is_folder
from tickiti_cli.contract.tokens import is_minted_secret
from tickiti_cli.errors import UsageProblem

CHUNK_BYTES = 1024 * 1024
SEEN_TWICE = 2 * (18 + 1 + 52)
"""Bytes of a chunk that are looked at with the next one: a token that is cut, with its id."""

BINARY_BYTES = 8192
"""A zero byte among the first of these makes a file binary, as git decides it."""

STDIN = Path("-")

PASSED_OVER = (errno.ELOOP, errno.ENXIO)
"""A link and a socket: neither holds anything that is not elsewhere."""

SHOWN_CHARACTERS = 8
"""The prefix and four of the forty random ones: enough to find one's own."""

_SECRET = re.compile(rb"tkt_[0-9A-Za-z]{40}[0-9a-f]{8}")
_ID = re.compile(rb"(?<![0-9])[1-9][0-9]{0,17}\|\Z")
_CONTINUATION = bytes(range(0x80, 0xC0))
"""Bytes of UTF-8 that begin no character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A token and where it is; lines and columns count from 1, columns in characters."""

    path: str
    line: int
    column: int
    end_column: int
    token: str
    """Its id, as far as it stands there, and the beginning of its secret."""

    sha256: str
    """Of its secret: tells whether two findings are the same token."""


@dataclass(slots=True)
class Scan:
    """One look at some places. `found` counts, `unread` fills with what could not be looked at."""

    stdin: IO[bytes] | None
    found: int = 0
    unread: list[str] = field(default_factory=list)

    def of(self, paths: Iterable[Path]) -> Iterator[Finding]:
        """The tokens in files and in everything below folders; no link is followed."""
        for path in paths:
            for finding in self._at(path):
                self.found += 1
                yield finding

    def _at(self, path: Path) -> Iterator[Finding]:
        if path == STDIN:
            return in_stream(self.stdin, "stdin") if self.stdin else iter(())
        return self._below(path) if is_folder(path) else self._in_file(path)

    def _below(self, folder: Path) -> Iterator[Finding]:
        for place, folders, files in os.walk(folder, onerror=self._note):
            folders[:] = sorted(name for name in folders if name != ".git")
            for name in sorted(files):
                yield from self._in_file(Path(place, name))

    def _in_file(self, path: Path) -> Iterator[Finding]:
        try:
            # A pipe that somebody made in the tree would be waited for.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb", buffering=0) as file:
                if stat.S_ISREG(os.fstat(descriptor).st_mode):
                    yield from in_stream(file, str(path))
        except OSError as error:
            if error.errno not in PASSED_OVER:
                self._note(error)

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


def in_stream(file: IO[bytes], path: str) -> Iterator[Finding]:
    """The tokens in one file, in a memory that no length of its lines makes larger."""
    place, kept, is_first = _Place(), b"", True
    while chunk := file.read(CHUNK_BYTES):
        if is_first and b"\0" in chunk[:BINARY_BYTES]:
            return
        window = kept + chunk
        yield from _in_window(window, len(kept), place, path)
        kept, is_first = window[-SEEN_TWICE:], False
        place.pass_over(window[: len(window) - len(kept)])


@dataclass(slots=True)
class _Place:
    """A line and a column, carried over bytes that are not kept."""

    line: int = 1
    column: int = 1

    def pass_over(self, piece: bytes) -> None:
        if lines := piece.count(b"\n"):
            self.line, self.column = self.line + lines, 1
            piece = piece[piece.rindex(b"\n") + 1 :]
        self.column += len(piece.translate(None, _CONTINUATION))


def _in_window(window: bytes, known: int, begin: _Place, path: str) -> Iterator[Finding]:
    """Those that do not end among the first `known` bytes, which an earlier window had."""
    place, passed = replace(begin), 0
    for match in _SECRET.finditer(window):
        secret = match[0].decode("ascii")
        if match.end() <= known or not is_minted_secret(secret):
            continue
        bar = _ID.search(window, max(0, match.start() - 20), match.start())
        start = bar.start() if bar else match.start()
        place.pass_over(window[passed:start])
        passed = start
        yield Finding(
            path=path,
            line=place.line,
            column=place.column,
            end_column=place.column + match.end() - start,
            token=f"{window[start : match.start()].decode('ascii')}{secret[:SHOWN_CHARACTERS]}...",
            sha256=sha256(match[0]).hexdigest(),
        )
