"""Tickets from the command line into the bundled server and back."""

import json
import os
import stat
import subprocess
from html import unescape
from pathlib import Path

import pytest

from tests.support.cli import Admin, Cli, Ran
from tests.support.foreign import Foreign, reply, ticket_created

FROM = ("--from", "marcus@trailblazers-club.example")
CREATE = ("ticket", "create", *FROM)
NOTHING_SAID = (
    "Nothing to send: add --body TEXT, --body-file FILE, --editor or --attach FILE, "
    "or a change such as --status or --assign."
)


def create(run: Cli, *flags: str) -> str:
    """A new ticket's number."""
    ran = run(*CREATE, "-s", "Cracked", "-b", "At mile 14", *flags)
    assert (ran.code, ran.stderr) == (0, "")
    return ran.stdout.strip()


def body_of(run: Cli, *arguments: str, stdin: str = "") -> object:
    """What a command would send."""
    ran = run(*arguments, "--dry-run", stdin=stdin)
    assert (ran.code, ran.stderr) == (0, "")
    return json.loads(ran.stdout)["body"]


@pytest.fixture
def offline(run: Cli) -> Cli:
    """A profile whose server is never asked."""
    run.configure('default_profile = "a"\n[profiles.a]\nbase_url = "https://a.example"\n')
    return run


def test_create_flags_fill_the_request(offline: Cli) -> None:
    flags = ("--queue", "Sales", "--internal", "--as-originator", "--body-format", "html")
    assert body_of(offline, *CREATE, "-s", "Cracked", "-b", "<b>At</b> mile 14", *flags) == {
        "originator_email_address": "marcus@trailblazers-club.example",
        "data": {"subject": "Cracked", "content": "<b>At</b> mile 14", "queue_name": "Sales"},
        "is_public": False,
        "use_passed_originator_as_responder": True,
    }


def test_omitted_flags_are_not_sent(offline: Cli) -> None:
    assert body_of(offline, *CREATE, "-s", "Cracked", "-b", "x") == {
        "originator_email_address": "marcus@trailblazers-club.example",
        "data": {"subject": "Cracked", "content": "x"},
    }


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("At mile 14", "At mile 14"),
        ("a\nb\r\nc\rd", "a<br>b<br>c<br>d"),
        ("<script>&\"'", "&lt;script&gt;&amp;&quot;&#x27;"),
        ("trailing\n", "trailing<br>"),
        ("ü 👟", "ü 👟"),
    ],
)
def test_text_becomes_html_by_one_fixed_rule(offline: Cli, text: str, html: str) -> None:
    """These are the bytes of a retry: what is written here must never change."""
    sent = body_of(offline, *CREATE, "-s", "x", "--body-file", "-", stdin=text)
    assert sent["data"]["content"] == html  # type: ignore[index]


def test_a_body_comes_from_a_file_or_from_standard_input(offline: Cli) -> None:
    (offline.folder / "body.txt").write_text("\ufeffFrom a file\n")
    from_file = body_of(offline, *CREATE, "-s", "x", "--body-file", "body.txt")
    from_stdin = body_of(offline, *CREATE, "-s", "x", "--body-file", "-", stdin="From a file\n")
    assert from_file == from_stdin


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ((), "Missing body: add --body TEXT, --body-file FILE or --editor."),
        (("-b", "x", "--body-file", "-"), "Give one of --body, --body-file and --editor."),
        (("--body-file", "missing"), "--body-file missing: No such file or directory."),
        (("--body-file", "."), "--body-file .: Is a directory."),
        (("--body-file", "latin"), "--body-file latin: not UTF-8 text."),
        (("--body-file", "huge"), "--body-file huge: larger than 26214400 bytes."),
        (("-b", "x", "--idempotency-key", ""), None),
        (("-b", "x", "--idempotency-key", "k" * 256), None),
        (("-b", "x", "--idempotency-key", "a\nb"), None),
    ],
)
def test_bad_input_is_named_before_anything_is_sent(
    remote: Cli, foreign: Foreign, flags: tuple[str, ...], sentence: str | None
) -> None:
    (remote.folder / "latin").write_bytes(b"Gr\xf6\xdfe")
    with (remote.folder / "huge").open("wb") as huge:
        huge.truncate(26_214_401)
    sentence = sentence or "--idempotency-key must be 1 to 255 printable characters."
    assert remote(*CREATE, "-s", "x", *flags) == Ran(2, "", f"tickiti: {sentence}\n")
    assert foreign.asked == []


