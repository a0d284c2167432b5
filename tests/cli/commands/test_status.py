"""`tickiti status`: one screen about the server, the token and what needs attention."""

import json
import socket
from typing import Any

import pytest

from tests.support.cli import Admin, Cli, Served
from tests.support.foreign import Foreign, failure, reply

NONE_HERE = reply({"message": "Not found."}, status=404)
COUNTS = (
    "tickets_open", "tickets_on_hold", "tickets_unassigned", "mail_stuck", "webhooks_dead",
    "operations_pending",
)  # fmt: skip


def prepare(foreign: Foreign, *answers: bytes) -> None:
    foreign.asked.clear()
    foreign.answers(*answers)


def shown(run: Cli, *flags: str) -> dict[str, Any]:
    ran = run("status", "--json", *flags)
    assert ran.code == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def total(number: int, *, is_exact: bool = True) -> bytes:
    tickets = {"tickets": [], "next_cursor": None, "total": number, "total_is_exact": is_exact}
    return reply({"ok": True, "data": tickets})


def rows(member: str, *, count: int, cursor: str | None = None) -> bytes:
    listed = [{"id": str(number)} for number in range(count)]
    return reply({"ok": True, "data": {member: listed, "next_cursor": cursor}})


def told(**token: Any) -> bytes:
    known = {"id": "7", "name": "sales", "expires_at": None}
    return reply({"ok": True, "data": {"token": known | token, "abilities": ["tickets:read"]}})


def test_status_counts_open_unassigned_and_held_tickets(local: Cli, served: Served) -> None:
    before = shown(local)
    create = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
    numbers = [local(*create).stdout.strip() for _ in range(3)]
    assert local("ticket", "hold", numbers[0], "--until", "2099-01-01").code == 0
    assert local("user", "create", "E", "e@b.example").code == 0
    assert local("ticket", "assign", numbers[1], "e@b.example").code == 0
    after = shown(local)
    assert [after[name] - before[name] for name in COUNTS[:3]] == [2, 1, 1]
    assert (after["base_url"], after["token_name"], after["token_id"]) == (
        served.base_url, "local", 1
    )  # fmt: skip
    assert (after["left_out"], after["at_least"]) == ({}, [])


def test_status_counts_mail_by_state_and_webhooks_that_ended(remote: Cli, foreign: Foreign) -> None:
    mail = [rows("outbox", count=count) for count in (1, 2, 4)]
    dead = [rows("callbacks", count=count) for count in (8, 16)]
    prepare(foreign, told(), NONE_HERE, total(10), total(20), total(30), *mail, *dead)
    found = shown(remote)
    assert [found[name] for name in COUNTS] == [10, 20, 30, 7, 24, 0]
    states = [json.loads(one.body)["state"] for one in foreign.asked[5:]]
    assert states == ["retry", "uncertain", "failed", "dead", "failed"]


def test_a_count_that_is_only_a_minimum_is_marked(remote: Cli, foreign: Foreign) -> None:
    mail = [rows("outbox", count=1000, cursor="x"), *[rows("outbox", count=0)] * 2]
    dead = [rows("callbacks", count=0)] * 2
    many = [total(10_000, is_exact=False), *[total(1)] * 2]
    prepare(foreign, told(), NONE_HERE, *many, *mail, *dead)
    assert shown(remote)["at_least"] == ["tickets_open", "mail_stuck"]
    prepare(foreign, told(), NONE_HERE, *many, *mail, *dead)
    screen = remote.on_terminal("status", "--color", "never").stdout
    assert "10000+\n" in screen
    assert "1000+\n" in screen
    assert "See: tickiti outbox list --state failed (or retry, uncertain)\n" in screen


def test_an_older_install_shows_what_it_offers(remote: Cli, foreign: Foreign) -> None:
    bare = reply({"ok": True, "data": [{"number": 1}]})
    answers = (NONE_HERE, NONE_HERE, bare, bare, bare, bare, NONE_HERE, NONE_HERE)
    prepare(foreign, *answers)
    found = shown(remote)
    assert [found[name] for name in COUNTS] == [None] * 5 + [0]
    assert found["left_out"] == {
        **dict.fromkeys(COUNTS[:3], "this server does not count tickets"),
        **dict.fromkeys(COUNTS[3:5], "this server does not offer it"),
    }
    prepare(foreign, *answers)
    screen = remote.on_terminal("status", "--color", "never").stdout
    assert "mail stuck  " not in screen
    assert "not reported by this server\n" in screen
    assert "Left out: mail stuck, webhooks dead: this server does not offer it.\n" in screen
    prepare(foreign, *answers)
    line = remote("status")
    assert (line.code, line.stderr) == (0, "")
    assert line.stdout == f"far\t{foreign.base_url}\t7\t\t\t\t\t\t\t\t\t0\n"


def test_a_part_that_the_token_may_not_see_is_left_out(
    local: Cli, served: Served, admin: Admin
) -> None:
    row = admin.mint("tickets:read")
    file = local.folder / "t"
    file.touch(mode=0o600)
    file.write_text(row["token"])
    found = shown(local, "--base-url", served.base_url, "--token-file", "t")
    assert found["token_id"] == row["id"]
    assert found["left_out"] == dict.fromkeys(
        ("mail_stuck", "webhooks_dead"), "This token lacks the ability 'manage-tokens'"
    )
    assert found["tickets_open"] is not None


def test_only_pending_operations_of_the_server_in_use_count(remote: Cli, foreign: Foreign) -> None:
    create = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y", "--retries", "0")
    foreign.answers(failure(500, "server_error"))
    assert remote(*create).code == 10
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.listen()
        there = f"http://127.0.0.1:{elsewhere.getsockname()[1]}"
        token = {"TICKITI_API_BASE": there, "TICKITI_API_TOKEN": "1|x"}
        assert remote(*create, "--timeout", "0.3", **token).code == 11
    prepare(foreign, told(), *[NONE_HERE] * 9)
    assert shown(remote)["operations_pending"] == 1


def test_status_of_a_server_that_cannot_be_reached_is_exit_11(run: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        base = f"http://127.0.0.1:{taken.getsockname()[1]}"
    ran = run("status", TICKITI_API_BASE=base, TICKITI_API_TOKEN="1|x")
    assert (ran.code, ran.stdout, "Trying again" in ran.stderr) == (11, "", False)


@pytest.mark.parametrize("answer", ["", reply({"message": "Unauthenticated."}, status=401)])
def test_status_without_an_accepted_token_is_exit_4(
    remote: Cli, foreign: Foreign, answer: bytes
) -> None:
    if not answer:
        (remote.config / "credentials.toml").unlink()
    foreign.answers(answer or NONE_HERE)
    ran = remote("status")
    assert (ran.code, ran.stdout) == (4, "")
    assert len(foreign.asked) == (1 if answer else 0)


def test_status_of_an_unconfigured_user_is_exit_3(run: Cli) -> None:
    ran = run("status")
    assert (ran.code, ran.stdout) == (3, "")
    assert "tickiti init" in ran.stderr or "tickiti auth login" in ran.stderr
