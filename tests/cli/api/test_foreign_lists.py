"""Lists and failures of installs that answer in another form than the bundled server."""

import json
import socket
from datetime import date, timedelta
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply

ROWS = [{"id": "1", "number": 5, "subject": "x"}, {"id": "2", "number": 6, "subject": "y"}]
FORMS = [{"ok": True, "data": ROWS}, {"ok": True, "data": {"tickets": ROWS}}, ROWS, {"data": ROWS}]


@pytest.mark.parametrize("body", FORMS)
@pytest.mark.parametrize("api", ["v1", "classic"])
def test_ticket_list_is_read_under_data_under_tickets_and_bare(
    remote: Cli, foreign: Foreign, body: Any, api: str
) -> None:
    assert remote("config", "set", "profiles.far.api", api).code == 0
    foreign.answers(reply(body))
    ran = remote("ticket", "list", "--fields", "number,subject")
    assert ran == Ran(0, "5\tx\n6\ty\n", "")


def test_ticket_list_of_v1_sends_row_limit(remote: Cli, foreign: Foreign) -> None:
    assert remote("config", "set", "profiles.far.api", "v1").code == 0
    foreign.answers(reply(FORMS[0]))
    assert remote("ticket", "list", "--limit", "7").code == 0
    sent = json.loads(foreign.asked[0].body)
    assert (sent["row_limit"], "limit" in sent) == (7, False)


def test_full_page_without_a_cursor_remarks_that_rows_may_be_missing(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(reply(FORMS[0]))
    shown = remote.on_terminal("ticket", "list", "--limit", "2", "-o", "csv").stdout
    assert "more tickets" in shown
    shown = remote.on_terminal("ticket", "list", "--limit", "3", "-o", "csv").stdout
    assert "more tickets" not in shown


def day_of(number: int, per_day: int) -> str:
    return (date(2026, 11, 1) - timedelta(days=number // per_day)).isoformat()


def without_cursors(foreign: Foreign, *, count: int, per_day: int) -> None:
    """The install lists `count` tickets, the newest update first, of which so many a day."""

    def answer(connection: socket.socket) -> None:
        asked = json.loads(foreign.asked[-1].body)
        criteria = asked.get("search_object", {}).get("criteria", [])
        last = next((one["tokens"][0] for one in criteria if one["mode"] == "updated_to"), "9")
        rows = [
            {"number": 1 + number, "updated_at": f"{day_of(number, per_day)}T09:00:00+00:00"}
            for number in range(count)
            if day_of(number, per_day) <= last
        ]
        connection.sendall(reply({"ok": True, "data": rows[: asked["row_limit"]]}))

    foreign.answers(answer)


def test_list_without_cursors_is_continued_day_by_day(remote: Cli, foreign: Foreign) -> None:
    assert remote("config", "set", "profiles.far.api", "v1").code == 0
    without_cursors(foreign, count=2500, per_day=130)
    ran = remote("ticket", "list", "--all", "--queue", "Sales", "--fields", "number")
    assert (ran.code, ran.stderr.count("This server cannot continue")) == (0, 1)
    assert ran.stdout.split() == [str(number) for number in range(1, 2501)]
    modes = [one["mode"] for one in json.loads(foreign.asked[-1].body)["search_object"]["criteria"]]
    assert modes == ["queue", "updated_to"]
    assert len(foreign.asked) == 3


def test_day_with_more_tickets_than_a_page_is_named_and_skipped(
    remote: Cli, foreign: Foreign
) -> None:
    assert remote("config", "set", "profiles.far.api", "v1").code == 0
    without_cursors(foreign, count=2500, per_day=1200)
    ran = remote("ticket", "list", "--all", "--fields", "number")
    found = [int(number) for number in ran.stdout.split()]
    assert found == [*range(1, 1001), *range(1201, 2201), *range(2401, 2501)]
    assert ran.stderr.splitlines()[1:] == [
        "Some tickets of 2026-11-01 are missing: a page holds 1,000.",
        "Some tickets of 2026-10-31 are missing: a page holds 1,000.",
    ]


def test_list_in_another_order_is_not_continued(remote: Cli, foreign: Foreign) -> None:
    rows = [{"number": n, "updated_at": f"2026-01-{1 + n % 28:02}"} for n in range(1, 1001)]
    foreign.answers(reply({"ok": True, "data": rows}))
    ran = remote("ticket", "list", "--all", "--fields", "number")
    assert (ran.code, len(ran.stdout.split()), len(foreign.asked)) == (0, 1000, 1)
    assert "more tickets" in ran.stderr


@pytest.mark.parametrize(
    "body",
    [
        {"ok": False, "error": "missing_ability", "message": "No."},
        {"ok": False, "error": "No.", "message": "No.", "code": "missing_ability"},
    ],
)
def test_failure_code_is_read_from_error_or_code(remote: Cli, foreign: Foreign, body: Any) -> None:
    foreign.answers(reply(body, status=403))
    ran = remote("watchlist", "list", "--json")
    error = json.loads(ran.stderr)["error"]
    assert (ran.code, error["code"], error["message"]) == (5, "missing_ability", "No.")
