"""An alias stands for words of the command line; only the user's own file has aliases."""

import json
import tomllib
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply

INDEX = reply({"ok": True, "data": {"tickets": [], "next_cursor": None}})


def body(foreign: Foreign) -> dict[str, object]:
    found: dict[str, object] = json.loads(foreign.asked[-1].body)
    return found


def test_an_alias_passes_the_following_words_to_its_command(remote: Cli, foreign: Foreign) -> None:
    assert remote("alias", "set", "late", "ticket list --subject 'too late'") == Ran(
        0, "late\n", ""
    )
    foreign.answers(INDEX)
    ran = remote("late", "--status", "open", "--json")
    assert (ran.code, ran.stdout) == (0, "[]\n")
    assert body(foreign)["search_object"] == {
        "criteria": [
            {"mode": "status", "tokens": ["open"]}, {"mode": "subject", "tokens": ["too late"]},
        ]
    }  # fmt: skip
    assert remote("-p", "far", "--json", "late").stdout == "[]\n"
    assert remote("alias", "list") == Ran(0, "late\tticket list --subject 'too late'\n", "")
    assert remote("config", "get", "aliases.late").stdout == "ticket list --subject 'too late'\n"


def test_the_last_alias_takes_its_table_along_but_no_comment(remote: Cli) -> None:
    """Version 0.1.0, to which an upgrade may be undone, refuses a file with [aliases]."""
    path = Path(remote("config", "path").stdout.strip())
    before = tomllib.loads(path.read_text())
    assert remote("alias", "set", "v", "version").code == 0
    assert remote("alias", "delete", "v").code == 0
    assert tomllib.loads(path.read_text()) == before
    path.write_text(f"{path.read_text()}\n[aliases]\n# mine\nv = 'version'\n")
    assert remote("alias", "delete", "v").code == 0
    assert path.read_text().endswith("[aliases]\n# mine\n")


def test_a_deleted_alias_is_an_unknown_command(remote: Cli) -> None:
    assert remote("alias", "set", "v", "version").code == 0
    assert remote("v").stdout == remote("version").stdout
    assert remote("alias", "delete", "v") == Ran(0, "v\n", "")
    assert remote("v").code == 2
    assert remote("alias", "delete", "v") == Ran(
        6, "", "tickiti: There is no alias 'v'.\nSee: tickiti alias list\n"
    )
    assert remote("alias", "list").stdout == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ticket", "queue list"),
        ("alias", "queue list"),
        ("a b", "queue list"),
        ("-x", "queue list"),
        ("x", ""),
        ("x", "ticket list 'open"),
        ("x", "!ls"),
        ("x", "rm -rf"),
        ("x", "api x -f token=14|abcdefghijklmnopqrstuvwxyz"),
    ],
)
def test_an_invalid_alias_is_not_stored(remote: Cli, name: str, words: str) -> None:
    before = (remote.config / "config.toml").read_text()
    ran = remote("alias", "set", "--", name, words)
    assert (ran.code, ran.stdout) == (2, ""), ran
    assert (remote.config / "config.toml").read_text() == before


def test_an_alias_never_hides_a_command_and_never_names_another(remote: Cli) -> None:
    with (remote.config / "config.toml").open("a") as file:
        file.write('[aliases]\nversion = "op list"\na = "b"\nb = "version"\nbad = "x \'"\n')
    assert remote("version").stdout.startswith("tickiti ")
    assert remote("b").stdout.startswith("tickiti ")
    assert remote("a").code == 2
    bad = remote("bad")
    assert (bad.code, "tickiti alias set bad WORDS" in bad.stderr) == (2, True)


def test_an_alias_of_a_project_file_does_not_count(remote: Cli) -> None:
    path = remote.folder / ".tickiti.toml"
    path.write_text('[aliases]\nv = "version"\n')
    assert remote("v").code == 2
    ran = remote("alias", "list")
    assert ran.stdout == ""
    assert f"{path}: aliases is ignored" in remote("config", "list").stderr


def test_no_shell_reads_the_words_of_an_alias(remote: Cli) -> None:
    made = remote.folder / "made"
    assert remote("alias", "set", "x", f"version ; touch {made}").code == 0
    assert remote("x").code == 2
    assert not made.exists()
