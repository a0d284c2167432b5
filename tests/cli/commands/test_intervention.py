# ruff: noqa: E501 - a table reads best with a case a line
"""`tickiti intervention` and `tickiti callback`: a decision from its definition to its receiver."""

import json
import re
import stat
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support import decisions
from tests.support.cli import Cli, Ran
from tests.support.listening import Heard
from tests.support.receiver import Receiver
from tests.support.waiting import wait_until
from tickiti_cli.commands.intervention import file as intervention_file
from tickiti_cli.commands.ticket.parts.shape import Flags, to_request
from tickiti_cli.contract import webhooks
from tickiti_cli.errors import UsageProblem

CREATE = ("ticket", "create", "--from", "marcus@trailblazers-club.example")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A server of this file's own that may call back to this machine."""
    cli = Cli(tmp_path_factory.mktemp("place"))
    words = ("server", "start", "--port", "0", "--detach", "--db", "t.db")
    started = cli(*words, "--allow-callback", "127.0.0.1")
    assert (started.code, started.stderr) == (0, "")
    yield cli
    assert cli("server", "stop", "--db", "t.db").code == 0


def test_an_intervention_is_defined_shown_changed_and_deleted(local: Cli) -> None:
    decisions.lay_out_files(local)
    name = f"discount_{uuid4().hex[:6]}"
    made = local("intervention", "create", name, "--file", decisions.FILE, "--json")
    row = json.loads(made.stdout)
    assert {**row, "id": "1", "queue_id": "1"} == {
        "id": "1", "name": name, "title": "Discount request", "queue_id": "1",
        "queue_name": "Inbox", "notify_inbox_managers": False, "create_urgent": False,
        "remote_timeout_seconds": 10, "remote_enabled": True,
        "remote_epilog_url": "https://localhost/decided", "remote_name": None,
        "remote_disabled_reason": None,
        "fields": [
            {"type": "number", "name": "price", "label": "Price for {{customer}}"},
            {"type": "checkbox", "name": "accept", "label": "Accept"},
        ],
    }  # fmt: skip
    listed = local("intervention", "list", "--fields", "name,remote_enabled").stdout
    assert f"{name}\ttrue\n" in listed
    edited = local("intervention", "edit", name, "--disable", "--name", f"{name}_2")
    assert edited == Ran(0, f"{row['id']}\n", "")
    viewed = local("intervention", "view", f"{name}_2", "--fields", "remote_enabled,title")
    assert viewed == Ran(0, "false\tDiscount request\n", "")
    (local.folder / "more.toml").write_text('queue_name = "Sales"\ncreate_urgent = true\n')
    assert local("intervention", "edit", f"{name}_2", "--file", "more.toml").code == 0
    viewed = local(
        "intervention", "view", f"{name}_2", "--fields", "queue_name,create_urgent,title"
    )
    assert viewed == Ran(0, "Sales\ttrue\tDiscount request\n", "")
    form = ("intervention", "view", f"{name}_2", "--fields", "fields", "--color", "never")
    screen = local.on_terminal(*form).stdout
    assert screen == "Fields  number price Price for {{customer}}, checkbox accept Accept\n"
    screen = local.on_terminal("intervention", "delete", f"{name}_2", "--yes").stdout
    assert screen == f"Deleted intervention '{name}_2'.\n"
    missing = f"tickiti: There is no intervention '{name}_2'.\nSee: tickiti intervention list\n"
    for words in (("view",), ("edit", "--enable"), ("delete", "--yes"), ("token",)):
        assert local("intervention", words[0], f"{name}_2", *words[1:]) == Ran(6, "", missing)


