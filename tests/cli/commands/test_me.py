"""`@me` stands for the token's owner wherever a command filters by a person."""

import json

import pytest

from tests.support.cli import Cli, Ran, Served
from tests.support.foreign import Foreign, reply
from tests.support.waiting import wait_until

OWNER = "anna@sole-trader.example"
TOLD = reply(
    {"ok": True, "data": {"token": {"id": "7"}, "abilities": [], "owner": {"email": OWNER}}}
)
INDEX = reply({"ok": True, "data": {"tickets": [], "next_cursor": None}})
RESPONSES = reply({"ok": True, "data": {"responses": [], "next_cursor": None}})


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("ticket", "list", "--assigned", "@me"), INDEX),
        (("ticket", "list", "--raised-by", "@me", "--assigned", "@me"), INDEX),
        (("ticket", "export", "--out", "-", "--assigned", "@me"), INDEX),
        (("response", "query", "--by", "@me"), RESPONSES),
        (("response", "export", "--out", "-", "--by", "@me"), RESPONSES),
        (("ticket", "delete", "--raised-by", "@me", "--preview"),
         reply({"ok": True, "data": {"tickets": []}})),
    ],
)  # fmt: skip
def test_me_is_the_address_of_the_tokens_owner(
    remote: Cli, foreign: Foreign, words: tuple[str, ...], answer: bytes
) -> None:
    foreign.answers(TOLD, answer)
    ran = remote(*words)
    assert ran.code == 0, ran.stderr
    first, second = foreign.asked[:2]
    assert first.line == "POST /api/v1/token HTTP/1.1"
    body = second.body.decode()
    assert body.count(OWNER) == words.count("@me")
    assert "@me" not in body
    assert "/token " not in second.line


def test_me_on_an_install_that_hides_the_token_owner_exits_2(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"message": "Not found."}, status=404))
    ran = remote("ticket", "list", "--assigned", "@me")
    assert (ran.code, ran.stdout, len(foreign.asked)) == (2, "", 1)
    sentence = "tickiti: --assigned @me: give your e-mail address instead.\n"
    assert ran.stderr.startswith(sentence)


def test_a_filter_without_me_sends_no_request_for_the_owner(remote: Cli, foreign: Foreign) -> None:
    staff = {"staff": [{"id": 1, "name": "A", "email": "a@b.example", "team_keys": []}]}
    foreign.answers(INDEX, reply({"ok": True, "data": staff}))
    assert remote("ticket", "list", "--assigned", "a@b.example").code == 0
    assert [asked.line for asked in foreign.asked if "v1/token" in asked.line] == []


def created(run: Cli) -> str:
    return run("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y").stdout.strip()


def test_wait_for_a_reply_ends_with_the_next_public_response(local: Cli, served: Served) -> None:
    number = created(local)
    late = local("ticket", "wait", number, "--until", "reply", "--timeout", "0.3")
    assert (late.code, late.stdout) == (13, "")
    waiting = local.start("ticket", "wait", number, "--until", "reply", "--json", "-v")
    assert waiting.stderr is not None
    assert b"tickets/show" in waiting.stderr.readline()
    respond = ("ticket", "respond", number, "--from", "a@b.example", "-b", "Here it is.")
    assert local(*respond, "--internal").code == 0
    assert local("ticket", "hold", number, "--until", "2099-01-01").code == 0
    for _ in range(2):
        waiting.stderr.readline()  # it has looked again
    assert waiting.poll() is None
    assert local(*respond).code == 0
    wait_until(lambda: waiting.poll() is not None)
    assert waiting.stdout is not None
    shown = json.loads(waiting.stdout.read())
    waiting.communicate()
    assert waiting.returncode == 0
    # the first text, the note, the recorded change, and the reply
    assert (shown["number"], shown["responses"]) == (int(number), 4)
    assert not [name for name in shown if name.startswith("replies")]


def test_an_unknown_condition_of_a_wait_names_the_known_ones(run: Cli) -> None:
    told = (
        "tickiti: --until: 'replies' is not status=open|on-hold|closed, reply or 'responses>N', "
        "in quotes.\n"
    )
    assert run("ticket", "wait", "7", "--until", "replies") == Ran(2, "", told)
