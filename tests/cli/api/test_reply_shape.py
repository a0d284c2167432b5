"""No reply of a server ends in a traceback, in malformed JSON, or in a denied write.

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

from tests.support import walking
from tests.support.cli import Admin, Cli, Ran, Served
from tests.support.foreign import Foreign, raw_reply, reply

TEMPLATE = {"type": "email", "category": "", "subcategory": "", "subject": "Order {{order.id}}",
            "content": "<p>Dear {{name}}, we have your shoes.</p>"}  # fmt: skip

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
def test_incomplete_reply_is_an_error_and_denies_no_write(
    local: Cli, served: Served, admin: Admin, seed: int
) -> None:
    ticket = furnish(local, served, admin)
    # A server of this test's own is not needed: what is made has names of its own.
    ran = subprocess.run(
        [sys.executable, walking.__file__, str(seed), TIMES, ticket],
        env=local.environ({"PYTHONPATH": str(Path(__file__).parents[3])}), cwd=local.folder,
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
def test_write_with_an_incomplete_reply_is_reported_done(
    remote: Cli, foreign: Foreign, command: tuple[str, ...], data: Any, flags: tuple[str, ...]
) -> None:
    foreign.answers(reply({"ok": True, "data": data}))
    ran = remote(*command, *flags, "--idempotency-key", "order-1")
    assert (ran.code, len(foreign.asked)) == (0, 1)
    assert "again" not in ran.stderr
    is_told = command is not RESPOND or "response_id" not in data
    if flags == ():
        assert ("Idempotency key: order-1." in ran.stderr) == is_told
    if flags == ("--json",):
        assert json.loads(ran.stdout)["idempotency_key"] == "order-1"
    assert json.loads(remote("op", "list", "--json").stdout)[0]["state"] == "applied"


QUEUE = ("queue", "create", "Returns")
STATUS_OF_ANOTHER = {"status": "ok", "request_id": "r1"}


@pytest.mark.parametrize(
    ("command", "body"),
    [
        *[(QUEUE, body) for body in (None, [], "ok", True, {}, STATUS_OF_ANOTHER, {"ok": "yes"})],
        (("hashtag", "delete", "vip", "-y"), STATUS_OF_ANOTHER),
        (("user", "create", "Anna", "anna@b.example"), STATUS_OF_ANOTHER),
        (("api", "settings.watchlists.delete", "-f", "watchlist_id=1"), {"message": "Sign in"}),
        (CREATE, {"data": {"login": "/sso"}}),
    ],
)
def test_reply_that_does_not_say_that_a_write_is_done_leaves_its_outcome_unknown(
    remote: Cli, foreign: Foreign, command: tuple[str, ...], body: Any
) -> None:
    foreign.answers(reply(body))
    ran = remote(*command, "--json")
    error = json.loads(ran.stderr)["error"]
    assert (ran.code, error["outcome"], len(foreign.asked)) == (7, "unknown", 1)


@pytest.mark.parametrize("body", [{"ok": True}, {"id": 3}, {"data": {"id": "3"}}])
def test_reply_that_says_by_ok_or_by_an_id_that_a_write_is_done_is_accepted(
    remote: Cli, foreign: Foreign, body: Any
) -> None:
    foreign.answers(reply(body))
    assert remote(*QUEUE).code == 0


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
    ("attachment", "get", "5", "1"), ("attachment", "list", "5"), ("ticket", "links", "5"),
    ("attachment", "get", "5", "--all"), ("response", "view", "1", "--raw-html"),
    ("response", "query", "--count"), ("response", "query", "--group-by", "day"),
    ("ticket", "delete", "5", "--preview"), ("ticket", "reopen", "5"),
    ("ticket", "close", "5", "6", "--retries", "0"), ("response", "edit", "1", "-b", "x"),
    ("ticket", "split", "--response", "1", "-s", "x"), ("ticket", "merge", "5", "6", "-y"),
    ("attachment", "delete", "5", "1", "-y"), ("ticket", "tag", "5", "--add", "x"),
    ("token", "rotate", "x"), ("token", "revoke", "--expired", "--yes"), ("doctor",),
    ("watchlist", "list"), ("watchlist", "add", "x", "5"), ("hashtag", "list"),
    ("report", "volumes"), ("report", "meta"), ("resolution", "list"), ("escalation", "list"),
    ("escalation", "hours"), ("resolution", "reorder", "x"),
]  # fmt: skip
BODIES = [b"null", b"[]", b"5", b'"x"', b"{}", b'{"ok": true, "data": null}', b"[null]",
          b'{"ok": true, "data": [5]}', b'{"ok": true, "data": {}}']  # fmt: skip


@pytest.mark.parametrize("command", QUESTIONS, ids=" ".join)
def test_malformed_reply_is_named(remote: Cli, foreign: Foreign, command: tuple[str, ...]) -> None:
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
def test_json_output_is_valid_for_every_reply(remote: Cli, foreign: Foreign, raw: bytes) -> None:
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


def test_list_with_endless_cursors_ends_with_an_error(remote: Cli, foreign: Foreign) -> None:
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
            assert "its list has no end." in ran.stderr


def test_list_continues_after_pages_without_rows(remote: Cli, foreign: Foreign) -> None:
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


def test_write_whose_row_cannot_be_read_afterwards_is_done(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True}), raw_reply(b"<html>gone</html>", status=404))
    ran = remote("queue", "create", "Returns", "--json")
    assert (ran.code, json.loads(ran.stdout)) == (0, {"name": "Returns"})
    assert " id" in ran.stderr


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_reply_with_a_byte_order_mark_is_read(remote: Cli, foreign: Foreign, encoding: str) -> None:
    body = '{"ok": true, "data": {"ticket_number": 220009, "id": 1, "subject": "é"}}'
    foreign.answers(raw_reply(body.encode(encoding)))
    assert remote(*CREATE) == Ran(0, "220009\n", "")
    assert len(foreign.asked) == 1


@pytest.mark.parametrize(
    "content", [b"\x1f\x8b\x08\x00 gzip", b'{"ok": \xe9}', b'{"ok": true, "da']
)
def test_non_json_reply_is_not_called_truncated(
    remote: Cli, foreign: Foreign, content: bytes
) -> None:
    foreign.answers(raw_reply(content))
    ran = remote(*CREATE, "--retries", "0")
    assert (ran.code, "damaged or incomplete" in ran.stderr) == (11, True)
