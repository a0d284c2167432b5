"""The history of a git repository: every object in it, those of no branch included.

Rule: git reads objects and runs nothing that the repository configures. `git log -p` would run its
diff programs; `cat-file` has no diff, and the one `log` here compares ids of objects alone.
"""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from tickiti_cli.contract.files.file_system import exists, is_file, is_folder
from tickiti_cli.tokens.scan import file_text
from tickiti_cli.tokens.scan.token_search import Finding, Position, in_stream

_SAFE = (
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false",
)  # fmt: skip
_OBJECTS = ("cat-file", "--batch-all-objects", "--unordered", "--batch")
_CHANGES = (
    "log", "--all", "--reflog", "--topo-order", "--reverse", "-m", "--raw", "--no-abbrev", "-z",
    "--no-ext-diff", "--no-textconv", "--no-renames", "--no-color", "--no-show-signature",
    "--full-history", "--root", "--format=commit %H%x00",
)  # fmt: skip
"""Every commit, the oldest first, with the ids and names of the files that it changes."""

_ELSEWHERE = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_NAMESPACE", "GIT_EXTERNAL_DIFF",
)  # fmt: skip
"""Variables that name another repository; git sets some of them for a hook."""

_HEADER = re.compile(rb"([0-9a-f]{40,64}) ([a-z]+) ([0-9]+)\n")
_COMMIT = re.compile(r"commit ([0-9a-f]{40,64})")
_PROMISOR = re.compile(rb"remote\..*\.promisor\ntrue", re.DOTALL)
"""A setting of a clone made with --filter."""

SHOWN_ID = 12
"""Characters of an object's id."""

MOST_HEADER = 200
READ_BYTES = 1 << 16


class _Place(NamedTuple):
    """Where an object appears first."""

    position: int
    """Its rank among the objects that were looked for."""

    commit: str
    file: str

    @property
    def shown(self) -> str:
        return " ".join(filter(None, (self.commit[:SHOWN_ID], self.file)))


def is_repository(folder: Path) -> bool:
    """True for a work tree and for a bare repository."""
    return exists(folder / ".git") or (is_file(folder / "HEAD") and is_folder(folder / "objects"))


def enclosing(path: Path) -> Path | None:
    """The nearest repository that has a file or folder, or None. Only file names are looked at:
    git does not run. The repository is as relative as the path."""
    real = path.resolve()
    for folder in (real, *real.parents):
        if is_repository(folder):
            if folder == real:
                return path
            return folder if path.is_absolute() else Path(os.path.relpath(folder))
    return None


def missing_part(folder: Path, environ: Mapping[str, str]) -> str:
    """What a clone does not have of its history, as a sentence; empty for a whole one. Raises
    OSError."""
    git = [_program(environ), *_SAFE, "-C", str(folder)]
    with _output(git, ("rev-parse", "--is-shallow-repository"), environ) as stream:
        if stream.read().strip() == b"true":
            return (
                f"{folder} is a shallow clone: its older commits are not here and were not "
                f"searched. To fetch them: git -C {shlex.quote(str(folder))} fetch --unshallow"
            )
    with _output(git, ("config", "-z", "--list"), environ) as stream:
        if any(_PROMISOR.fullmatch(setting) for setting in stream.read().split(b"\0")):
            return (
                f"{folder} is a partial clone: files that are not here were not searched. "
                "Scan a whole clone to search them."
            )
    return ""


