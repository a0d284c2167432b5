"""Each command is served the barest reply that the vendor's documents allow, and is done."""

import json
from typing import Any

import pytest

from tests.support.cli import Cli
from tests.support.foreign import Foreign, reply
from tickiti_cli.reference.tree import read_tree

OK = {"ok": True}
ROW = [{"id": "7", "name": "a"}]
STOCK = [{"id": "7", "title": "a"}]
TEMPLATES = [{"id": "7", "identifier": "a"}]
TEMPLATE = {"template": {"identifier": "a", "type": "email"}}
MAILBOX = [{"id": "7", "name": "a", "address": "a@b.example"}]
PEOPLE = [{"id": "7", "name": "a", "email": "a@b.example"}]
QUEUE = [{"id": "8", "name": "Sales"}]
TICKET = {"ok": True, "data": {"ticket": {"id": "1", "number": 5, "subject": "x"}, "responses": []}}
DATA = {"ok": True, "data": {}}
KEYS = {"tokens": [{"id": "7", "name": "a"}]}
NO_ROUTE = reply({"message": "The route could not be found."}, status=404)
FROM = "--from a@b.example"

READS: list[tuple[str, Any]] = [
    ("ticket list", {"ok": True, "data": [{"id": "1"}]}),
    ("ticket view 5", TICKET),
    ("ticket wait 5 --until responses>0", {"ok": True, "data": {
        "ticket": {"id": "1", "number": 5}, "responses": [{"id": "1"}]}}),
    ("ticket links 5", {"ok": True, "data": {"linked_tickets": [{"id": "1"}]}}),
    ("ticket links 5", {"ok": True, "data": [{"id": "1"}]}),
    ("response list 5", {"ok": True, "data": {"responses": [{"id": "1"}]}}),
    ("response view 7", {"ok": True, "data": {"response": {"id": "7"}}}),
    ("response view 7", {"ok": True, "data": {"id": "7"}}),
    ("response query", {"ok": True, "data": {"responses": [{"id": "1"}]}}),
    ("response query --count", {"ok": True, "data": {"count": 3}}),
    ("response query --group-by day", {"ok": True, "data": {"groups": [{"value": "x"}]}}),
    ("attachment list 5", {"ok": True, "data": {"responses": [{"id": "1"}]}}),
    ("template list", TEMPLATES),
    ("template search x", TEMPLATES),
    ("mailbox list", MAILBOX),
    ("user list", {"users": PEOPLE}),
    ("team list", {"teams": ROW}),
    ("staff list", {"ok": True, "data": {"staff": PEOPLE}}),
    ("staff list", {"ok": True, "data": PEOPLE}),
    ("intervention list", {"interventions": ROW}),
    ("intervention view a", ROW),
    ("auth status --check", {"ok": True, "data": {}}),
    ("watchlist list", {"watchlists": ROW}),
    ("perspective list", {"perspectives": ROW}),
    ("queue list", {"queues": ROW}),
    ("hashtag list", [{"tag": "vip"}]),
    ("resolution list", ROW),
    ("escalation list", {"escalations": [{"id": "7"}]}),
    ("escalation hours", {"escalations": []}),
    ("stock-response list", STOCK),
    ("faq list", {"ok": True, "data": {"faqs": [{"id": "7"}]}}),
    ("skill list", {"ok": True, "data": {"skills": [{"key": "a"}]}}),
    ("skill view a", {"ok": True, "data": {"key": "a"}}),
    ("skill options", {"ok": True, "data": {}}),
    ("report meta", {}),
    ("report volumes", {}),
    ("report response-times", []),
    ("report resolutions", {"rows": []}),
    ("report agent-activity", {"data": [{"x": 1}]}),
]  # fmt: skip

