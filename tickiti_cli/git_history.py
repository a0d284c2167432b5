"""Everything that a git repository ever held, as its own program tells it.

The rule of this file: git is asked for text alone. Nothing that the repository configures is run
for it: no pager, no external diff, no text conversion, no signature check, no hook.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tickiti_cli.token_search import Finding, Place, in_stream

_SAFE = (
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "log.showRoot=true",
    "-c", "core.quotePath=false",
)  # fmt: skip
_LOG = (
    "log", "--all", "--reverse", "-p", "-m", "-U0", "--text", "--no-ext-diff", "--no-textconv",
    "--no-color", "--no-renames", "--no-show-signature", "--full-history",
    "--src-prefix=a/", "--dst-prefix=b/",
    "--format=commit %H%n%an %ae%n%B%n%N",
)  # fmt: skip
_ELSEWHERE = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_NAMESPACE", "GIT_EXTERNAL_DIFF",
)  # fmt: skip
"""Variables that would have git look at another repository: a hook has some of them."""

_COMMIT = re.compile(rb"commit ([0-9a-f]{40,64})(?: \(from [0-9a-f]+\))?")
_FILE = re.compile(rb"\+\+\+ b/(.*)")
MOST_LINE = 4096
"""Bytes of a line that are looked at for the commit or the file that begins there."""


def is_repository(folder: Path) -> bool:
    """Whether git's data lie there, in a folder of their own or bare."""
    return (folder / ".git").exists() or (
        (folder / "HEAD").is_file() and (folder / "objects").is_dir()
    )


def tokens(folder: Path, environ: Mapping[str, str]) -> Iterator[Finding]:
    """The tokens in every commit of every branch, tag and stash: each once, where it came first.

    Raises OSError where git is not installed or fails.
    """
    seen: set[str] = set()
    program = _program(environ)
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(
            [program, *_SAFE, "-C", str(folder), *_LOG],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
            env=_environ(environ),
        ) as git:  # fmt: skip
            assert git.stdout is not None
            try:
                for finding in in_stream(git.stdout, _Commits(str(folder))):
                    if finding.sha256 not in seen:
                        seen.add(finding.sha256)
                        yield finding
            finally:
                git.stdout.close()
        if git.returncode:
            errors.seek(0)
            said = errors.read(1000).decode("utf-8", "replace").strip().partition("\n")[0]
            raise OSError(0, f"git ended with {git.returncode} ({said})", str(folder))


def _program(environ: Mapping[str, str]) -> str:
    """git on the PATH, but never one of the current folder. Raises OSError."""
    folders = [folder for folder in os.get_exec_path(environ) if Path(folder).is_absolute()]
    absolute = os.pathsep.join(folders)
    found = shutil.which("git", path=absolute) if absolute else None
    if found is None:
        raise OSError(0, "git is not installed")
    return found


def _environ(environ: Mapping[str, str]) -> dict[str, str]:
    """It asks nothing, fetches nothing, and answers in English."""
    kept = {name: value for name, value in environ.items() if name not in _ELSEWHERE}
    ours = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}
    return {**kept, **ours, "LC_ALL": "C"}


class _Commits(Place):
    """Which commit and which file a line of `git log -p` is of: the path of a finding there."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._folder, self._commit, self._file, self._begun = folder, "", "", b""

    def pass_over(self, piece: bytes) -> None:
        super().pass_over(piece)
        *lines, last = piece.split(b"\n")
        for line in lines:
            self._look(self._begun + line[:MOST_LINE])
            self._begun = b""
        self._begun = (self._begun + last)[:MOST_LINE]
        self.path = f"{self._folder} ({' '.join(filter(None, (self._commit, self._file)))})"

    def _look(self, line: bytes) -> None:
        if found := _COMMIT.fullmatch(line):
            self._commit, self._file = found[1].decode()[:12], ""
        elif found := _FILE.fullmatch(line):
            # git ends a name with blanks by a tab
            self._file = found[1].rstrip(b"\t").decode("utf-8", "replace")
