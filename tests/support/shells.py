"""A shell on a terminal, and what its completion offers."""

import os
import pty
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

COMPLETIONS = Path(__file__).parents[2] / "completions"


PATIENCE_SECONDS = 20


SHOW = r"""tickiti() { printf 'TYP''ED['; printf '%s|' "$@"; printf ']END\n'; }; echo REA''DY"""


BASH = f"""source {COMPLETIONS}/tickiti.bash; bind '"\\C-xa": insert-completions'
bind 'set enable-bracketed-paste off'; {SHOW}"""


ZSH = f"""unsetopt zle_bracketed_paste prompt_cr prompt_sp; bindkey -e; PS1=
fpath=({COMPLETIONS} $fpath); autoload -U compinit; compinit -u -D
zstyle ':completion:*' completer _complete; zle -C every menu-complete _generic
zstyle ':completion:every::::' completer _all_matches _complete
zstyle ':completion:every:*' insert yes; bindkey '^Xa' every; {SHOW}"""


INSERT_ALL = "\x18a"


@dataclass(frozen=True, slots=True)
class Terminal:
    """An interactive shell whose `tickiti` shows the words it was given."""

    leader: int

    def ask(self, line: str, key: str = INSERT_ALL) -> list[str]:
        """The words of the command line after everything that fits was inserted."""
        os.write(self.leader, f"tickiti {line}{key}\n".encode())
        assert b"not found" not in self.read_to(b"TYPED["), "a program was to be run"
        return self.read_to(b"]END").decode().split("|")[:-1]

    def read_to(self, mark: bytes) -> bytes:
        screen = b""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not screen.endswith(mark):
            if time.monotonic() > deadline or not select.select([self.leader], [], [], 5)[0]:
                pytest.fail(f"waiting for {mark!r}, the screen showed {screen!r}")
            screen += os.read(self.leader, 1)
        return screen[: -len(mark)]


def terminal(*argv: str, home: Path, setup: str) -> Iterator[Terminal]:
    program = found(argv[0])
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [program, *argv[1:]],
        stdin=follower, stdout=follower, stderr=follower,
        env=environ(home), cwd=home, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    shell = Terminal(leader)
    try:
        os.write(leader, f"{setup}\n".encode())
        shell.read_to(b"READY\r")
        yield shell
    finally:
        os.close(leader)
        process.kill()
        process.wait(PATIENCE_SECONDS)


def found(shell: str) -> str:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    return program


def environ(home: Path) -> dict[str, str]:
    """No program is on the PATH."""
    return {
        "PATH": str(home / "nothing"),
        "HOME": str(home),
        "TERM": "dumb",
        "LANG": "C.UTF-8",
        "PS1": "",
        "TICKITI_CONFIG_DIR": str(home / "config"),
    }