CALLS: list[tuple[str, list[Any]]] = [
    # with the replies to its requests, one after the other
    ("stock-response view a", [STOCK, {"template": {"title": "a"}}]),
    ("template view a", [TEMPLATES, TEMPLATES, TEMPLATE]),
    ("template view a", [TEMPLATES, TEMPLATES, {"identifier": "a"}]),
    (f"ticket create {FROM} -s x -b y", [DATA]),
    (f"ticket create {FROM} -s x -b y --priority high", [{"ok": True, "data": {}}]),
    (f"ticket respond 5 {FROM} -b y", [DATA]),
    (f"ticket respond 5 {FROM} --assign nobody", [OK]),
    ("ticket close 5", [OK]),
    ("ticket close 5 6", [OK, OK]),
    (f"ticket reopen 5 {FROM}", [OK]),
    (f"ticket assign 5 nobody {FROM}", [OK]),
    (f"ticket hold 5 --until 2030-12-31 {FROM}", [OK]),
    (f"ticket move 5 Sales {FROM}", [OK]),
    (f"ticket note 5 {FROM} -b x", [OK]),
    (f"ticket note 5 6 {FROM} -b x --jobs 2", [OK, OK]),
    (f"ticket note 5 {FROM} --file sole.png", [OK, OK]),
    ("ticket participants add 5 c@b.example", [OK]),
    ("ticket participants remove 5 c@b.example", [OK]),
    ("ticket delete 5 6 --yes", [OK]),
    ("ticket restore 5", [OK]),
    ("ticket merge 5 6 --yes", [OK]),
    ("ticket link 5 6", [OK]),
    ("ticket unlink 5 6", [OK]),
    ("ticket split --response 7 -s x", [OK]),
    ("ticket originator 5 c@b.example", [OK]),
    ("response edit 7 --internal", [OK]),
    ("response delete 7 --yes", [OK]),
    ("response move 7 --to 5", [OK]),
    ("response copy 7 --to 5", [OK]),
    ("attachment delete 5 7 --yes", [OK]),
    ("perspective create a", [OK]),
    ("perspective edit a --name b", [{"perspectives": ROW}, OK]),
    ("perspective delete a --yes", [{"perspectives": ROW}, OK]),
    ("watchlist remove a 5", [{"watchlists": ROW}, TICKET, OK, OK]),
    ("queue create a", [OK, OK]),
    ("queue edit a --name b", [ROW, OK, OK]),
    ("queue delete a --yes", [ROW, OK]),
    ("mailbox create a --address a@b.example --host h.example", [OK, OK]),
    ("mailbox edit a --port 2", [MAILBOX, OK, OK]),
    ("mailbox delete a --yes", [MAILBOX, OK]),
    ("template create a --type email -s x --content-file sole.png", [OK]),
    ("template edit a -s x", [TEMPLATES, TEMPLATES, TEMPLATE, OK, OK]),
    ("template delete a --yes", [TEMPLATES, TEMPLATES, TEMPLATE, OK]),
    ("template render a", [{"ok": True, "data": {}}]),
    ("user create a a@b.example", [OK]),
    ("user edit a@b.example --admin", [{"users": PEOPLE}, OK]),
    ("user grant a@b.example Sales --view", [{"users": PEOPLE}, QUEUE, OK]),
    ("user ungrant a@b.example Sales --yes", [{"users": PEOPLE}, QUEUE, OK]),
    ("team create a", [OK]),
    ("team edit a --name b", [{"teams": ROW}, OK, OK]),
    ("team delete a --yes", [{"teams": ROW}, OK]),
    ("intervention create a --file ask.toml", [OK, OK]),
    ("intervention edit a --disable", [ROW, OK, OK]),
    ("intervention delete a --yes", [ROW, OK]),
    ("email send --to a@b.example -s x -b y", [DATA]),
    ("token edit a --name b", [NO_ROUTE, KEYS, OK, KEYS]),
    ("token revoke a --yes", [NO_ROUTE, KEYS, OK]),
    ("watchlist create a", [OK]),
    ("watchlist edit a --name b", [{"watchlists": ROW}, OK]),
    ("watchlist delete a --yes", [{"watchlists": ROW}, OK]),
    ("watchlist add a 5", [{"watchlists": ROW}, {"ok": True, "data": {
        "ticket": {"id": "1"}, "responses": []}}, OK, OK]),
    ("hashtag delete vip --yes", [OK]),
    ("resolution create a", [OK]),
    ("resolution edit a --retired", [ROW, OK]),
    ("resolution delete a --yes", [ROW, OK]),
    ("resolution reorder a", [ROW, OK]),
    ("escalation create --minutes 5", [OK]),
    ("escalation edit 7 --minutes 5", [{"escalations": [{"id": "7"}]}, OK]),
    ("escalation delete 7 --yes", [{"escalations": [{"id": "7"}]}, OK]),
    ("escalation hours --always", [OK]),
    ("stock-response create a --category b", [OK]),
    ("stock-response edit a --disable", [STOCK, OK]),
    ("stock-response delete a --yes", [STOCK, OK]),
    ("stock-response image a sole.png", [STOCK, OK]),
    ("skill create a --title b --description c --instructions-file sole.png", [OK]),
    ("skill edit a --disable", [OK]),
    ("skill delete a --yes", [OK]),
    ("skill action set a b --description c", [OK]),
    ("skill action delete a b --yes", [{"ok": True, "data": {"key": "a"}}, OK]),
    ("email send --to a@b.example --cc c@b.example -s x -b y", [{"ok": True, "data": {}}]),
]  # fmt: skip