SIGNING = "Give --secret-file a file that contains the signing secret (whsec_...)."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title = ", "invalid TOML: Invalid value (at end of document)."),
        ('title = "a\\u0000"', "invalid TOML: A text has a NUL character."),
        ('[[fields]]\nlabel = "\\U00000000"', "invalid TOML: A text has a NUL character."),
        ("queue = 'Sales'", "unknown field 'queue' (known: title, queue_name, notify_inbox_managers, create_urgent, remote_timeout_seconds, remote_enabled, remote_epilog_url, fields)."),
        ("title = 5", "title must be a quoted string."),
        ("create_urgent = 1", "create_urgent must be true or false."),
        ("remote_timeout_seconds = true", "remote_timeout_seconds must be a whole number."),
        ("fields = 'price'", "fields must be tables [[fields]]."),
        ("fields = [1]", "field 1 must be a table [[fields]]."),
        ("[[fields]]\ntype = 'text'\nname = 'a'", "field 1: label must be a quoted string."),
        ("[[fields]]\ntype = 'text'\nname = 'a'\nlabel = ''\n[[fields]]\nkind = 'x'",
         "field 2: unknown key 'kind' (known: type, name, label)."),
        ("[[fields]]\ntype = 'text'\nname = 'a'\nlabel = '{{a'",
         "field 1: label: '{{' is never closed."),
    ],
)  # fmt: skip
def test_an_invalid_intervention_file_is_named(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(UsageProblem) as refused:
        intervention_file.read(str(file))
    assert refused.value.message == f"--file {file}: {problem}"


def test_refused_member_of_a_file_is_named(local: Cli) -> None:
    for file, problem in (
        ('title = "x"\nqueue_name = "Nope"\n', "--file queue_name: Queue 'Nope' not found."),
        ("", "--file title is required."),
        (
            'title = "x"\nremote_epilog_url = "http://127.0.0.1:8650/"\n',
            "--file remote_epilog_url 'http://127.0.0.1:8650/' must begin with https://, or its host be allowed: tickiti server start --allow-callback 127.0.0.1:8650.",
        ),
    ):
        ran = local("intervention", "create", "wrong", "--file", "-", stdin=file)
        assert (ran.code, ran.stdout) == (7, "")
        assert ran.stderr.splitlines()[0] == f"tickiti: {problem}"
    assert "wrong" not in local("intervention", "list").stdout
    (local.folder / "wrong.toml").write_text("title = 5")
    ran = local("intervention", "create", "wrong", "--file", "wrong.toml")
    message = "tickiti: --file wrong.toml: title must be a quoted string.\n"
    assert ran == Ran(2, "", message)


def test_a_decision_from_the_terminal_is_received_and_verified(place: Cli) -> None:
    file = decisions.DISCOUNT.replace("https://localhost/decided", "http://127.0.0.1:9/")
    decisions.define(place, "discount_request", file=file)
    made = place("intervention", "token", "discount_request", "--out", "secret", "-o", "table")
    assert made == Ran(
        0, "Saved the signing secret of intervention 'discount_request' to secret.\n", ""
    )
    assert stat.S_IMODE((place.folder / "secret").stat().st_mode) == 0o600
    listener = Heard(place, "--secret-file", "secret", "--count", "1", "-o", "ndjson")
    moved = 'remote_epilog_url = "' + listener.url + 'decided"\n'
    assert place("intervention", "edit", "discount_request", "--file", "-", stdin=moved).code == 0
    number = decisions.ask(place)
    decide = ("intervention", "decide", number, "--set", "price=89.90", "--set", "accept=true")
    done = place(*decide, "-b", "You get it.", "--json")
    decision = json.loads(done.stdout)
    callback_id = decision.pop("callback_id")
    assert decision == {
        "ticket_id": decision["ticket_id"], "ticket_number": int(number),
        "intervention": "discount_request", "uid": decision["uid"],
        "response_id": decision["response_id"],
        "data": {"customer": "Marcus", "price": 89.9, "accept": True},
    }  # fmt: skip
    ran = listener.end()
    assert (ran.code, ran.stderr) == (0, "")
    call = json.loads(ran.stdout)
    assert {**call, "received_at": ""} == {
        "id": callback_id, "received_at": "", "path": "/decided", "signature": "verified",
        "status": 200, "body": decision,
    }  # fmt: skip
    state = ("callback", "view", callback_id, "--fields", "state,attempts,last_code,last_error")
    wait_until(lambda: place(*state).stdout == "sent\t1\t200\t\n")
    listed = place("callback", "list", "--ticket", number, "--fields", "id,intervention,url")
    assert listed == Ran(0, f"{callback_id}\tdiscount_request\t{listener.url}decided\n", "")
    again = place(*decide, "-b", "You get it.")
    assert again == Ran(0, f"{callback_id}\n", "")
    told = place(*decide, "-b", "You get it.", "-o", "table")
    assert told == Ran(0, f"Decided ticket {number} and queued a callback.\n", "")
    other = place("intervention", "decide", number, "--set", "accept=false")
    assert (other.code, other.stdout) == (8, "")
    assert re.fullmatch(
        rf"tickiti: Ticket {number} was decided at \S+ by system@localhost; a decision is final\.\n",
        other.stderr,
    )


def test_a_callback_that_failed_is_sent_again(place: Cli) -> None:
    with Receiver() as receiver:
        file = decisions.DISCOUNT.replace("https://localhost/decided", receiver.url)
        decisions.define(place, "failing", file=file)
        receiver.status = 500
        number = decisions.ask(place, "failing")
        callback_id = place("intervention", "decide", number).stdout.strip()
        state = ("callback", "view", callback_id, "--fields", "state")
        wait_until(lambda: place(*state).stdout == "retry\n")
        receiver.status = 200
        screen = place.on_terminal("callback", "resend", callback_id).stdout
        assert screen == f"Callback {callback_id} will be sent again.\n"
        wait_until(lambda: place(*state).stdout == "sent\n")
        assert [call.headers["webhook-id"] for call in receiver.arrived] == [callback_id] * 2


def test_only_a_new_url_or_enable_ends_what_a_410_began(place: Cli) -> None:
    with Receiver() as receiver:
        receiver.status = 410
        file = decisions.DISCOUNT.replace("https://localhost/decided", receiver.url)
        decisions.define(place, "gone", file=file)
        callback_id = place("intervention", "decide", decisions.ask(place, "gone")).stdout.strip()
        state = ("callback", "view", callback_id, "--fields", "state")
        wait_until(lambda: place(*state).stdout == "failed\n")
        reason = ("intervention", "view", "gone", "--fields", "remote_disabled_reason")
        assert "answered 410 (gone)" in place(*reason).stdout
        titled = ("intervention", "edit", "gone", "--file", "-")
        assert place(*titled, stdin='title = "Gone"\n').code == 0
        assert "answered 410 (gone)" in place(*reason).stdout
        assert place("intervention", "edit", "gone", "--enable").code == 0
        assert place(*reason).stdout == "\n"


def call(url: str, secret: str, body: bytes = b'{"uid": "1"}', **change: str) -> int:
    """Calls back as a server would; the status of the reply."""
    headers = webhooks.headers([secret], message_id="msg_1", timestamp=int(time.time()), body=body)
    asked = urllib.request.Request(url, body, {**headers, **change}, method="POST")
    try:
        with urllib.request.urlopen(asked, timeout=20) as reply:
            status: int = reply.status
            return status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_callback_listen_verifies_each_call(local: Cli) -> None:
    decisions.lay_out_files(local)
    secret = (local.folder / "discount.secret").read_text()
    listener = Heard(local, "--secret-file", "discount.secret", "--count", "3", "--status", "202")
    assert call(listener.url, secret) == 202
    assert call(listener.url, webhooks.new_secret()) == 401
    assert call(listener.url, secret, b"\xff", **{"webhook-timestamp": "1"}) == 401
    ran = listener.end()
    assert (ran.code, ran.stderr) == (
        13, "tickiti: 2 of 3 callbacks had an invalid signature.\n",
    )  # fmt: skip
    assert [line.split("\t")[1:] for line in ran.stdout.splitlines()] == [
        ["msg_1", "verified", "202", '{"uid": "1"}'],
        ["msg_1", "refused: no signature is by this secret", "401", '{"uid": "1"}'],
        ["msg_1", "refused: its webhook-timestamp is more than 300 seconds away", "401", "�"],
    ]


def test_callback_listen_without_a_token_verifies_nothing(local: Cli) -> None:
    listener = Heard(local, "--count", "1", "--json")
    assert call(listener.url, webhooks.new_secret()) == 200
    ran = listener.end()
    assert (ran.code, ran.stderr) == (0, "")
    (heard,) = json.loads(ran.stdout)
    assert (heard["signature"], heard["body"]) == ("not checked", {"uid": "1"})


def test_an_invalid_callback_receiver_is_refused(local: Cli, tmp_path: Path) -> None:
    decisions.lay_out_files(local)
    (local.folder / "open.secret").write_text("whsec_" + "A" * 44)
    (local.folder / "open.secret").chmod(0o644)
    cases: list[tuple[tuple[str, ...], str, int, str]] = [
        (
            ("--secret-file", "discount.secret", "--secret-stdin"), "", 2,
            "Give --secret-file or --secret-stdin, not both.",
        ),
        (
            ("--secret-stdin",), "14|tkt_x\n", 3,
            "--secret-stdin does not contain a signing secret: a secret is whsec_ and then base64.",
        ),
        (
            ("--secret-file", "none"), "", 3,
            f"none cannot be read: No such file or directory.\n{SIGNING}",
        ),
    ]  # fmt: skip
    for flags, stdin, code, problem in cases:
        ran = local("callback", "listen", *flags, stdin=stdin)
        assert ran == Ran(code, "", f"tickiti: {problem}\n")
    ran = local("callback", "listen", "--secret-file", "open.secret")
    assert (ran.code, ran.stdout) == (3, "")
    assert ran.stderr.startswith("tickiti: open.secret is readable by others (mode 0644).\n")
    ran = local("callback", "listen", "--json")
    message = "JSON output needs --count, otherwise use -o ndjson."
    assert (ran.code, json.loads(ran.stderr)["error"]["message"]) == (2, message)
    with Receiver() as taken:
        ran = local("callback", "listen", "--port", str(taken.port))
        assert ran == Ran(
            2, "",
            f"tickiti: --port {taken.port}: 127.0.0.1 cannot be opened: Address already in "
            "use.\nChoose another port, or --port 0 for a free one.\n",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"uid": "1"}, "--uid needs --intervention NAME."),
        ({"intervention": "i"}, "--intervention NAME needs --uid UID, the unique ID of the record in your system."),
        ({"intervention": "i", "uid": "1", "subject": "s"}, "--intervention uses its own templates: leave out --template, --subject, the body and --attach."),
        ({"intervention": "i", "uid": "1", "template": "t"}, "--intervention uses its own templates: leave out --template, --subject, the body and --attach."),
        ({"intervention": "i", "uid": "1", "queue": "Sales"}, "--intervention uses its own queue: leave out --queue."),
    ],
)  # fmt: skip
def test_flags_that_make_no_request_are_refused(given: dict[str, str], problem: str) -> None:
    flags: dict[str, Any] = dict.fromkeys(Flags._fields)
    flags |= {"has_content": False, "content": lambda: None}
    with pytest.raises(UsageProblem) as refused:
        to_request(Flags(**{**flags, "values": {}, **given}))
    assert refused.value.message == problem