def tokens(folder: Path, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Find the tokens in every object: files, messages of commits and tags; each token once.

    A finding's path names the first commit and the file. Raises OSError where git is not installed
    or fails, and for an object that cannot be read to its end.
    """
    git = [_program(environ), *_SAFE, "-C", str(folder)]
    found: dict[str, dict[str, Finding]] = {}
    with _output(git, _OBJECTS, environ) as stream:
        for finding in _in_objects(stream):
            found.setdefault(finding.sha256, {}).setdefault(finding.path, finding)
    if not found:
        return
    with _output(git, _CHANGES, environ) as stream:
        places = _places(stream, {object_id for known in found.values() for object_id in known})
    firsts = [_first(known, places) for known in found.values()]
    for place, finding in sorted(firsts):
        yield finding._replace(path=f"{folder} ({place.shown})")


def _first(
    known: Mapping[str, Finding], places: Mapping[str, "_Place"]
) -> tuple["_Place", Finding]:
    """The first of the places that have a token. An object of no commit comes last."""
    last = len(places)
    return min((places.get(oid, _Place(last, oid, "")), finding) for oid, finding in known.items())


def _in_objects(stream: IO[bytes]) -> Iterator[Finding]:
    """The findings of every object but trees. The path of each is the object's id."""
    while header := stream.readline(MOST_HEADER):
        parts = _HEADER.fullmatch(header)
        if parts is None:
            raise OSError(0, f"git printed an unknown header ({header[:60]!r})")
        body = _Body(stream, int(parts[3]))
        if parts[2] != b"tree":
            source, _form = file_text.opened(body)
            yield from in_stream(source, Position(parts[1].decode()))
        body.drain()
        if stream.read(1) != b"\n":
            raise OSError(0, "git ended within an object")


class _Body:
    """The bytes of one object in the stream of all."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream, self._left = stream, size

    def read(self, size: int, /) -> bytes:
        piece = self._stream.read(min(size, self._left))
        self._left -= len(piece)
        return piece

    def drain(self) -> None:
        while self._left and self.read(READ_BYTES):
            pass


def _places(stream: IO[bytes], wanted: Set[str]) -> dict[str, _Place]:
    """Where each of the objects appears first, in the order of the commits."""
    found: dict[str, _Place] = {}
    commit, changed = "", [""]
    for field in _fields(stream):
        if header := _COMMIT.fullmatch(field):
            commit, changed = header[1], [header[1]]
        elif field.startswith(":"):
            changed = field.split(" ")[2:4]
            continue
        for object_id in changed:
            if object_id in wanted and object_id not in found:
                file = "" if object_id == commit else field
                found[object_id] = _Place(len(found), commit, file)
        changed = []
    return found


def _fields(stream: IO[bytes]) -> Iterator[str]:
    """The parts of the output of `git log -z`, which end with NUL."""
    begun = b""
    while piece := stream.read(READ_BYTES):
        *fields, begun = (begun + piece).split(b"\0")
        for field in fields:
            yield field.decode("utf-8", "replace").strip("\n")


@contextmanager
def _output(
    git: Sequence[str], words: Sequence[str], environ: Mapping[str, str]
) -> Iterator[IO[bytes]]:
    """The standard output of a git command. Raises OSError with git's own reason where it fails."""
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(
            [*git, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=_environ(environ),
        ) as process:
            assert process.stdout is not None
            try:
                yield process.stdout
            finally:
                process.stdout.close()
        if process.returncode:
            errors.seek(0)
            message = errors.read(1000).decode("utf-8", "replace").strip().partition("\n")[0]
            raise OSError(0, f"git ended with {process.returncode} ({message})")


def _program(environ: Mapping[str, str]) -> str:
    """Find git on the PATH, but never in the current folder. Raises OSError."""
    folders = [folder for folder in os.get_exec_path(environ) if Path(folder).is_absolute()]
    absolute = os.pathsep.join(folders)
    found = shutil.which("git", path=absolute) if absolute else None
    if found is None:
        raise OSError(0, "git is not installed")
    return found


def _environ(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which git never prompts or fetches, and prints English."""
    kept = {name: value for name, value in environ.items() if name not in _ELSEWHERE}
    ours = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}
    # git before 2.45 fetches a missing object nevertheless, by a program that the repository names.
    ours["GIT_ALLOW_PROTOCOL"] = "none"
    return {**kept, **ours, "LC_ALL": "C"}
