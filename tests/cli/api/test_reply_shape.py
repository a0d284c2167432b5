"""No reply of a server ends in a traceback, in what is no JSON, or in a write that is denied.

By hand: TICKITI_TEST_TWISTS=20 walks all commands so often.
"""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli import walking
from tests.cli.conftest import Admin, Cli, Ran, Served
from tests.cli.examples import TEMPLATE
from tests.cli.foreign import Foreign, raw_reply, reply

TIMES = os.environ.get("TICKITI_TEST_TWISTS", "1")
CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "At mile 14")
RESPOND = ("ticket", "respond", "5", "--from", "a@b.example", "-b", "x")
SEND = ("email", "send", "--to", "a@b.example", "-s", "x", "-b", "y")
INTERVENTION = {
    "name": "ask", "title": "x", "queue_name": "Inbox", "create_urgent": False,
    "remote_enabled": False, "remote_epilog_url": "",
    "fields": [{"type": "text", "name": "a", "label": "A"}],
}  # fmt: skip


def furnish(local: Cli, served: Served, admin: Admin) -> str:
    """What the commands name; the number of a ticket."""

    def api(endpoint: str, body: dict[str, Any]) -> None:
        ran = local("api", endpoint, "--input", "-", stdin=json.dumps(body))
        assert ran.code == 0 or "already" in ran.stderr, ran.stderr

    api("templates.create", {**TEMPLATE, "identifier": "twisted.received"})
    private = {**TEMPLATE, "type": "intervention", "subject": "x", "content": "x"}
    api("templates.create", {**private, "identifier": "ask.private"})
    api("workflow.interventions.create", INTERVENTION)
    (local.folder / "content").write_text("hello")
    (local.folder / "folder").mkdir()
    return local(*CREATE).stdout.strip()


@pytest.mark.timeout(120 + 60 * int(TIMES))
@pytest.mark.parametrize("seed", [1, 2])
def test_no_command_ends_in_a_traceback_or_denies_a_write_whatever_a_reply_lacks(
    local: Cli, served: Served, admin: Admin, seed: int
) -> None:
    ticket = furnish(local, served, admin)
    # A server of this test's own is not needed: what is made has names of its own.
    ran = subprocess.run(
        [sys.executable, walking.__file__, str(seed), TIMES, ticket],
        env=local.environ({"PYTHONPATH": str(Path(__file__).parents[2])}), cwd=local.folder,
        capture_output=True, text=True, check=False, timeout=100 + 60 * int(TIMES),
    )  # fmt: skip
    assert (ran.returncode, ran.stderr, ran.stdout) == (0, "", "")


JSON, TABLE, CSV, QUIET = ("--json",), ("-o", "table"), ("-o", "csv"), ("-q",)


@pytest.mark.parametrize(
    ("command", "data", "flags"),
    [
        (SEND, {"id": 5}, ()),
        (SEND, {"id": 5}, QUIET),
        (SEND, {"id": 5}, JSON),
        (SEND, {}, TABLE),
        (SEND, {"email_id": None, "mailbox": [1], "to_address": {}}, ()),
        (RESPOND, {"ticket_id": 1, "response_id": 42}, ()),
        (RESPOND, {"ticket_id": 1, "response_id": 42}, TABLE),
        (RESPOND, {"reopened": "perhaps"}, ()),
        (CREATE, {}, ()),
        (CREATE, {}, CSV),
        (CREATE, {"ticket_number": None}, ()),
        (CREATE, {"ticket_number": ["x"]}, TABLE),
        (CREATE, {"number": 7}, JSON),
    ],
)
def test_a_write_whose_reply_lacks_something_is_done_and_says_so(
    remote: Cli, foreign: Foreign, command: tuple[str, ...], data: Any, flags: tuple[str, ...]
) -> None:
    foreign.answers(reply({"ok": True, "data": data}))
    ran = remote(*command, *flags, "--idempotency-key", "order-1")
    assert (ran.code, len(foreign.asked)) == (0, 1)
    assert "again" not in ran.stderr
    is_told = command is not RESPOND or "response_id" not in data
    if flags == ():
        assert ("Its key is order-1." in ran.stderr) == is_told
    if flags == ("--json",):
        assert json.loads(ran.stdout)["idempotency_key"] == "order-1"
    assert json.loads(remote("op", "list", "--json").stdout)[0]["state"] == "applied"


QUESTIONS = [
    ("template", "list"), ("template", "view", "x"), ("template", "search", "x"),
    ("template", "pull", "folder"), ("template", "diff", "folder"), ("queue", "list"),
    ("queue", "edit", "a", "--name", "b"), ("perspective", "list"), ("mailbox", "list"),
    ("intervention", "list"), ("intervention", "view", "x"), ("intervention", "token", "x"),
    ("server", "act", "5", "--watch", "x"), ("ticket", "list"), ("ticket", "view", "5"),
    ("ticket", "list", "--perspective", "x"), ("response", "list", "5"), ("response", "query"),
    ("token", "list"), ("token", "view", "--self"), ("token", "audit"), ("outbox", "list"),
    ("outbox", "view", "x"), ("callback", "list"), ("idempotency", "mint"),
    ("auth", "status", "--check"), ("auth", "can", "create-ticket"),
    ("attachment", "get", "5", "1"),
    ("token", "rotate", "x"), ("token", "revoke", "--expired", "--yes"), ("doctor",),
]  # fmt: skip
BODIES = [b"null", b"[]", b"5", b'"x"', b"{}", b'{"ok": true, "data": null}', b"[null]",
          b'{"ok": true, "data": [5]}', b'{"ok": true, "data": {}}']  # fmt: skip


