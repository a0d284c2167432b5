"""Completion in real shells: bash and zsh on a terminal, fish by its own query.

The rule of this file: the shells find no program to run, and a completion that misses one fails.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.shells import BASH, COMPLETIONS, ZSH, Terminal, environ, found, terminal
from tickiti_cli.parser.registry import NOUNS
from tickiti_cli.reference.tree import read_tree

VERBS = {command.words[1] for command in read_tree().commands if command.words[0] == "ticket"}
CASES = {
    # what is typed before TAB: what is offered, or what the word becomes
    "": " ".join(sorted(NOUNS)),
    "tick": "ticket",
    "ticket ": " ".join(sorted(VERBS)),
    "ticket participants ": "add remove",
    "-qo json skill action s": "set",
    "skill action set x y --perm": "--permission",
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
    "-o ": "csv html json markdown ndjson plain table",
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


def completed(line: str, offered: str) -> list[str]:
    """The words of the line once what is offered stands in place of the last one."""
    *before, last = line.split(" ")
    return [*before, *(offered.split() or ([last] if last else []))]


@pytest.mark.parametrize("line", CASES)
def test_bash_offers_the_matching_words(bash: Terminal, line: str) -> None:
    assert bash.ask(line) == completed(line, CASES[line])


@pytest.mark.parametrize("line", CASES)
def test_zsh_offers_the_matching_words(zsh: Terminal, line: str) -> None:
    assert zsh.ask(line) == completed(line, CASES[line])


def test_zsh_completes_a_value_without_a_space_before_it(zsh: Terminal) -> None:
    assert zsh.ask("-ojs") == ["-ojson"]


@pytest.mark.parametrize("line", CASES)
def test_fish_offers_the_matching_words(home: Path, line: str) -> None:
    script = f"source {COMPLETIONS}/tickiti.fish; complete -C 'tickiti {line}'"
    done = subprocess.run(
        [found("fish"), "--no-config", "-c", script],
        env=environ(home), cwd=home, capture_output=True, text=True, timeout=20, check=True,
    )  # fmt: skip
    offered = [row.split("\t")[0] for row in done.stdout.splitlines()]
    assert (sorted(offered), done.stderr) == (sorted({**CASES, **FISH_DIFFERS}[line].split()), "")


def help_of(path: str, flag: str) -> str:
    flags = next(command.flags for command in read_tree().commands if command.path == path)
    return next(found.help for found in flags if flag in found.names)


def test_fish_describes_the_offered_words(home: Path) -> None:
    script = f"source {COMPLETIONS}/tickiti.fish; complete -C 'tickiti ticket create --intern'"
    done = subprocess.run(
        [found("fish"), "--no-config", "-c", script],
        env=environ(home), cwd=home, capture_output=True, text=True, timeout=20, check=True,
    )  # fmt: skip
    assert done.stdout == f"--internal\t{help_of('ticket create', '--internal')}\n"


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
