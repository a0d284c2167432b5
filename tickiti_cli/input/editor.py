"""Runs the user's own editor on a draft.

Rules: the editor reads and writes /dev/tty, so that the command's output may go to a pipe. A draft
that the user changed is deleted only by the caller.
"""

import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tickiti_cli.errors import UsageProblem

FALLBACK = "vi"
"""The editor that POSIX requires on every system."""


def draft(text: str, name: str) -> Path:
    """Write the text to a private file in a new private folder; returns the file's path."""
    path = Path(tempfile.mkdtemp(prefix="tickiti-")) / name
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
    return path


def discard(path: Path) -> None:
    """Delete the draft's folder, with the editor's backup copy and swap file."""
    shutil.rmtree(path.parent, ignore_errors=True)


def edit(path: Path, environ: Mapping[str, str]) -> str:
    """Run the editor on a draft; returns the text that the user saved.

    Raises UsageProblem if no editor runs, or the editor fails, as with `:cq` in vi. A changed draft
    then stays on the disk.
    """
    before = path.read_bytes()
    try:
        _run_editor(path, environ)
    except UsageProblem as problem:
        if path.exists() and path.read_bytes() != before:
            problem.hint = f"Your text is kept in {path}"
        else:
            discard(path)
        raise
    try:
        return path.read_text("utf-8").removeprefix("\ufeff")
    except (OSError, UnicodeDecodeError):
        raise UsageProblem(f"{path}: the saved text is not UTF-8.") from None


def _run_editor(path: Path, environ: Mapping[str, str]) -> None:
    name = next((name for name in ("VISUAL", "EDITOR") if environ.get(name, "").strip()), "")
    chosen = environ[name] if name else FALLBACK
    try:
        with Path("/dev/tty").open("r+b", buffering=0) as terminal, _ctrl_c_is_the_editors():
            done = subprocess.run(
                [*shlex.split(chosen), str(path)], stdin=terminal, stdout=terminal, check=False
            )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageProblem(
            f"{name or 'The editor'}: '{chosen}' cannot be run: {reason}.",
            hint="Name an editor: export EDITOR=nano",
        ) from None
    if done.returncode:
        raise UsageProblem(f"The editor '{chosen}' ended with {done.returncode}; nothing was done.")


@contextmanager
def _ctrl_c_is_the_editors() -> Iterator[None]:
    """Ignore Ctrl-C in this process only. The editor would inherit SIG_IGN, but not a handler."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