@pytest.mark.parametrize("command", QUESTIONS, ids=" ".join)
def test_a_reply_that_is_none_is_said_to_be_none(
    remote: Cli, foreign: Foreign, command: tuple[str, ...]
) -> None:
    (remote.folder / "folder").mkdir()
    body = BODIES[QUESTIONS.index(command) % len(BODIES)]
    other = BODIES[(QUESTIONS.index(command) + 5) % len(BODIES)]
    for found in (body, other):
        foreign.answers(raw_reply(found))
        ran = remote(*command)
        assert ran.code != 1, ran.stderr
        assert "a bug:" not in ran.stderr


@pytest.mark.parametrize(
    "raw",
    [
        b'{"ok": true, "data": {"ticket_number": 5, "x": NaN}}',
        b'{"ok": true, "data": {"ticket_number": 5, "x": [Infinity, -Infinity]}}',
        b'{"ok": true, "data": {"ticket_number": 5, "x": 1e999}}',
        b'{"ok": true, "data": {"ticket_number": 5, "x": {"y": -1E+400}}}',
        b'{"ok": true, "data": {"ticket_number": 5, "x": "\\ud800 half"}}',
        b'{"ok": true, "data": {"ticket_number": 5, "\\uDEAD": 1}}',
        b'{"ok": true, "data": {"ticket_number": 5, "x": "\\ud83d\\ude00 whole"}}',
    ],
)
def test_json_is_json_whatever_a_server_writes(remote: Cli, foreign: Foreign, raw: bytes) -> None:
    foreign.answers(raw_reply(raw))
    for command in (CREATE, ("api", "create_ticket", "-f", "x=y"), ("op", "view", "OPERATION")):
        operation = json.loads(remote("op", "list", "--json").stdout or "[]")[:1]
        words = [operation[0]["id"] if word == "OPERATION" else word for word in command]
        ran = remote(*words, "--json")
        assert ran.code == 0, ran.stderr
        found = json.loads(ran.stdout, parse_constant=pytest.fail)
        assert all_finite(found)
        ran.stdout.encode()
        assert "\\ud8" not in ran.stdout.lower().replace("\\ud83d\\ude00", "")


def all_finite(found: Any) -> bool:
    if isinstance(found, dict):
        return all(all_finite(member) for pair in found.items() for member in pair)
    if isinstance(found, list):
        return all(map(all_finite, found))
    return not isinstance(found, float) or math.isfinite(found)


def test_a_list_that_gives_ever_new_cursors_ends_and_says_so(remote: Cli, foreign: Foreign) -> None:
    def page(rows: list[Any]) -> Any:
        def answer(connection: Any) -> None:
            cursor = f"c{len(foreign.asked)}"
            connection.sendall(
                reply({"ok": True, "data": {"tickets": rows, "next_cursor": cursor}})
            )

        return answer

    row = {"id": 1, "number": 5, "subject": "x"}
    for rows, most in (([], 30), ([row], 5), ([row, {**row, "number": 6}], 5)):
        for flags in (("--all",), ("--limit", "900"), ("--all", "-o", "ndjson")):
            foreign.asked.clear()
            foreign.answers(page(rows))
            ran = remote("ticket", "list", *flags)
            assert (ran.code, len(foreign.asked) <= most) == (7, True)
            assert "its list ends nowhere." in ran.stderr


def test_a_list_may_have_pages_without_a_row_on_its_way(remote: Cli, foreign: Foreign) -> None:
    pages = [[], [], [{"id": 1, "number": 5}], [], [{"id": 2, "number": 6}]]
    cursors = ["a", "b", "c", "d", None]
    foreign.answers(
        *(
            reply({"ok": True, "data": {"tickets": rows, "next_cursor": cursor}})
            for rows, cursor in zip(pages, cursors, strict=True)
        )
    )
    ran = remote("ticket", "list", "--all", "--fields", "number")
    assert (ran.code, ran.stdout) == (0, "5\n6\n")


def test_what_fails_after_a_write_says_that_the_write_is_done(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(reply({"ok": True}), raw_reply(b"<html>gone</html>", status=404))
    ran = remote("queue", "create", "Returns", "--json")
    error = json.loads(ran.stderr)["error"]
    assert (ran.code != 0, error["outcome"]) == (True, "applied")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_reply_is_read_whatever_its_byte_order_mark(
    remote: Cli, foreign: Foreign, encoding: str
) -> None:
    body = '{"ok": true, "data": {"ticket_number": 220009, "id": 1, "subject": "é"}}'
    foreign.answers(raw_reply(body.encode(encoding)))
    assert remote(*CREATE) == Ran(0, "220009\n", "")
    assert len(foreign.asked) == 1


@pytest.mark.parametrize(
    "content", [b"\x1f\x8b\x08\x00 gzip", b'{"ok": \xe9}', b'{"ok": true, "da']
)
def test_a_reply_that_is_no_json_is_not_called_cut_short(
    remote: Cli, foreign: Foreign, content: bytes
) -> None:
    foreign.answers(raw_reply(content))
    ran = remote(*CREATE, "--retries", "0")
    assert (ran.code, "damaged or incomplete" in ran.stderr) == (11, True)
