"""Markdown and HTML for reports: text of a server is shown, never read as markup."""

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply
from tickiti_cli.input.markdown import html_of_markdown
from tickiti_cli.output.format import columns
from tickiti_cli.output.tables.markup import (
    html_record,
    html_rows,
    html_thread,
    markdown_record,
    markdown_rows,
    markdown_thread,
)

SHAPE = columns("number", "subject", "priority", "updated_at", "assigned_to_email")
ROW = {
    "number": 220009, "subject": "a|b *c* <img src=x> [d](e) `f` \u978b", "priority": "30",
    "updated_at": "2026-05-01T11:14:02+02:00", "assigned_to_email": None,
}  # fmt: skip


def test_rows_are_a_markdown_table_with_escaped_texts() -> None:
    assert markdown_rows([ROW], SHAPE) == (
        "| Number | Subject | Priority | Updated | Assignee |\n"
        "| ---: | --- | --- | --- | --- |\n"
        "| 220009 | a\\|b \\*c\\* \\<img src=x\\> \\[d\\](e) \\`f\\` \u978b | high "
        "| 2026-05-01 09:14 UTC |  |\n"
    )


def test_rows_are_an_html_table_in_ascii_with_escaped_texts() -> None:
    assert html_rows([ROW], SHAPE) == (
        '<table border="1" cellpadding="4" style="border-collapse: collapse">\n'
        '<thead><tr><th align="right">Number</th><th align="left">Subject</th>'
        '<th align="left">Priority</th><th align="left">Updated</th>'
        '<th align="left">Assignee</th></tr></thead>\n'
        "<tbody>\n"
        '<tr><td align="right">220009</td>'
        '<td align="left">a|b *c* &lt;img src=x&gt; [d](e) `f` &#38795;</td>'
        '<td align="left">high</td><td align="left">2026-05-01 09:14 UTC</td>'
        '<td align="left"></td></tr>\n'
        "</tbody>\n</table>\n"
    )


def test_a_record_is_a_table_of_fields_and_values() -> None:
    record = {"queue_name": "a|b", "is_internal": True}
    assert markdown_record(record, columns(*record)) == (
        "| Field | Value |\n| --- | --- |\n| Queue | a\\|b |\n| Internal note | yes |\n"
    )
    assert '<td align="left">Queue</td><td align="left">a|b</td>' in html_record(
        record, columns(*record)
    )


TICKET = {
    "number": 7, "subject": "<b>Cracked</b>", "status": "open", "queue_name": "Sales",
    "originator_email": "m@b.example", "created_at": "2026-05-01T09:14:02+00:00",
}  # fmt: skip
RESPONSE = {
    "created_by_email": "m@b.example", "created_at": "2026-05-01T09:14:02+00:00",
    "is_internal": False, "staff_response": False,
    "plain_text": "# no title\n\n> quoted *x*\n\n- one\n- two\n<script>alert(1)</script>",
}  # fmt: skip


def test_markdown_thread_keeps_quotations_and_lists_and_escapes_the_rest() -> None:
    text = markdown_thread(TICKET, [RESPONSE])
    assert text == (
        "# \\<b\\>Cracked\\</b\\> (7)\n\n"
        "open \u00b7 Sales \u00b7 unassigned\n\n"
        "m@b.example, created 2026-05-01 09:14 UTC\n\n"
        "## m@b.example, requester, 2026-05-01 09:14 UTC\n\n"
        "\\# no title  \n\n> quoted \\*x\\*  \n\n- one  \n- two  \n"
        "\\<script\\>alert(1)\\</script\\>  \n"
    )
    assert "<script>" not in html_of_markdown(text)


def test_a_thread_in_html_has_no_element_of_a_customer() -> None:
    html = html_thread(TICKET, [RESPONSE])
    assert html.startswith("<h1>&lt;b&gt;Cracked&lt;/b&gt; (7)</h1>\n<p>open &#183; Sales")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>" not in html


HTML = """\
<table border="1" cellpadding="4" style="border-collapse: collapse">
<thead><tr><th align="right">Number</th></tr></thead>
<tbody>
<tr><td align="right">7</td></tr>
</tbody>
</table>
"""


@pytest.mark.parametrize(
    ("chosen", "shown"), [("markdown", "| Number |\n| ---: |\n| 7 |\n"), ("html", HTML)]
)
def test_a_report_is_written_by_a_list(
    remote: Cli, foreign: Foreign, chosen: str, shown: str
) -> None:
    tickets = {"tickets": [{"number": 7}], "next_cursor": None}
    foreign.answers(reply({"ok": True, "data": tickets}))
    assert remote("ticket", "list", "--columns", "number", "-o", chosen) == Ran(0, shown, "")


@pytest.mark.parametrize(
    ("chosen", "shown"), [("markdown", "No tickets.\n"), ("html", "<p>No tickets.</p>\n")]
)
def test_a_report_without_rows_says_so(
    remote: Cli, foreign: Foreign, chosen: str, shown: str
) -> None:
    foreign.answers(reply({"ok": True, "data": {"tickets": [], "next_cursor": None}}))
    assert remote("ticket", "list", "-o", chosen) == Ran(0, shown, "")
