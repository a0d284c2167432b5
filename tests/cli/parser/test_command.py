"""Every command takes global flags on either side of its name, has help, and working examples."""

import json
from typing import Any

import pytest
from typer.main import get_command

from tests.support.cli import Cli, Ran
from tests.support.commands import LEAVES, TREE
from tickiti_cli.parser.command import Command, verb
from tickiti_cli.parser.global_flags import GLOBAL
from tickiti_cli.parser.groups import noun

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y", "--dry-run")


PATHS = [" ".join(path) for path, _ in LEAVES]


def test_a_command_without_examples_cannot_be_built() -> None:
    bare = verb()

    @bare.command(cls=Command)
    def nothing() -> None:
        """No examples."""

    with pytest.raises(TypeError, match="the command 'nothing' has no examples in its epilog"):
        get_command(bare)


def test_a_group_with_a_single_command_stays_a_group() -> None:
    lonely = noun("Lonely.")

    @lonely.command(cls=Command, epilog="Examples:\ntickiti lonely only")
    def only() -> None:
        """Only."""

    assert [*get_command(lonely).commands] == ["only"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--json", *CREATE),
        ("ticket", "--json", *CREATE[1:]),
        (*CREATE, "--json"),
        ("-o", "json", *CREATE),
        ("ticket", "-ojson", *CREATE[1:]),
        (*CREATE, "--output=json"),
        ("-o", "table", *CREATE, "-o", "json"),
    ],
)
def test_a_global_flag_works_before_and_after_the_command(
    run: Cli, arguments: tuple[str, ...]
) -> None:
    run.configure('default_profile = "a"\n[profiles.a]\nbase_url = "https://a.example"\n')
    ran = run(*arguments)
    assert (ran.code, json.loads(ran.stdout)["url"]) == (0, "https://a.example/api/create_ticket")


def test_the_flag_nearest_to_the_end_wins(run: Cli) -> None:
    urls = "".join(f'[profiles.{n}]\nbase_url = "https://{n}.example"\n' for n in "abc")
    run.configure(urls)
    ran = run("-p", "a", "ticket", "-p", "b", *CREATE[1:], "-p", "c")
    assert json.loads(ran.stdout)["url"] == "https://c.example/api/create_ticket"


def test_option_value_may_look_like_a_flag(run: Cli) -> None:
    run.configure('default_profile = "a"\n[profiles.a]\nbase_url = "https://a.example"\n')
    ran = run("ticket", "create", "--from", "a@b.example", "-s", "-q", "-b", "--json", "--dry-run")
    body = json.loads(ran.stdout)["body"]
    assert body["data"] == {"subject": "-q", "content": "--json"}


def test_a_commands_own_flag_wins_over_the_global_one(run: Cli) -> None:
    own = {path: [p for p in leaf.params if "--timeout" in p.opts] for path, leaf in LEAVES}
    for path in (("server", "wait-ready"), ("server", "stop")):
        (timeout,) = own[path]
        assert timeout not in GLOBAL
    ran = run("server", "wait-ready", "--timeout", "0")
    assert ran == Ran(13, "", "tickiti: The server was not ready within 0 s.\n")


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=PATHS)
def test_command_help_shows_own_flags_and_where_global_flags_are(
    run: Cli, path: tuple[str, ...], command: Any
) -> None:
    ran = run(*path, "-h")
    assert (ran.code, ran.stderr) == (0, "")
    assert f"\n\nUSAGE\n  tickiti {' '.join(path)} " in ran.stdout
    assert (
        "\n\nGlobal flags such as --json, --profile and --quiet: see tickiti --help\n" in ran.stdout
    )
    flags = ran.stdout.partition("\n\nFLAGS\n")[2].partition("\n\n")[0].splitlines()
    shown = {line.split()[0].rstrip(",") for line in flags if line.lstrip().startswith("-")}
    assert not shown & {"--profile", "-p", "--base-url", "--json", "--retries"}


def test_the_root_shows_every_global_flag_and_every_noun(run: Cli) -> None:
    ran = run("--help")
    for option in GLOBAL:
        assert option.opts[-1] in ran.stdout
    for path, _ in TREE[1:]:
        assert f"  {path[0]}" in ran.stdout
