"""What holds for every command: flags on either side of its name, help, examples that work."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.main import get_command

from tests.cli import decisions, examples
from tests.cli.conftest import Cli, Ran
from tests.place import Place
from tickiti_cli.app import app
from tickiti_cli.command import GLOBAL, Command, verb
from tickiti_cli.groups import noun

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y", "--dry-run")


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command and group with the words that lead to it."""
    yield path, command
    context = typer.Context(command)
    for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
        yield from walk(command.get_command(context, name), (*path, name))


TREE = list(walk(get_command(app)))
LEAVES = [(path, command) for path, command in TREE if isinstance(command, Command)]
PATHS = [" ".join(path) for path, _ in LEAVES]


def test_a_command_without_examples_cannot_be_built() -> None:
    bare = verb()

    @bare.command(cls=Command)
    def nothing() -> None:
        """No examples."""

    with pytest.raises(TypeError, match="the command 'nothing' has no examples in its epilog"):
        get_command(bare)


def test_a_group_stays_one_with_a_single_command() -> None:
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


def test_what_follows_an_option_is_its_value_even_if_it_looks_like_a_flag(run: Cli) -> None:
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
def test_help_shows_the_commands_own_flags_and_where_the_others_are(
    run: Cli, path: tuple[str, ...], command: Any
) -> None:
    ran = run(*path, "-h")
    assert (ran.code, ran.stderr) == (0, "")
    usage, *_ = ran.stdout.splitlines()
    assert usage.startswith(f"Usage: tickiti {' '.join(path)} [OPTIONS]")
    assert "Global flags work here too; tickiti --help lists them.\n\nExamples:\n" in ran.stdout
    shown = {line.split()[0].rstrip(",") for line in ran.stdout.splitlines() if "  -" in line[:4]}
    assert not shown & {"--profile", "-p", "--base-url", "--json", "--retries"}


def test_the_root_shows_every_global_flag_and_every_noun(run: Cli) -> None:
    ran = run("--help")
    for option in GLOBAL:
        assert option.opts[-1] in ran.stdout
    for path, _ in TREE[1:]:
        assert f"  {path[0]}" in ran.stdout


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server of their own: examples change what other tests look at."""
    place = Place(tmp_path_factory.mktemp("examples"))
    place.start()
    examples.furnish_server(place)
    yield place
    place.stop()


@pytest.fixture
def example_home(run: Cli, furnished: Place) -> Cli:
    shutil.copytree(furnished.folder / "config", run.config)
    examples.furnish_home(run, furnished)
    return run


EXAMPLES = [
    (" ".join(path), line)
    for path, command in TREE
    if command.epilog and path[:1] != ("server",)  # test_server.py pastes those
    for line in command.epilog.splitlines()[1:]
    if "server start" not in line
]


@pytest.mark.parametrize(("path", "line"), EXAMPLES, ids=[line for _, line in EXAMPLES])
def test_an_example_works_when_pasted(
    example_home: Cli, furnished: Place, path: str, line: str
) -> None:
    assert f"tickiti {path}".strip() in line or not path
    line = examples.prepared(example_home, furnished, path, line)
    if "--assisted" in line:
        _exchange_as_a_person(example_home, line)
        return
    if "callback listen" in line:
        decisions.listen_and_leave(example_home, line)
        return
    if line.endswith("config edit"):
        assert example_home.on_terminal("config", "edit", EDITOR="true").code == 0
        return
    if "auth login" in line and "--token-" not in line:
        _log_in_as_a_person(example_home, line)
        return
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        capture_output=True,
        env=example_home.environ({"BROWSER": "true"}),
        cwd=example_home.folder,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if "--expiring" in line and done.returncode == 13:
        return  # a check, and other examples have made such tokens
    assert (done.returncode, "tickiti:" in done.stderr.decode()) == (0, False), done.stderr


def _log_in_as_a_person(run: Cli, line: str) -> None:
    arguments = shlex.split(line)[len(run.command(())) :]
    token = (run.folder / "portal.token").read_text()
    ran = run.on_terminal(*arguments, asked="Token: ", typed=f"{token}\n")
    assert ran.code == 0
    assert token not in ran.stdout
    assert re.search(r"Stored profile 'prod' for http://127\.0\.0\.1:[0-9]+\.\n$", ran.stdout)


def _exchange_as_a_person(run: Cli, line: str) -> None:
    abilities = ("--preset", "full", "--ability", "manage-tokens")
    new = run("token", "mint", "--name", "new", *abilities).stdout
    arguments = shlex.split(line)[len(run.command(())) :]
    ran = run.on_terminal(*arguments, asked="New token: ", typed=new)
    assert ran.code == 0
    assert "Administration -> API keys.\n" in ran.stdout
    assert new.strip() not in ran.stdout
