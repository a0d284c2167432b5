"""TAB in real shells: bash and zsh on a terminal of their own, fish by its own question.

The rule of this file: the shells find no program to run, and a completion that misses one fails.
"""

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

from tickiti_cli.nouns import NOUNS
from tickiti_cli.surface.tree import read

COMPLETIONS = Path(__file__).parent.parent / "completions"
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

VERBS = [command.words[1] for command in read().commands if command.words[0] == "ticket"]
CASES = {
    # what is typed before TAB: what is offered, or what the word becomes
    "": " ".join(sorted(NOUNS)),
    "tick": "ticket",
    "ticket ": " ".join(sorted(VERBS)),
    "--json tok": "token",
    "-p prod -qo json ticket vi": "view",
    "--profile=prod ticket vi": "view",
    "-p ticket tok": "token",
    "ticket create --body-f": "--body-file --body-format",
    "ticket create --su": "--subject",
    "ticket list --ret": "--retries",
    "template edit 1 --en": "--enable",
    "template edit 1 --dis": "--disable",
    "server stop --timeo": "--timeout",
    "-o ": "csv json ndjson plain table",
    "-qo nd": "ndjson",
    "ticket list --output js": "json",
    "--output=js": "--output=json",
    "--color al": "always",
    "ticket create --body-format h": "html",
    "server start --log-format=j": "--log-format=json",
    "token mint --preset fi": "filer",
    "token mint --ability tickets:w": "tickets:write",
    "token mint --ability=tickets:w": "--ability=tickets:write",
    "api tickets.sh": "tickets.show",
    "ticket create --body-file por": "portal.token",
    "--token-file=por": "--token-file=portal.token",
    "-p ": "local prod.eu",
    "profile use pr": "prod.eu",
    "ticket create --subject --bod": "",
    "ticket create --subject tick": "",
    "ticket view 220009 --raw": "--raw-html",
    "ticket list -- --al": "",
    "ticket create --frob": "",
}
FISH_DIFFERS = {
    # fish never takes a word that begins with - for the value of the flag before it
    "ticket create --subject --bod": "--body --body-file --body-format"
}


@dataclass(frozen=True, slots=True)
class Terminal:
    """An interactive shell whose `tickiti` shows the words it was given."""

    leader: int

    def ask(self, line: str) -> list[str]:
        """The words of the command line after everything that fits was inserted."""
        os.write(self.leader, f"tickiti {line}{INSERT_ALL}\n".encode())
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


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "portal.token").touch()
    config = home / "config"
    config.mkdir()
    (config / "config.toml").write_text('[profiles.local]\n[profiles."prod.eu"]\n[defaults]\n')
    return home


@pytest.fixture(scope="module")
def bash(home: Path) -> Iterator[Terminal]:
    yield from terminal("bash", "--norc", "--noprofile", "-i", home=home, setup=BASH)


@pytest.fixture(scope="module")
def zsh(home: Path) -> Iterator[Terminal]:
    yield from terminal("zsh", "-f", "-i", home=home, setup=ZSH)


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


def completed(line: str, offered: str) -> list[str]:
    """The words of the line once what is offered stands in place of the last one."""
    *before, last = line.split(" ")
    return [*before, *(offered.split() or ([last] if last else []))]


@pytest.mark.parametrize("line", CASES)
def test_bash_offers_what_fits(bash: Terminal, line: str) -> None:
    assert bash.ask(line) == completed(line, CASES[line])


@pytest.mark.parametrize("line", CASES)
def test_zsh_offers_what_fits(zsh: Terminal, line: str) -> None:
    assert zsh.ask(line) == completed(line, CASES[line])


def test_zsh_completes_a_value_without_a_space_before_it(zsh: Terminal) -> None:
    assert zsh.ask("-ojs") == ["-ojson"]


@pytest.mark.parametrize("line", CASES)
def test_fish_offers_what_fits(home: Path, line: str) -> None:
    script = f"source {COMPLETIONS}/tickiti.fish; complete -C 'tickiti {line}'"
    done = subprocess.run(
        [found("fish"), "--no-config", "-c", script],
        env=environ(home), cwd=home, capture_output=True, text=True, timeout=20, check=True,
    )  # fmt: skip
    offered = [row.split("\t")[0] for row in done.stdout.splitlines()]
    assert (sorted(offered), done.stderr) == (sorted({**CASES, **FISH_DIFFERS}[line].split()), "")


def test_fish_says_what_a_word_means(home: Path) -> None:
    script = f"source {COMPLETIONS}/tickiti.fish; complete -C 'tickiti ticket create --intern'"
    done = subprocess.run(
        [found("fish"), "--no-config", "-c", script],
        env=environ(home), cwd=home, capture_output=True, text=True, timeout=20, check=True,
    )  # fmt: skip
    assert done.stdout == "--internal\tFor staff only.\n"


@pytest.mark.parametrize("line", ["[profiles.local]", '  [profiles."local"] # mine'])
def test_a_single_profile_is_the_only_word_that_bash_offers(tmp_path: Path, line: str) -> None:
    (tmp_path / "config.toml").write_text(f"[defaults]\n{line}\nbase_url = 'https://t.example'")
    ask = f"""source {COMPLETIONS}/tickiti.bash
    COMP_LINE='tickiti profile use ' COMP_POINT=20 COMP_CWORD=3 COMP_WORDS=(tickiti profile use '')
    _tickiti; printf '<%s>' "${{COMPREPLY[@]}}\""""
    offered = subprocess.run(
        [found("bash"), "-c", ask],
        env={"TICKITI_CONFIG_DIR": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (offered.stdout, offered.stderr) == ("<local>", "")
