"""Real shells complete profile names of any character, and files."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.shells import BASH, COMPLETIONS, ZSH, Terminal, environ, found, terminal
from tickiti_cli.reference.tree import Kind, read_tree

PROFILES = {
    # what is typed before TAB: the profile, as config.toml names it
    "it": ("it's", '''"it's"'''),
    "pr": ("prod$x", '"prod$x"'),
    "x": ("x;id >owned", '"x;id >owned"'),
    "my": ("my prof", '"my prof"'),
    "st": ("st*r", '"st*r"'),
    "qu": ('qu"ote', r'"qu\"ote"'),
    "ba": ("ba\\ck", r'"ba\\ck"'),
    "li": ('li"teral', "'li\"teral'"),
    "su": ("su`id`$(id)", '"su`id`$(id)"'),
    "co": ("co,mma", '"co,mma"'),
    "am": ("am&p>e", '"am&p>e"'),
    "br": ("br{a,b}[x]?", '"br{a,b}[x]?"'),
    "da": ("da-sh_9", "da-sh_9"),
    "mü": ("mü ller", '"mü ller"'),
    "ha": ("ha#sh!", '"ha#sh!"'),
}  # fmt: skip
FILES = {
    "ticket create --attach pho": "photo.png",
    "ticket create --attach=pho": "--attach=photo.png",
    "ticket respond 220009 --attach pho": "photo.png",
    "token scan pho": "photo.png",
    "template pull fold": "folder",
    "template push fold": "folder",
    "server backup pho": "photo.png",
    "ticket create --attach my": "my photo.png",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("names")
    (home / "photo.png").touch()
    (home / "my photo.png").touch()
    (home / "folder").mkdir()
    config = home / "config"
    config.mkdir()
    lines = [f"[profiles.{key}]\n" for _, key in PROFILES.values()]
    (config / "config.toml").write_text("".join(lines), "utf-8")
    return home


@pytest.fixture(scope="module")
def bash(home: Path) -> Iterator[Terminal]:
    yield from terminal("bash", "--norc", "--noprofile", "-i", home=home, setup=f"{BASH}; set +H")


@pytest.fixture(scope="module")
def zsh(home: Path) -> Iterator[Terminal]:
    yield from terminal("zsh", "-f", "-i", home=home, setup=f"unsetopt bang_hist\n{ZSH}")


def tab(shell: Terminal, line: str) -> list[str]:
    """The words after TAB itself, which keeps a quote that was begun; to insert all does not."""
    os.write(shell.leader, f"tickiti {line}\t\n".encode())
    shell.read_to(b"TYPED[")
    return shell.read_to(b"]END").decode().split("|")[:-1]


def assert_nothing_ran(home: Path) -> None:
    assert not (home / "owned").exists()


@pytest.mark.parametrize("stem", PROFILES)
@pytest.mark.parametrize("flags", ["-p ", "--profile=", "profile use "])
def test_bash_inserts_the_name_of_a_profile_as_one_word(
    bash: Terminal, home: Path, flags: str, stem: str
) -> None:
    name = PROFILES[stem][0]
    *before, last = f"{flags}{stem}".split(" ")
    assert bash.ask(f"{flags}{stem}") == [*before, last.removesuffix(stem) + name]
    assert_nothing_ran(home)


@pytest.mark.parametrize("stem", PROFILES)
def test_zsh_inserts_the_name_of_a_profile_as_one_word(
    zsh: Terminal, home: Path, stem: str
) -> None:
    assert zsh.ask(f"-p {stem}") == ["-p", PROFILES[stem][0]]
    assert_nothing_ran(home)


@pytest.mark.parametrize("typed", ["my\\ p", "'my p", '"my p'])
def test_bash_completes_inside_an_open_quote(bash: Terminal, typed: str) -> None:
    assert tab(bash, f"-p {typed}") == ["-p", "my prof"]


@pytest.mark.parametrize("typed", ['"prod', '"su', '"ba', '"qu'])
def test_bash_expands_nothing_within_double_quotes(bash: Terminal, typed: str) -> None:
    assert tab(bash, f"-p {typed}") == ["-p", PROFILES[typed[1:3]][0]]


@pytest.mark.parametrize("line", FILES)
def test_bash_offers_files_where_a_file_is_wanted(bash: Terminal, line: str) -> None:
    *before, _ = line.split(" ")
    assert [word.rstrip("/") for word in bash.ask(line)] == [*before, FILES[line]]


@pytest.mark.parametrize("line", FILES)
def test_zsh_offers_files_where_a_file_is_wanted(zsh: Terminal, line: str) -> None:
    *before, _ = line.split(" ")
    assert [word.rstrip("/") for word in zsh.ask(line)] == [*before, FILES[line]]


def fish_offers(home: Path, line: str) -> list[str]:
    script = f"source {COMPLETIONS}/tickiti.fish; complete -C $line"
    done = subprocess.run(
        [found("fish"), "--no-config", "-c", script],
        env=environ(home) | {"line": f"tickiti {line}"}, cwd=home, capture_output=True, text=True,
        timeout=20, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return [row.split("\t")[0] for row in done.stdout.splitlines()]


@pytest.mark.parametrize("stem", PROFILES)
def test_fish_offers_the_name_of_a_profile_as_one_word(home: Path, stem: str) -> None:
    (offered,) = fish_offers(home, f"-p {stem}")
    show = subprocess.run(
        [found("fish"), "--no-config", "-c", f"printf '%s|' {offered}"],
        cwd=home, env=environ(home), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert PROFILES[stem][0] in (offered, show.stdout.removesuffix("|"))
    assert_nothing_ran(home)


@pytest.mark.parametrize("line", FILES)
def test_fish_offers_files_where_a_file_is_wanted(home: Path, line: str) -> None:
    offered = [name.replace("\\ ", " ").rstrip("/") for name in fish_offers(home, line)]
    assert FILES[line] in offered


def test_file_flags_complete_files() -> None:
    for command in read_tree().commands:
        for flag in command.flags:
            if flag.value and "FILE" in flag.value.metavar:
                assert flag.value.kind is Kind.FILE or "@" in flag.value.metavar, flag.names


def test_a_name_that_cannot_be_one_line_is_not_offered(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[profiles."a\\nb"]\n[profiles."ok"]\n[profiles.""]\n')
    ask = f"""source {COMPLETIONS}/tickiti.bash
    COMP_LINE='tickiti -p ' COMP_POINT=11 COMP_CWORD=2 COMP_WORDS=(tickiti -p '')
    _tickiti; printf '<%s>' "${{COMPREPLY[@]}}\""""
    offered = subprocess.run(
        [found("bash"), "-uc", ask],
        env={"TICKITI_CONFIG_DIR": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (offered.stdout, offered.stderr) == ("<ok>", "")


def test_values_that_are_described_alike_are_completed_alike() -> None:
    kinds: dict[str, set[tuple[Kind, str]]] = {}
    for command in read_tree().commands:
        described = [(flag.help, flag.value) for flag in command.flags if flag.value]
        described += [(argument.help, argument.value) for argument in command.arguments]
        for text, value in described:
            kinds.setdefault(text, set()).add((value.kind, value.names))
    assert {text: found for text, found in kinds.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("path", "value", "names"),
    [
        ("callback trigger", "NAME", "intervention"),
        ("resolution reorder", "RESOLUTION...", "resolution"),
        ("token mint", "--user", "staff"),
        ("server act", "--assign", "staff"),
        ("server stop", "--name", "profile"),
        ("ticket respond", "--from", "staff"),
        ("ticket close", "--from", "staff"),
    ],
)
def test_names_are_offered_where_a_sibling_offers_them(path: str, value: str, names: str) -> None:
    command = next(command for command in read_tree().commands if command.path == path)
    values = {flag.names[-1]: flag.value for flag in command.flags if flag.value}
    values |= {argument.value.metavar: argument.value for argument in command.arguments}
    assert values[value].names == names