def test_an_argument_that_is_not_text_is_named(remote: Cli, foreign: Foreign) -> None:
    assert remote(*CREATE, "-s", "x", "-b", os.fsdecode(b"Gr\xf6\xdfe")) == Ran(
        2, "", "tickiti: A value is not valid UTF-8; check the terminal's encoding.\n"
    )
    assert foreign.asked == []


def test_a_new_ticket_is_its_number_in_a_pipe_and_a_sentence_on_a_terminal(local: Cli) -> None:
    number = create(local)
    ran = local.on_terminal(*CREATE, "-s", "Cracked", "-b", "x")
    assert ran == Ran(0, f"Created ticket {int(number) + 1}.\n", "")


def test_json_of_a_new_ticket_is_the_reply_and_the_operation(local: Cli) -> None:
    ran = local(*CREATE, "-s", "x", "-b", "y", "--json", "--idempotency-key", "json-of-a-ticket")
    created = json.loads(ran.stdout)
    assert created.pop("secure_id")
    assert 0 < created["ticket_id"] < created["ticket_number"]
    assert created == {
        "ticket_number": created["ticket_number"],
        "ticket_id": created["ticket_id"],
        "idempotency_key": "json-of-a-ticket",
        "replayed": False,
    }


def test_unknown_members_are_passed_on(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True, "data": {"ticket_number": 1, "novel": [1, {"a": None}]}}))
    created = json.loads(remote(*CREATE, "-s", "x", "-b", "y", "--json").stdout)
    assert created["novel"] == [1, {"a": None}]


def test_a_wrong_queue_is_the_documentations_sentence(local: Cli) -> None:
    assert local(*CREATE, "-s", "x", "-b", "y", "--queue", "Nowhere") == Ran(
        7, "", "tickiti: --queue: Queue 'Nowhere' not found.\nSee: tickiti queue list\n"
    )


def test_invalid_values_are_all_named_at_once(local: Cli) -> None:
    create = ("ticket", "create", "--from", "nobody@b,c", "-s", "x", "-b", "y")
    rule = "must be one e-mail address, such as marcus@trailblazers-club.example."
    assert local(*create, "--participant", "anna@b,c") == Ran(
        7,
        "",
        f"tickiti: --from 'nobody@b,c' {rule} (and 1 more)\n  --participant 'anna@b,c' {rule}\n",
    )


def test_a_ticket_is_answered_put_on_hold_and_reopened(local: Cli) -> None:
    number = create(local)
    respond = ("ticket", "respond", number, "--from", "anna@sole-trader.example")
    answered = local(*respond, "-b", "A new pair is coming.", "--json")
    assert json.loads(answered.stdout)["reopened"] is False
    held = local(*respond, "--status", "on-hold", "--until", "2030-12-31")
    assert held.code == 0
    assert status_of(local, number) == ("on-hold", "2030-12-31")
    again = local.on_terminal(*respond, "-b", "Here it is.")
    assert again == Ran(0, f"Replied to ticket {number} and reopened it.\n", "")
    assert status_of(local, number) == ("open", None)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("-b", "A new pair is coming."), "Replied to ticket {}."),
        (("-b", "He called.", "--internal"), "Added an internal note to ticket {}."),
        (("--priority", "high"), "Updated ticket {}."),
    ],
)
def test_respond_reports_a_reply_a_note_and_a_change(
    local: Cli, flags: tuple[str, ...], sentence: str
) -> None:
    number = create(local)
    respond = ("ticket", "respond", number, "--from", "anna@sole-trader.example")
    assert local(*respond, *flags, "-o", "table") == Ran(0, f"{sentence.format(number)}\n", "")


def status_of(run: Cli, number: str) -> tuple[str, str | None]:
    ticket = json.loads(run("ticket", "view", number, "--json").stdout)["ticket"]
    return ticket["status"], ticket["on_hold_until"]


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (
            (),
            NOTHING_SAID,
        ),
        (("--status", "on-hold"), "--status on-hold needs --until DATE."),
        (
            ("-b", "x", "--status", "closed", "--until", "2030-01-01"),
            "--until puts the ticket on hold: leave out --status closed.",
        ),
        (("--keep-status",), NOTHING_SAID),
    ],
)
def test_an_empty_answer_is_refused(offline: Cli, flags: tuple[str, ...], sentence: str) -> None:
    ran = offline("ticket", "respond", "220009", "--from", "a@b.example", *flags)
    assert ran == Ran(2, "", f"tickiti: {sentence}\n")