def test_a_second_ticket_for_a_uid_is_a_conflict_that_names_the_first(place: Cli) -> None:
    decisions.define(place, "unique")
    words = (*CREATE, "--intervention", "unique", "--uid", "order-4711", *decisions.DATA)
    first = place(*words)
    assert (first.code, first.stderr) == (0, "")
    assert place(*words[:-4], "--queue", "Sales") == Ran(
        2, "", "tickiti: --intervention uses its own queue: leave out --queue.\n"
    )
    second = place(*words)
    number = first.stdout.strip()
    said = f"The uid 'order-4711' was used for this intervention before: ticket {number}."
    assert second == Ran(8, "", f"tickiti: {said}\n")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("edit", "x"), "Nothing to change: add --file, --name, --enable or --disable."),
        (("decide", "1", "--set", "price"), "--set: 'price' is not K=V, such as name=Marcus or order.id=4711."),
        (("decide", "1", "--set", "a=1", "--set", "a=2"), "--set a: given twice."),
        (("token", "x", "--out", "no/where/"), "--out no/where/: cannot write a file there: Not a directory."),
    ],
)  # fmt: skip
def test_an_intervention_command_with_bad_arguments_is_refused(
    local: Cli, words: tuple[str, ...], problem: str
) -> None:
    if "no/where/" in words:
        (local.folder / "no").write_text("a file")
    assert local("intervention", *words) == Ran(2, "", f"tickiti: {problem}\n")


def test_hosts_that_callbacks_may_go_to_are_remembered_and_forgotten(run: Cli) -> None:
    start = ("server", "start", "--port", "0", "--detach", "--db", "t.db")
    file = 'title = "x"\nremote_epilog_url = "http://127.0.0.1:9/"\n'
    expected = {
        "--allow-callback=127.0.0.1:9": 0,
        "--rate-limit=1000": 0,
        "--allow-callback=": 7,
    }
    for at, (flag, code) in enumerate(expected.items()):
        assert run(*start, flag).code == 0
        ran = run("intervention", "create", f"i{at}", "--file", "-", stdin=file)
        assert (flag, ran.code) == (flag, code)
        assert run("server", "stop", "--db", "t.db").code == 0
    ran = run(*start, "--allow-callback", "http://a.example")
    problem = "'http://a.example' is not HOST or HOST:PORT, such as 127.0.0.1:9000"
    assert ran == Ran(2, "", f"tickiti: --allow-callback: {problem}.\n")
