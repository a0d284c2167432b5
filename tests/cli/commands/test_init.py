"""`tickiti init` leads from nothing to the first ticket, and can be run again at any time."""

import json
import shlex
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from tests.support.cli import Admin, Cli, Ran, Served
from tests.support.commands import TREE

SERVER, STORE, TOKEN = "Server [bundled]: ", "Store it in [file]: ", "Token: "
ADDRESS, TICKET, AGAIN = "Server address, such as", "Create a ticket now? [Y/n] ", "now? [y/N] "
FROM, SUBJECT, BODY = "Requester's e-mail address: ", "Subject: ", "Text: "
FIRST = [(FROM, "a@b.example\n"), (SUBJECT, "Cracked\n"), (BODY, "At <mile> 14\n")]


init = dict(TREE)[("init",)]


@pytest.fixture
def newcomer(run: Cli) -> Iterator[Cli]:
    yield run
    run("server", "stop")


def stored(run: Cli) -> str:
    files = (run.config / "config.toml", run.config / "credentials.toml")
    return "".join(file.read_text() for file in files if file.exists())


def tickets(run: Cli) -> list[str]:
    rows = json.loads(run("ticket", "list", "--json").stdout)
    return [row["subject"] for row in rows]


def test_a_newcomer_gets_a_server_and_a_first_ticket(newcomer: Cli) -> None:
    ran = newcomer.on_terminal("init", answers=[(SERVER, "\n"), (TICKET, "\n"), *FIRST])
    assert ran.code == 0, ran.stdout
    assert "The bundled server listens on http://127.0.0.1:" in ran.stdout
    assert "Created ticket 220009. To see it: tickiti ticket view 220009\n" in ran.stdout
    assert "At <mile> 14" in newcomer("response", "list", "220009", "--json").stdout
    before = stored(newcomer)
    again = newcomer.on_terminal("init", answers=[(AGAIN, "\n")])
    assert (again.code, stored(newcomer), tickets(newcomer)) == (0, before, ["Cracked"])
    assert "(profile 'local') is set up. The token may: " in again.stdout
    assert SERVER not in again.stdout


def test_another_program_on_the_default_port_does_not_stop_a_newcomer(newcomer: Cli) -> None:
    with ExitStack() as taken:
        with suppress(OSError):  # another test has the port
            taken.enter_context(socket.create_server(("127.0.0.1", 8642)))
        assert newcomer("init", "--bundled", "--no-ticket").code == 0
    assert not newcomer("server", "url").stdout.endswith(":8642\n")


def test_a_stopped_bundled_server_is_started_again(newcomer: Cli) -> None:
    assert newcomer("init", "--bundled", "--no-ticket") == Ran(
        0, "local\n", newcomer_told(newcomer)
    )
    token = newcomer("auth", "token").stdout
    newcomer("server", "stop")
    assert newcomer.on_terminal("init", "--no-ticket").code == 0
    assert newcomer("ticket", "list").code == 0
    assert newcomer("auth", "token").stdout == token
    assert newcomer("init", "--bundled", "--no-ticket", "-q").code == 0


def newcomer_told(run: Cli) -> str:
    base_url = run("server", "url").stdout.strip()
    return (
        f"The bundled server listens on {base_url}.\n"
        "Next: tickiti ticket list, tickiti status, tickiti help\n"
    )


@pytest.mark.parametrize("line", init.epilog.splitlines()[1:])
def test_an_example_works_when_pasted(newcomer: Cli, line: str) -> None:
    words = shlex.split(line)[1:]
    if len(words) == 1:
        answers = [(SERVER, "\n"), (TICKET, "n\n")]
        assert newcomer.on_terminal(*words, answers=answers).code == 0
    else:
        assert newcomer(*words).code == 0