@pytest.mark.parametrize("number", ["0", "-5", "abc", "2.5"])
def test_a_ticket_number_is_a_number(offline: Cli, number: str) -> None:
    ran = offline("ticket", "view", "--", number)
    assert ran.code == 2
    assert ran.stderr.startswith("tickiti: NUMBER: ")


def test_a_missing_ticket_exits_6(local: Cli) -> None:
    told = "tickiti: Ticket 999999 not found.\nSee: tickiti ticket list\n"
    assert local("ticket", "view", "999999") == Ran(6, "", told)


def test_a_view_in_a_pipe_is_the_ticket_then_its_responses(local: Cli) -> None:
    number = create(local)
    ran = local("ticket", "view", number)
    shown = json.loads(local("ticket", "view", number, "--json").stdout)
    ticket, (response,) = shown["ticket"], shown["responses"]
    assert ran.stdout == (
        f"{number}\tCracked\topen\t20\tmarcus@trailblazers-club.example\t\t\t"
        f"{ticket['created_at']}\t{ticket['updated_at']}\n"
        f"{response['id']}\t{response['created_at']}\t{response['created_by_email']}\tfalse\t"
        "At mile 14\n"
    )


def test_a_view_on_a_terminal_is_a_thread(local: Cli) -> None:
    number = create(local)
    anna = ("ticket", "respond", number, "--from", "anna@sole-trader.example")
    assert local(*anna, "-b", "Ask the <lab>\nfirst", "--internal").code == 0
    ran = local.on_terminal("ticket", "view", number, "--color", "never")
    heading, state, *rest = ran.stdout.splitlines()
    assert heading == f"Cracked  #{number}"
    assert state == "open \u00b7 Inbox \u00b7 normal priority \u00b7 unassigned"
    assert rest[-3].startswith("anna@sole-trader.example  internal note, ")
    assert rest[-2:] == ["Ask the <lab>", "first"]


def test_a_view_can_leave_the_responses_out_or_show_their_html(local: Cli) -> None:
    number = create(local, "--body-format", "text")
    alone = local("ticket", "view", number, "--no-responses")
    assert len(alone.stdout.splitlines()) == 1
    screen = local.on_terminal("ticket", "view", number, "--no-responses", "--color", "never")
    assert screen.stdout.splitlines()[:2] == [
        f"Cracked  #{number}",
        "open \u00b7 Inbox \u00b7 normal priority \u00b7 unassigned",
    ]
    assert "At mile 14" not in screen.stdout
    local("ticket", "respond", number, "--from", "a@b.example", "-b", "1 < 2")
    raw = local("ticket", "view", number, "--raw-html")
    assert raw.stdout.splitlines()[-1].endswith("\t1 &lt; 2")


def test_a_list_in_a_pipe_is_a_line_a_ticket(local: Cli) -> None:
    number = create(local, "--queue", "Support")
    ran = local("ticket", "list", "--search", f"ticket_number={number}")
    (row,) = json.loads(
        local("ticket", "list", "--search", f"ticket_number={number}", "--json").stdout
    )
    assert ran == Ran(
        0,
        f"{number}\tCracked\topen\t20\tSupport\tmarcus@trailblazers-club.example\t"
        f"{row['updated_at']}\n",
        "",
    )


def test_list_filters_are_search_criteria(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True, "data": {"tickets": [], "next_cursor": None}}))
    flags = (
        "--perspective", "Mine", "--status", "open", "--status", "on-hold", "--queue", "Sales",
        "--subject", "plate", "--raised-by", "m@x.example", "--assigned", "a@x.example",
        "--priority", "high", "--hashtag", "vip", "--created-from", "2026-01-01",
        "--created-to", "2026-01-31", "--updated-from", "2026-02-01",
        "--updated-to", "2026-02-28", "--search", "content=sole",
    )  # fmt: skip
    assert remote("ticket", "list", *flags).code == 0
    assert json.loads(foreign.asked[0].body) == {
        "search_object": {
            "criteria": [
                {"mode": "status", "tokens": ["open", "on-hold"]},
                {"mode": "queue", "tokens": ["Sales"]},
                {"mode": "subject", "tokens": ["plate"]},
                {"mode": "raised", "tokens": ["m@x.example"]},
                {"mode": "assigned", "tokens": ["a@x.example"]},
                {"mode": "priority", "tokens": ["high"]},
                {"mode": "hashtag", "tokens": ["vip"]},
                {"mode": "created_from", "tokens": ["2026-01-01"]},
                {"mode": "created_to", "tokens": ["2026-01-31"]},
                {"mode": "updated_from", "tokens": ["2026-02-01"]},
                {"mode": "updated_to", "tokens": ["2026-02-28"]},
                {"mode": "content", "tokens": ["sole"]},
            ],
            "search_perspective": "Mine",
        },
        "limit": 50,
    }