@pytest.mark.parametrize(("line", "body"), READS, ids=[line for line, _ in READS])
@pytest.mark.parametrize("form", [(), ("-o", "table"), ("--json",)])
def test_read_command_shows_the_smallest_allowed_reply(
    remote: Cli, foreign: Foreign, line: str, body: Any, form: tuple[str, ...]
) -> None:
    foreign.answers(reply(body))
    ran = remote(*line.split(), *form)
    assert ran.code == 0, ran.stderr


@pytest.mark.parametrize(("line", "bodies"), CALLS, ids=[line for line, _ in CALLS])
def test_command_succeeds_with_the_smallest_allowed_replies(
    remote: Cli, foreign: Foreign, line: str, bodies: list[Any]
) -> None:
    (remote.folder / "sole.png").write_text("x")
    (remote.folder / "ask.toml").write_text("title = 'x'\n")
    foreign.answers(*(body if isinstance(body, bytes) else reply(body) for body in bodies))
    ran = remote(*line.split(), "--json")
    assert ran.code == 0, ran.stderr
    assert len(foreign.asked) == len(bodies)
    json.loads(ran.stdout)


LOCAL = {
    "alias", "auth", "completion", "config", "doctor", "help", "idempotency", "init", "man", "op",
    "profile", "server", "status", "version", "api",
}  # fmt: skip
"""Nouns without an endpoint of the vendor's to read, but for `auth status`."""

ELSEWHERE = {
    "attachment get": "test_attachment.py: parts, sizes and digests",
    "callback": "the bundled server alone",
    "email bulk": "tests/cli/bulk",
    "intervention decide": "the bundled server alone",
    "intervention token": "without its token the secret is lost, which is an error",
    "mailbox test": "needs the outbox of the bundled server",
    "outbox": "the bundled server alone",
    "response export": "tests/cli/bulk",
    "template diff": "compares files with template view",
    "template pull": "writes files of template view",
    "template push": "writes what template edit does",
    "ticket export": "tests/cli/bulk",
    "ticket import": "tests/cli/bulk",
    "ticket tag": "the bundled server alone",
    "token": "tests/cli/tokens",
}


def test_every_command_of_the_vendors_api_has_a_smallest_reply() -> None:
    served = {line for line, _ in (*READS, *CALLS)}
    missing = {
        command.path
        for command in read_tree().commands
        if command.words[0] not in LOCAL | ELSEWHERE.keys()
        and command.path not in ELSEWHERE
        and not any(f"{line} ".startswith(f"{command.path} ") for line in served)
    }
    assert missing == set()
