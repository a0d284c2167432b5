"""What holds for every command: flags on either side of its name, help, examples that work."""

import json
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.main import get_command

from tests.cli.conftest import Cli, Ran, Served, wait_until
from tickiti_cli.app import app
from tickiti_cli.command import GLOBAL, Command, noun, verb

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
def furnished(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """What the examples speak of is on the server: a ticket, a token called sales-portal, Erin."""
    cli = Cli(tmp_path_factory.mktemp("furnished"))
    shutil.copytree(served.config, cli.config)
    assert cli("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y").code == 0
    minted = cli("token", "mint", "--name", "sales-portal", "--preset", "filer", "--expires", "9d")
    assert minted.code == 0
    erin = {"name": "Erin", "email": "erin@trailblazers-club.example", "is_staff": True}
    body = json.dumps({**erin, "is_admin": False, "tonic_notifications": False})
    assert cli("api", "administration.users.create", "--input", "-", stdin=body).code == 0
    return served


@pytest.fixture
def example_home(run: Cli, furnished: Served) -> Cli:
    """A home where what the examples speak of is there: a token file, a profile called prod."""
    shutil.copytree(furnished.config, run.config)
    token = (run.config / "credentials.toml").read_text().split('token = "')[1].split('"')[0]
    (run.folder / "portal.token").touch(mode=0o600)
    (run.folder / "portal.token").write_text(token)
    _begin_an_operation(run)
    row = {"from": "a@b.example", "E-Mail": "a@b.example", "subject": "x", "body": "y"}
    row["Reference"] = "7"
    (run.folder / "tickets.ndjson").write_text(json.dumps(row) + "\n")
    (run.folder / "tickets.csv").write_text(f"{','.join(row)}\n{','.join(row.values())}\n")
    (run.folder / "customers.csv").write_text(
        "E-Mail,name,order.id\nmarcus@trailblazers-club.example,Marcus,4711\n"
    )
    with (run.config / "config.toml").open("a") as config:
        config.write(f'[profiles.prod]\nbase_url = "{furnished.base_url}"\n')
    with (run.config / "credentials.toml").open("a") as credentials:
        credentials.write(f'[prod]\ntoken = "{token}"\n')
    return run


def _set_up_templates(run: Cli, line: str) -> None:
    """Those that the examples name, as they are before each: `warranty.received` and an old one."""
    for found in json.loads(run("template", "list", "--json").stdout):
        assert run("template", "delete", found["identifier"], "--yes").code == 0
    content = ("--type", "email", "-s", "Order {{order.id}}", "--content-file", "-")
    for identifier in ("warranty.received", "warranty.old"):
        if f"create {identifier}" not in line:
            made = run("template", "create", identifier, *content, stdin="Dear {{name}}")
            assert made.code == 0
    (run.folder / "values.json").write_text('{"name": "Marcus", "order": {"id": 4711}}')
    if "diff templates" in line or "push templates" in line:
        assert run("template", "pull", "templates").code == 0


def _set_up_mailbox(run: Cli, line: str) -> None:
    """The one called sales, as it is before each example, and its password in a file."""
    (run.folder / "password").write_text("pencil\n")
    run("mailbox", "delete", "sales", "--yes")
    if "mailbox create" not in line:
        where = ("--address", "sales@sole-trader.example", "--host", "smtp.sole-trader.example")
        assert run("mailbox", "create", "sales", *where).code == 0


def _waiting_mail(run: Cli) -> str:
    """The id of a mail whose server is not there, so that it waits for its next attempt."""
    name = f"lost-{time.monotonic_ns()}"
    where = ("--address", "lost@sole-trader.example", "--host", "127.0.0.1", "--port", "9")
    assert run("mailbox", "create", name, *where, "--security", "none").code == 0
    send = ("email", "send", "--to", "lost@b.example", "-s", "x", "-b", "y", "--mailbox", name)
    mail_id = run(*send).stdout.strip()
    state = ("outbox", "view", mail_id, "--fields", "state")
    wait_until(lambda: run(*state).stdout.strip() not in ("queued", "claimed"))
    return mail_id


def _begin_an_operation(run: Cli) -> None:
    """The one that the examples of `tickiti op` name, still open."""
    assert run("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y").code == 0
    (closed,) = (run.config / "journal").iterdir()
    entry = json.loads(closed.read_text())
    entry |= {"id": "20261124T090000-4711053f", "state": "pending", "closed_at": None}
    data = {"subject": "x", "content": "y"}
    entry |= {"body": json.dumps({"originator_email_address": "a@b.example", "data": data})}
    pending = closed.with_name(f"{entry['id']}.pending.json")
    pending.touch(mode=0o600)
    pending.write_text(json.dumps(entry))


EXAMPLES = [
    (" ".join(path), line)
    for path, command in TREE
    if command.epilog and path[:1] != ("server",)  # test_server.py pastes those
    for line in command.epilog.splitlines()[1:]
    if "server start" not in line
]


@pytest.mark.parametrize(("path", "line"), EXAMPLES, ids=[line for _, line in EXAMPLES])
def test_an_example_works_when_pasted(example_home: Cli, path: str, line: str) -> None:
    # A list may come before what is done with an entry of it.
    assert f"tickiti {path}".strip() in line or not path or " list " in line
    line = line.replace("tickiti ", f"{shlex.join(example_home.command(()))} ")
    if "token revoke" in line or "token rotate --self" in line:
        line = _for_a_token_of_its_own(example_home, line)
    if "mailbox" in path and "sales" in line:
        _set_up_mailbox(example_home, line)
    if "outbox wait" in line:
        to = ("--to", "marcus@trailblazers-club.example", "-s", "x", "-b", "y")
        assert example_home("email", "send", *to, "--mailbox", "local").code == 0
    if "mail_ID" in line:
        line = line.replace("mail_ID", _waiting_mail(example_home))
    if "template" in line:
        _set_up_templates(example_home, line)
    if "token retire" in line:
        line = line.replace("retire 2", f"retire {_rotated(example_home)}")
    if "auth login" in line and "stdin" not in line:
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
    assert (done.returncode, "tickiti:" in done.stderr.decode()) == (0, False)


def _log_in_as_a_person(run: Cli, line: str) -> None:
    arguments = shlex.split(line)[len(run.command(())) :]
    token = (run.folder / "portal.token").read_text()
    ran = run.on_terminal(*arguments, asked="Token: ", typed=f"{token}\n")
    assert ran.code == 0
    assert token not in ran.stdout
    assert ran.stdout.endswith("Stored profile 'prod' for https://support.sole-trader.example.\n")


def _rotated(run: Cli) -> str:
    """The id of a token in its overlap."""
    old = run("token", "mint", "--name", "old", "--preset", "filer", "-o", "plain", "--out", "old")
    token_id = old.stdout.strip()
    assert run("token", "rotate", token_id, "--install", "file:new").code == 0
    return token_id


def _for_a_token_of_its_own(run: Cli, line: str) -> str:
    """The other tests go on using the server's first token, so what ends one gets another."""
    minted = run("token", "mint", "--name", "own", "--ability", "manage-tokens", "--json")
    token = json.loads(minted.stdout)
    file = run.folder / "own.token"
    file.touch(mode=0o600)
    file.write_text(token["token"])
    base_url = run("profile", "show").stdout.split("\t")[1]
    line = line.replace("revoke 2", f"revoke {token['id']}")
    return f"{line} --base-url {base_url} --token-file own.token"
