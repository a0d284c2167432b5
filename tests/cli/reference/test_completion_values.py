"""Names of queues, tokens and the like in real shells, from the files that lists have written.

The rule of this file: the shells find no program to run, and a name that is run leaves a file.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.shells import BASH, COMPLETIONS, ZSH, Terminal, environ, found, terminal
from tickiti_cli.files.name_cache import NameCache

HOSTILE = sorted([
    "$(touch run)", "a b'c", 'say "hi"', "`touch run`", "x;touch run", "*", "~root", "Größe ✓",
    "back\\slash", "!!", "#1", "${HOME}", "tab(le)", "a&b", "100%", "[x]", "key=value", "no:on",
    "mike@x.example", " lead and trail ", "$'\\x41'",
])  # fmt: skip
STAFF = ["anna@x.example", "ben@x.example"]
CASES = {
    # what is typed before TAB: what is offered for the last word
    "queue edit ": HOSTILE,
    "ticket create --queue ": HOSTILE,
    "ticket list --queue=key": ["--queue=key=value"],
    "ticket move 220009 220010 ": HOSTILE,
    "queue edit key=v": ["key=value"],
    "queue edit mike@": ["mike@x.example"],
    "queue edit no:": ["no:on"],
    "user grant ": STAFF,
    "user grant anna@x.example mike": ["mike@x.example"],
    "ticket assign 220009 ": ["@me", *STAFF, "nobody"],
    "ticket assign 220009 an": ["anna@x.example"],
    "-p prod queue edit ": ["Production"],
    "--profile=prod queue edit ": ["Production"],
    "-qp a/b%2F queue edit ": ["Slash"],
    "--base-url http://127.0.0.1:8642/ queue edit ": ["By address"],
    "-p nothing queue edit ": [],
    "alias delete ": ["mine", "urgent ones"],
    "min": ["mine"],
    "template view ": [],
}
CONFIG = """default_profile = "local"
[profiles.local]
base_url = "https://local.example"
[profiles.prod]
base_url = "https://prod.example"
[aliases]
mine = "ticket list --assigned @me"
'urgent ones' = "ticket list"
[defaults]
output = "json"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text(CONFIG)
    local = names_of(home, "local")
    local.keep("queue", HOSTILE)
    local.keep("user", STAFF)
    local.keep("staff", STAFF)
    names_of(home, "prod").keep("queue", ["Production"])
    names_of(home, "a/b%2F").keep("queue", ["Slash"])
    root = home / "config" / "names"
    NameCache(root, "http://127.0.0.1:8642", None).keep("queue", ["By address"])
    project = home / "project" / "inner"
    project.mkdir(parents=True)
    (project.parent / ".tickiti.toml").write_text("profile = 'prod'\n[defaults]\n")
    return home


def names_of(home: Path, profile: str) -> NameCache:
    return NameCache(home / "config" / "names", f"https://{profile[0]}.example", profile)


@pytest.fixture(scope="module")
def bash(home: Path) -> Iterator[Terminal]:
    yield from terminal("bash", "--norc", "--noprofile", "-i", home=home, setup=BASH)


@pytest.fixture(scope="module")
def zsh(home: Path) -> Iterator[Terminal]:
    yield from terminal("zsh", "-f", "-i", home=home, setup=ZSH)


def words_of(shell: Terminal, line: str) -> list[str]:
    """The words behind those that were complete before TAB."""
    before = line.split(" ")[:-1]
    words = shell.ask(line)
    assert words[: len(before)] == before
    return words[len(before) :]


@pytest.fixture(autouse=True)
def nothing_was_run(home: Path) -> Iterator[None]:
    yield
    assert not list(home.rglob("run"))


@pytest.mark.parametrize("line", CASES)
def test_bash_offers_names_without_executing_them(bash: Terminal, line: str) -> None:
    assert sorted(words_of(bash, line)) == sorted(CASES[line])


@pytest.mark.parametrize("typed", ["mike@", "mike@x.e", "key=v", "no:", "a\\&"])
def test_bash_completes_the_rest_of_a_name(bash: Terminal, typed: str) -> None:
    (word,) = bash.ask(f"queue delete {typed}", "\t")[2:]
    assert word in HOSTILE