def test_a_perspective_of_digits_is_an_id(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True, "data": {"tickets": [], "next_cursor": None}}))
    assert remote("ticket", "list", "--perspective", "7").code == 0
    sent = json.loads(foreign.asked[0].body)
    assert sent["search_object"] == {"search_perspective_id": 7}


@pytest.mark.parametrize("term", ["status", "=open", "status=", ""])
def test_a_search_term_without_mode_or_token_is_refused(offline: Cli, term: str) -> None:
    assert offline("ticket", "list", "--search", term) == Ran(
        2,
        "",
        f"tickiti: --search: '{term}' is not MODE=TOKEN, such as status=open or "
        "subject_content=plate.\n",
    )


def page(numbers: range, cursor: str | None) -> bytes:
    rows = [{"number": number} for number in numbers]
    return reply({"ok": True, "data": {"tickets": rows, "next_cursor": cursor}})


def test_an_incomplete_list_remarks_on_more_rows_and_names_all(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(page(range(50), "c1"))
    ran = remote("ticket", "list", "--fields", "number")
    assert ran.stdout.splitlines() == [str(number) for number in range(50)]
    assert ran.stderr == "There are more tickets; --all shows every one.\n"
    assert len(foreign.asked) == 1
    asked = remote("ticket", "list", "--fields", "number", "--limit", "50")
    assert (asked.stdout, asked.stderr) == (ran.stdout, "")  # cron would mail it


@pytest.mark.parametrize(
    "flags", [("--limit", "5", "--all"), ("--all", "--limit", "1000"), ("--all", "--limit=50")]
)
@pytest.mark.parametrize("command", [("ticket", "list"), ("outbox", "list"), ("token", "audit")])
def test_a_limit_and_all_together_are_a_usage_error(
    remote: Cli, foreign: Foreign, command: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    sentence = "--limit and --all contradict each other: give one of them."
    assert remote(*command, *flags) == Ran(2, "", f"tickiti: {sentence}\n")
    assert foreign.asked == []


def test_all_flag_follows_the_cursor_to_the_end(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(
        page(range(1000), "c1"), page(range(1000, 2000), "c2"), page(range(2000, 2001), None)
    )
    ran = remote("ticket", "list", "--all", "--fields", "number")
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == [str(number) for number in range(2001)]
    sent = [json.loads(asked.body) for asked in foreign.asked]
    assert sent == [
        {"limit": 1000},
        {"limit": 1000, "cursor": "c1"},
        {"limit": 1000, "cursor": "c2"},
    ]


def test_a_limit_beyond_a_page_takes_as_many_as_it_needs(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(page(range(1000), "c1"), page(range(1000, 1200), "c2"))
    ran = remote("ticket", "list", "--limit", "1200", "--fields", "number")
    assert len(ran.stdout.splitlines()) == 1200
    sent = [json.loads(asked.body)["limit"] for asked in foreign.asked]
    assert sent == [1000, 200]


def test_a_repeated_cursor_ends_the_list_with_an_error(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(page(range(2), "same"))
    ran = remote("ticket", "list", "--all")
    assert ran.code == 7
    assert ran.stderr == (
        "tickiti: The server gave one cursor twice: its list has no end.\n"
        "Check the base URL: tickiti profile show\n"
    )


@pytest.mark.parametrize("limit", ["0", "-1", "x"])
def test_a_limit_is_a_number_above_zero(offline: Cli, limit: str) -> None:
    ran = offline("ticket", "list", "--limit", limit)
    assert ran.code == 2
    assert ran.stderr.startswith("tickiti: --limit: ")


def test_the_real_pages_are_complete_and_in_order(local: Cli) -> None:
    numbers = [create(local, "--queue", "Sales") for _ in range(3)]
    for size in ("1", "2"):
        first = local("ticket", "list", "--queue", "Sales", "--limit", size, "--fields", "number")
        assert first.stdout.splitlines() == numbers[::-1][: int(size)]


def test_a_dry_run_shows_the_request_and_sends_nothing(remote: Cli, foreign: Foreign) -> None:
    ran = remote(*CREATE, "-s", "x", "-b", "y", "--dry-run", "--idempotency-key", "k")
    assert json.loads(ran.stdout) == {
        "method": "POST",
        "url": f"{foreign.base_url}/api/create_ticket",
        "idempotency_key": "k",
        "body": {
            "originator_email_address": "marcus@trailblazers-club.example",
            "data": {"subject": "x", "content": "y"},
        },
    }
    assert foreign.asked == []


def test_a_dry_run_needs_no_token(offline: Cli) -> None:
    assert offline(*CREATE, "-s", "x", "-b", "y", "--dry-run").code == 0


def test_the_curl_line_does_the_same_and_hides_the_token(local: Cli, served: object) -> None:
    flags = ("-s", "It's $HOME `x`", "-b", "a'b\\n\"c", "--idempotency-key", "curl's key")
    shown = local(*CREATE, *flags, "--print-curl")
    assert (shown.code, shown.stderr) == (0, "")
    assert "tkt_" not in shown.stdout
    assert '"Authorization: Bearer $TICKITI_API_TOKEN"' in shown.stdout
    token = (local.config / "credentials.toml").read_text().split('token = "')[1].split('"')[0]
    done = subprocess.run(
        ["/bin/sh", "-c", shown.stdout],
        capture_output=True,
        env={"PATH": os.environ["PATH"], "TICKITI_API_TOKEN": token},
        check=False,
    )
    sent = json.loads(done.stdout)["data"]
    again = json.loads(local(*CREATE, *flags, "--json").stdout)
    assert (again["ticket_number"], again["replayed"]) == (sent["ticket_number"], True)


def test_debug_and_verbose_show_no_secret(local: Cli, tmp_path: Path) -> None:
    ran = local("ticket", "list", "--debug", "-v", "--json")
    assert ran.code == 0
    assert "POST http://127.0.0.1:" in ran.stderr
    assert "tkt_" not in ran.stdout + ran.stderr
    assert not stat.S_IMODE((local.config / "credentials.toml").stat().st_mode) & 0o077


def test_a_key_of_the_users_own_choice_is_sent_as_it_is(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket_created())
    key = "order:SP-2412-0489:warranty"
    assert remote(*CREATE, "-s", "x", "-b", "y", "--idempotency-key", key).code == 0
    assert foreign.keys == [key]


def test_repeated_command_is_another_operation(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket_created())
    for _ in range(2):
        assert remote(*CREATE, "-s", "x", "-b", "y").code == 0
    first, second = foreign.keys
    assert first != second


@pytest.mark.parametrize("rows", [None, "x", {}, [1], [None], [[]]])
def test_a_list_reply_without_tickets_is_an_error_and_not_a_crash(
    remote: Cli, foreign: Foreign, rows: object
) -> None:
    foreign.answers(reply({"ok": True, "data": {"tickets": rows, "next_cursor": None}}))
    assert remote("ticket", "list") == Ran(
        7,
        "",
        "tickiti: The server's 'tickets' is not a list of objects.\n"
        "Check the base URL: tickiti profile show\n",
    )


def test_a_ticket_page_in_a_browser_runs_and_loads_nothing(local: Cli, tmp_path: Path) -> None:
    browser, seen = tmp_path / "browser", tmp_path / "seen"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}\n')
    browser.chmod(0o755)
    content = "<b>At</b> mile 14<script>alert(1)</script><!-- and no more"
    made = local(
        "ticket", "create", "--from", "a@b.example", "-s", "<i>Cracked</i>", "-b", content,
        "--body-format", "html", "--as-originator",
    )  # fmt: skip
    number = made.stdout.strip()
    flags = ("--from", "b@b.example", "-b", "We look at it.", "--internal")
    assert local("ticket", "respond", number, *flags).code == 0
    environ = {"BROWSER": str(browser), "TMPDIR": str(tmp_path)}
    ran = local("ticket", "view", number, "--web", **environ)
    page = Path(seen.read_text().strip().removeprefix("file://"))
    assert ran == Ran(0, "", f"Opened {page}\n")
    text = unescape(page.read_text())
    assert f"<h1>&lt;i&gt;Cracked&lt;/i&gt; <small>#{number}</small></h1>" in text
    head = '<section class="requester"><p class="head"><b>a@b.example</b> requester, 20'
    assert head in text
    assert " UTC</p><b>At</b> mile 14</section>" in text
    assert '<section class="note"><p class="head"><b>b@b.example</b> internal note, 20' in text
    assert " UTC</p>We look at it.</section>" in text
    assert "<script" not in text
    local("ticket", "view", number, "--web", "--no-responses", **environ)
    page = Path(seen.read_text().strip().removeprefix("file://"))
    assert "<section" not in unescape(page.read_text())
    assert local("ticket", "view", number, "--web", "--raw-html") == Ran(
        2, "", "tickiti: Give --web or --raw-html, not both.\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("view", "x"), ("view", "#"), ("view", "0"), ("view", "##1"), ("view", "9" * 30),
        ("respond", "\u0661\u0662", "--from", "a@b.example", "-b", "x"),
        ("wait", "-1", "--until", "status=open"),
    ],
)  # fmt: skip
def test_malformed_ticket_number_is_named(
    remote: Cli, foreign: Foreign, arguments: tuple[str, ...]
) -> None:
    ran = remote("ticket", *arguments)
    assert (ran.code, ran.stdout, foreign.asked) == (2, "", [])


def test_a_number_is_taken_with_its_hash_sign(local: Cli) -> None:
    number = create(local)
    for command in (("ticket", "view"), ("response", "list")):
        assert local(*command, f"#{number}", "--json") == local(*command, number, "--json")
    listed = local("ticket", "list", "--search", f"ticket_number=#{number}", "--fields", "number")
    assert listed == Ran(0, f"{number}\n", "")
    held = ("ticket", "respond", f" #{number}", "--from", "a@b.example", "-b", "x")
    assert local(*held).code == 0
    shown = local("response", "query", "--ticket", f"#{number}", "--fields", "ticket_number")
    assert set(shown.stdout.split()) == {number}


@pytest.mark.parametrize("name", ["Sales", "sales", "SALES"])
def test_a_queue_is_found_in_any_case_wherever_it_is_named(local: Cli, name: str) -> None:
    number = create(local, "--queue", name)
    listed = local("ticket", "list", "--queue", name, "--fields", "number", "--all")
    assert (listed.code, number in listed.stdout.split()) == (0, True)
    edited = local("queue", "edit", name, "--name", "Sales")
    assert (edited.code, edited.stderr) == (0, "")


def test_an_unknown_queue_is_an_error_and_not_an_empty_list(local: Cli, admin: Admin) -> None:
    hint = "See: tickiti queue list\n"
    for form in ((), ("--json",), ("-o", "csv"), ("--status", "open", "--all")):
        ran = local("ticket", "list", "--queue", "Saless", *form)
        assert ran.code == 6
        assert "There is no queue 'Saless'. Did you mean Sales?" in ran.stderr
    assert ran.stderr.endswith(hint)
    several = ("ticket", "list", "--queue", "Saless", "--queue", "support", "--subject", "zzzqqq")
    assert local(*several) == Ran(0, "", "")
    file = local.folder / "token"
    file.touch(mode=0o600)
    file.write_text(admin.mint("ticket-index")["token"])
    ran = local("ticket", "list", "--queue", "Nope", "-p", "local", "--token-file", "token")
    assert ran == Ran(0, "", "")  # this token may not list queues, so nobody knows


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("list", "--created-from", "yestreday"), "--created-from: 'yestreday' is not a date"),
        (("list", "--updated-to", "2026-02-31"), "--updated-to: '2026-02-31' is not in the cal"),
        (("list", "--search", "created_to=24.12.2026"), "--search created_to: '24.12.2026' is not"),
        (("export", "--out", "-", "--created-to", "2026-1-1"), "--created-to: '2026-1-1' is not"),
        (("create", "--from", "marcus", "-s", "x", "-b", "y"), "--from: 'marcus' is not an e-mail"),
        (("create", "--from", "a b@c", "-s", "x", "-b", "y"), "--from: 'a b@c' is not an e-mail"),
        (
            ("respond", "1", "--from", "a@b", "--status", "on-hold", "--until", "9999-13-01"),
            "--until: '9999-13-01' is not in the calendar",
        ),
    ],
)
def test_locally_invalid_request_is_not_sent(
    remote: Cli, foreign: Foreign, flags: tuple[str, ...], sentence: str
) -> None:
    ran = remote("ticket", *flags)
    assert (ran.code, ran.stdout, foreign.asked) == (2, "", [])
    assert ran.stderr.startswith(f"tickiti: {sentence}")
