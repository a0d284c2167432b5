"""A person's own editor on a text.

The rule of this file: it has the terminal to itself, wherever the command's own output goes, and
what was typed is never lost to a mistake.
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
"""The editor that POSIX wants everywhere."""


def draft(text: str, name: str) -> Path:
    """A file for the text in a folder of the user's own, which nobody else can read."""
    path = Path(tempfile.mkdtemp(prefix="tickiti-")) / name
    path.touch(mode=0o600)
    path.write_text(text, "utf-8")
    return path


def discard(path: Path) -> None:
    """With what the editor has left beside it: a copy of before, a swap file."""
    shutil.rmtree(path.parent, ignore_errors=True)


def edit(path: Path, environ: Mapping[str, str]) -> str:
    """Let a person change a draft; what it holds then.

    Raises UsageProblem where there is no editor, or it ended with a failure: it crashed, or was
    left so on purpose, as `:cq` does. What was typed until then stays in the draft.
    """
    before = path.read_bytes()
    try:
        _run_editor(path, environ)
    except UsageProblem as problem:
        if path.exists() and path.read_bytes() != before:
            problem.hint = f"What you typed is kept in {path}"
        else:
            discard(path)
        raise
    try:
        return path.read_text("utf-8").removeprefix("\ufeff")
    except (OSError, UnicodeDecodeError):
        raise UsageProblem(f"{path}: the editor left no UTF-8 text.") from None


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
        raise UsageProblem(f"The editor '{chosen}' ended with {done.returncode}: nothing was done.")


@contextmanager
def _ctrl_c_is_the_editors() -> Iterator[None]:
    """A handler, not SIG_IGN, which the editor would inherit."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
