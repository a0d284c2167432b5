"""How bash comes to the script: from a file, a pipe or `eval`, and when the file changes later."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.shells import COMPLETIONS, found

SCRIPT = COMPLETIONS / "tickiti.bash"

ASK = """
ask() {
    COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_CWORD=$(($# - 1)) COMP_WORDS=("$@")
    _tickiti
    printf '%s' "${COMPREPLY[@]/%/ }"
}
"""

LINES = {
    "ask tickiti tok": "token ",
    "ask tickiti token ret": "retire ",
    "ask tickiti token mint --abil": "--ability ",
    "ask tickiti --outp": "--output ",
    "ask tickiti -qo j": "json ",
    "ask tickiti ticket participants add --idem": "--idempotency-key ",
    "ask tickiti ticket participants ad": "add ",
    "ask tickiti help exit": "exit-codes ",
    "ask tickiti help tick": "ticket ",
}


def bash(folder: Path, code: str) -> str:
    done = subprocess.run(
        [found("bash"), "--norc", "--noprofile", "-uc", f"{ASK}{code}"],
        env={"HOME": str(folder)}, cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    "loading",
    [
        ". ./'my completion'",
        '. "$HOME/my completion"',
        'eval "$(<"my completion")"',
        '. <(cat "my completion")',
        '. /dev/stdin <"my completion"',
        # As bash 3 of macOS, which has no mapfile.
        'enable -n mapfile; eval "$(<"my completion")"',
    ],
)
@pytest.mark.parametrize(("line", "offered"), LINES.items())
def test_bash_offers_the_same_however_it_read_the_script(
    tmp_path: Path, loading: str, line: str, offered: str
) -> None:
    (tmp_path / "my completion").write_bytes(SCRIPT.read_bytes())
    assert bash(tmp_path, f"{loading}\ncd /\n{line}") == offered


def test_a_shell_goes_on_with_the_script_of_another_version(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_bytes(SCRIPT.read_bytes())
    head, places, rest = SCRIPT.read_text().partition("__tickiti_nouns=")
    moved = re.sub(r"=(\d+),", lambda place: f"={int(place[1]) + 1},", rest.partition("\n")[0])
    rest = rest.partition("\n")[2]
    (tmp_path / "newer").write_text(f"{head}# One line more.\n{places}{moved}\n{rest}")
    code = f". {script}; ask tickiti token ret; mv newer script; ask tickiti ticket creat"
    assert bash(tmp_path, code) == "retire create "


@pytest.mark.parametrize("line", ["ask tickiti token ret", "ask tickiti -qo js"])
def test_a_removed_script_offers_nothing_and_says_nothing(tmp_path: Path, line: str) -> None:
    (tmp_path / "script").write_bytes(SCRIPT.read_bytes())
    assert bash(tmp_path, f". ./script; rm script; {line}").strip() == ""