def test_flags_answer_every_question_without_a_terminal(
    newcomer: Cli, served: Served, admin: Admin
) -> None:
    ticket = ("--from", "a@b.example", "-s", "Cracked", "-b", "At mile 14")
    ran = newcomer("init", "--bundled", *ticket)
    assert (ran.code, ran.stdout) == (0, "220009\n")
    lacking = newcomer("init", "--bundled", *ticket[:4])
    assert (lacking.code, lacking.stderr) == (2, "tickiti: A ticket also needs --body.\n")
    file = newcomer.folder / "t"
    file.touch(mode=0o600)
    file.write_text(admin.token)
    there = ("--base-url", served.base_url, "--token-file", "t", "-p", "far")
    assert newcomer("init", *there).stdout == "far\n"
    assert newcomer("auth", "token", "-p", "far").stdout == f"{admin.token}\n"
    assert newcomer("profile", "show", "--fields", "name").stdout == "local\n"


def test_init_without_a_terminal_names_the_two_commands(run: Cli) -> None:
    ran = run("init")
    assert (ran.code, ran.stdout) == (2, "")
    assert "tickiti server start --detach" in ran.stderr
    assert "tickiti auth login --base-url URL --token-stdin" in ran.stderr
    assert run("init", "--no-ticket", "--from", "a@b.example").code == 2
    assert run("init", "--base-url", "http://127.0.0.1:9").code == 2
    assert stored(run) == ""
    assert not (run.home / "data").exists()


def test_an_install_is_set_up_by_its_address_and_token(
    run: Cli, served: Served, admin: Admin
) -> None:
    answers = [(SERVER, "inst\n"), (ADDRESS, f"{served.base_url}\n"),
               (TOKEN, f"{admin.token}\n"), (STORE, "\n"), (TICKET, "n\n")]  # fmt: skip
    ran = run.on_terminal("init", answers=answers)
    assert ran.code == 0, ran.stdout
    assert f"Stored profile 'default' for {served.base_url}.\n" in ran.stdout
    assert run("auth", "token") == Ran(0, f"{admin.token}\n", "")
    assert not (run.home / "data").exists()


def test_a_rejected_token_is_asked_for_again(local: Cli, admin: Admin) -> None:
    row = admin.mint("ticket-index")
    login = ("auth", "login", "-p", "local", "--token-stdin")
    assert local(*login, stdin=row["token"]).code == 0
    admin.ask("tokens/revoke", {"ids": [row["id"]]})
    ran = local.on_terminal(
        "init", "--no-ticket", answers=[(TOKEN, f"{admin.token}\n"), (STORE, "\n")]
    )
    assert ran.code == 0, ran.stdout
    assert local("auth", "token").stdout == f"{admin.token}\n"


@pytest.mark.parametrize(
    "before", [[], [(SERVER, "install\n")], [(SERVER, "install\n"), (ADDRESS, "SERVED\n")]]
)
def test_a_setup_that_is_interrupted_stores_nothing(
    run: Cli, served: Served, before: list[tuple[str, str]]
) -> None:
    questions = [SERVER, ADDRESS, TOKEN]
    answers = [(asked, typed.replace("SERVED", served.base_url)) for asked, typed in before]
    ran = run.on_terminal("init", answers=[*answers, (questions[len(before)], "\x03")])
    assert (ran.code, stored(run)) == (130, ""), ran.stdout
    assert ran.stdout.endswith("tickiti: Interrupted.\nNothing was set up.\n")


def test_an_interrupt_of_a_second_run_leaves_the_setup(local: Cli) -> None:
    ran = local.on_terminal("init", answers=[(AGAIN, "\x03")])
    assert ran.code == 130
    assert ran.stdout.endswith("tickiti: Interrupted.\nNo ticket was created.\n")
    assert " is set up." in ran.stdout


def test_an_interrupt_after_the_server_start_leaves_a_complete_setup(newcomer: Cli) -> None:
    ran = newcomer.on_terminal("init", answers=[(SERVER, "\n"), (TICKET, "\n"), (FROM, "\x03")])
    assert ran.code == 130
    assert ran.stdout.endswith("The bundled server is running. To stop it: tickiti server stop\n")
    assert tickets(newcomer) == []
    again = newcomer.on_terminal("init", answers=[(AGAIN, "y\n"), *FIRST])
    assert (again.code, tickets(newcomer)) == (0, ["Cracked"])
