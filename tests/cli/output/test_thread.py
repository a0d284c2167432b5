"""A ticket on a terminal reads as a conversation: title, state, then who said what, and when."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tickiti_cli.output.streams import Streams
from tickiti_cli.output.tables import terminal, thread

NOW = datetime.now(UTC)
TICKET = {
    "number": 220009, "subject": "Carbon plate cracked", "status": "on-hold", "priority": "30",
    "queue_name": "Sales", "assigned_to_email": "anna@sole-trader.example",
    "hashtags": ["shoes", "vip"], "on_hold_until": "2027-01-05", "originator_name": "Marcus",
    "originator_email": "marcus@b.example",
    "created_at": (NOW - timedelta(days=3, hours=1)).isoformat(),
    "updated_at": (NOW - timedelta(hours=5, minutes=1)).isoformat(),
}  # fmt: skip


def response(**members: Any) -> dict[str, Any]:
    return {
        "created_by_email": "anna@sole-trader.example", "is_internal": False, "is_pinned": False,
        "staff_response": True, "plain_text": "", "attachments": [], "audit": [],
        "created_at": (NOW - timedelta(hours=2, minutes=1)).isoformat(), **members,
    }  # fmt: skip


def change(what: str, before: object, after: object) -> dict[str, object]:
    return {"what": what, "from": before, "to": after, "by": "anna@sole-trader.example"}


def shown(
    ticket: dict[str, Any], *responses: dict[str, Any], width: int = 80, color: str = "never"
) -> str:
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        terminal.thread(Streams(None, out, None, {}), ticket, responses, color=color)
    return out.getvalue()


def test_a_thread_begins_with_title_state_and_origin() -> None:
    assert shown(TICKET) == (
        "Carbon plate cracked  #220009\n"
        "on-hold \u00b7 until 2027-01-05 \u00b7 Sales \u00b7 high priority \u00b7 assigned to\n"
        "anna@sole-trader.example \u00b7 #shoes #vip\n"
        "Marcus <marcus@b.example>, created 3 d ago, updated 5 h ago\n"
    )


def test_colour_ends_behind_the_word_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    note = response(plain_text="Ask.", is_internal=True)
    text = shown({"number": 7, "status": "open", "queue_name": "Sales"}, note, color="always")
    title, state, _, _, head, body = text.splitlines()
    assert title == "\x1b[1m(no subject)\x1b[0m\x1b[2m  #7\x1b[0m"
    assert state == "\x1b[32mopen\x1b[0m \u00b7 Sales \u00b7 unassigned"
    assert head == (
        "\x1b[1;36manna@sole-trader.example\x1b[0m\x1b[33m  internal note, 2 h ago\x1b[0m"
    )
    assert body == "Ask."


def test_a_ticket_with_a_number_alone_is_shown() -> None:
    assert shown({"number": 7}) == "(no subject)  #7\nunassigned\n\n"


def test_responses_have_author_role_time_text_and_files() -> None:
    files = [
        {"id": "3", "name": "screen.png", "file_size": 49_152},
        {"id": "4", "name": "log.txt", "file_size": 12},
    ]
    text = shown(
        TICKET,
        response(created_by_email="Marcus@b.example", staff_response=False, plain_text="It broke."),
        response(plain_text="We look.", attachments=files, is_pinned=True),
        response(plain_text="Ask the lab.", is_internal=True),
        response(created_by_email="coach@b.example", staff_response=False, plain_text="Me too."),
    )
    assert text.partition("\n\n")[2] == (
        "Marcus@b.example  requester, 2 h ago\nIt broke.\n\n"
        "anna@sole-trader.example  staff, pinned, 2 h ago\nWe look.\n"
        "Attached: screen.png (attachment 3, 48 kB)\n"
        "Attached: log.txt (attachment 4, 12 bytes)\n\n"
        "anna@sole-trader.example  internal note, 2 h ago\nAsk the lab.\n\n"
        "coach@b.example  participant, 2 h ago\nMe too.\n"
    )


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (change("status", "open", "closed"), "changed the status from open to closed"),
        (change("priority", 20, 40), "changed the priority from normal to urgent"),
        (change("assigned_to_email", None, "a@b.example"), "set the assignee to a@b.example"),
        (change("assigned_to_email", "a@b.example", None), "removed the assignee"),
        (change("on_hold_until", "2027-01-05", None), "removed the end of hold"),
        (change("merged", 8, 7), "merged ticket 8 into 7"),
        (change("participant_added", None, "a@b.example"), "added a@b.example"),
        (change("attachment_deleted", "x.png", None), "deleted the attachment x.png"),
        (change("vendor_thing", "a", "b"), "changed the vendor thing from a to b"),
    ],
)
def test_a_change_without_a_text_is_a_line_in_words(found: dict[str, object], words: str) -> None:
    text = shown(TICKET, response(audit=[found], is_audit_only=True), width=120)
    assert text.endswith(f"\n\nanna@sole-trader.example {words}, 2 h ago\n")


def test_a_change_is_shown_below_the_text_of_its_response() -> None:
    text = shown(TICKET, response(plain_text="Done.", audit=[change("status", "open", "closed")]))
    assert text.endswith("Done.\nAlso changed the status from open to closed\n")


def test_an_empty_response_is_left_out() -> None:
    assert shown(TICKET, response()) == shown(TICKET)


def test_quotations_and_lists_are_wrapped_after_their_marks() -> None:
    body = "> quoted words that go on\n1. item words that go on\n   - inner words that go"
    text = shown({"number": 7}, response(plain_text=body), width=20)
    assert text.splitlines()[-6:] == [
        "> quoted words that", "> go on", "1. item words that", "   go on", "   - inner words",
        "     that go",
    ]  # fmt: skip


def test_cells_of_a_table_are_aligned_below_each_other() -> None:
    table = "SKU\tQty\tPrice\nVP3-42-WIDE\t2\t249.00\n\u9774\t12\t9.90\nDone."
    body = shown(TICKET, response(plain_text=table)).splitlines()[-4:]
    assert body == [
        "SKU          Qty  Price",
        "VP3-42-WIDE  2    249.00",
        "\u9774           12   9.90",
        "Done.",
    ]


@pytest.mark.parametrize(
    ("text", "last"),
    [("all:\n\tmake x\n\tmake y", "        make y"), (f"a\t{'b' * 90}\nc\td", "c       d")],
)
def test_code_with_tabs_and_a_table_that_is_too_wide_are_left_alone(text: str, last: str) -> None:
    assert shown(TICKET, response(plain_text=text)).splitlines()[-1] == last


def test_code_keeps_its_lines_and_blanks() -> None:
    body = 'Traceback:\n  File "x.py",   line 3\n\n    boom'
    assert shown(TICKET, response(plain_text=body)).endswith(f"2 h ago\n{body}\n")


def test_a_url_that_is_wider_than_the_terminal_is_not_broken() -> None:
    url = "https://shop.example/orders/4711?with=a-long-query"
    text = shown({"number": 7}, response(plain_text=f"see {url} now"), width=24)
    assert text.splitlines()[-3:] == ["see", url, "now"]


def test_chinese_text_is_wrapped_without_blanks() -> None:
    text = shown({"number": 7}, response(plain_text="\u978b" * 25), width=20)
    assert text.splitlines()[-3:] == ["\u978b" * 10, "\u978b" * 10, "\u978b" * 5]


def test_control_characters_of_a_server_are_removed_from_a_thread() -> None:
    body = "\x1b]0;owned\x07red\x1b[31m [bold]"
    text = shown({"number": 7, "subject": body}, response(plain_text=body, created_by_email=body))
    assert "\x1b" not in text
    assert text.count("red [bold]") == 3


@pytest.mark.parametrize("members", [{"audit": "x"}, {"attachments": [1]}, {"audit": [{}]}])
def test_fields_of_unexpected_types_do_not_fail_a_thread(members: dict[str, Any]) -> None:
    assert "Done." in shown({"number": 7}, response(plain_text="Done.", **members))


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 kB"), (5 * 1024**2, "5.0 MB"),
     (26 * 1024**2, "26 MB"), (3 * 1024**3, "3.0 GB")],
)  # fmt: skip
def test_file_sizes_are_shown_in_a_fitting_unit(count: int, words: str) -> None:
    found = response(attachments=[{"id": 1, "name": "f", "file_size": count}])
    (entry,) = thread.entries(TICKET, [found])
    assert entry.files == [f"f (attachment 1, {words})"]