@pytest.mark.parametrize("line", CASES)
def test_zsh_offers_names_without_executing_them(zsh: Terminal, line: str) -> None:
    assert sorted(words_of(zsh, line)) == sorted(CASES[line])


@pytest.mark.parametrize("typed", ["'$(touch", '"\\$(touch', "\\$\\(touch", "'`tou"])
def test_bash_completes_a_name_in_the_quotes_that_were_typed(bash: Terminal, typed: str) -> None:
    (word,) = bash.ask(f"queue edit {typed}", "\t")[2:]
    assert word in HOSTILE


@pytest.mark.parametrize("typed", ["'$(touch", '"\\$(touch', "\\$\\(touch", "'`tou", '"a b'])
def test_zsh_completes_a_name_in_the_quotes_that_were_typed(zsh: Terminal, typed: str) -> None:
    (word,) = zsh.ask(f"queue edit {typed}")[2:]
    assert word in HOSTILE


def fish(home: Path, line: str, folder: Path | None = None, **others: str) -> list[str]:
    script = f"source {COMPLETIONS}/tickiti.fish; complete -C $argv"
    done = subprocess.run(
        [found("fish"), "--no-config", "-c", script, f"tickiti {line}"],
        env=environ(home) | others, cwd=folder or home,
        capture_output=True, text=True, timeout=20, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return sorted(row.split("\t")[0] for row in done.stdout.splitlines())


@pytest.mark.parametrize("line", CASES)
def test_fish_offers_names_without_executing_them(home: Path, line: str) -> None:
    assert fish(home, line) == sorted(CASES[line])


def bash_once(home: Path, line: str, folder: Path | None = None, **others: str) -> list[str]:
    words = line.split(" ")
    ask = (
        f"source {COMPLETIONS}/tickiti.bash; COMP_LINE=$0 COMP_POINT=${{#0}} "
        'COMP_CWORD=$(($# - 1)) COMP_WORDS=("$@"); _tickiti; '
        '[[ ! $COMPREPLY ]] || printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        [found("bash"), "-c", ask, f"tickiti {line}", "tickiti", *words],
        env=environ(home) | others, cwd=folder or home,
        capture_output=True, text=True, timeout=20, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return sorted(done.stdout.splitlines())


def zsh_once(home: Path, line: str, folder: Path | None = None, **others: str) -> list[str]:
    at = f"cd {folder or home}; " + " ".join(f"export {n}='{v}';" for n, v in others.items())
    shell = terminal("zsh", "-f", "-i", home=home, setup=f"{at}{ZSH}")
    offered = words_of(next(shell), line)
    shell.close()
    return sorted(offered)


SHELLS = [bash_once, zsh_once, fish]


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_uses_the_server_that_a_command_would_use(shell, home: Path) -> None:  # type: ignore[no-untyped-def]
    inner = home / "project" / "inner"
    assert shell(home, "queue edit ", inner) == ["Production"]
    named = {"TICKITI_PROFILE": "a/b%2F"}
    assert shell(home, "queue edit ", inner, **named) == ["Slash"]
    address = {"TICKITI_API_BASE": "http://127.0.0.1:8642", **named}
    assert [word.replace("\\", "") for word in shell(home, "queue edit ", inner, **address)] == [
        "By address"
    ]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_name_may_be_in_the_cache_folder_of_the_user(shell, home: Path) -> None:  # type: ignore[no-untyped-def]
    for folder, kind in ((".config", "config.toml"), (".cache", "names")):
        (home / folder).mkdir(exist_ok=True)
        target = home / folder / "tickiti"
        target.mkdir(exist_ok=True)
        if not os.path.lexists(target / kind):
            (target / kind).symlink_to(home / "config" / kind)
    assert shell(home, "-p prod queue edit ", TICKITI_CONFIG_DIR="") == ["Production"]


def test_a_thousand_names_are_offered_at_one_tab(home: Path) -> None:
    names_of(home, "many").keep("queue", [f"Queue {number:04}" for number in range(1200)])
    offered = bash_once(home, "-p many queue edit ")
    assert (len(offered), offered[0]) == (1000, "Queue\\ 0000")
