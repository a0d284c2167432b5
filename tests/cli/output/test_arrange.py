"""--columns and --sort: columns are called by their headings or fields, rows sort by value."""

import json
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output.format import columns
from tickiti_cli.output.tables.arrange import is_order, named_columns, sorted_rows

SHAPE = columns("number", "queue_name", "updated_at")
ROW = {"number": 1, "queue_name": "Sales", "updated_at": None, "assigned_to_email": None}


@pytest.mark.parametrize(
    "names", ["queue,number", "QUEUE, number", "queue_name,NUMBER", "queue-name,number,"]
)
def test_a_column_is_called_by_heading_or_field(names: str) -> None:
    assert [column.key for column in named_columns(names, SHAPE, ROW)] == ["queue_name", "number"]


def test_a_column_may_be_a_field_that_the_list_leaves_out() -> None:
    assert [column.key for column in named_columns("assignee", SHAPE, ROW)] == ["assigned_to_email"]


def test_an_unknown_column_error_lists_the_columns() -> None:
    with pytest.raises(UsageProblem) as raised:
        named_columns("number,qeue", SHAPE, ROW)
    assert str(raised.value) == (
        "--columns: there is no column 'qeue' (known: number, queue, updated, assignee). "
        "Did you mean queue?"
    )


def test_an_empty_list_accepts_any_column_name(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(listing())
    shown = ("ticket", "list", "--columns", "queue,on-hold-until,made_up")
    assert remote(*shown) == Ran(0, "", "")
    assert remote(*shown, "-o", "csv") == Ran(0, "queue_name,on_hold_until,made_up\r\n", "")


def test_columns_without_a_name_are_refused() -> None:
    with pytest.raises(UsageProblem, match=r"^--columns names no column\.$"):
        named_columns(" , ", SHAPE, ROW)


@pytest.mark.parametrize(
    ("values", "order", "expected"),
    [
        ([10, 9, 100], "value", [9, 10, 100]),
        (["10", "9", "x"], "value", ["9", "10", "x"]),
        ([10, 9, 100], "value:desc", [100, 10, 9]),
        (["b", "A", "c"], "VALUE:asc", ["A", "b", "c"]),
        ([None, 2, 1], "value", [1, 2, None]),
        ([None, 2, 3], "value:DESC", [3, 2, None]),
        ([True, False], "value", [False, True]),
        ([["b"], ["a", "c"]], "value", [["a", "c"], ["b"]]),
        ([10**400, 1], "value", [1, 10**400]),
    ],
)
def test_rows_sort_by_value_and_rows_without_one_are_last(
    values: list[Any], order: str, expected: list[Any]
) -> None:
    rows = sorted_rows([{"value": value} for value in values], order, columns("value"))
    assert [row["value"] for row in rows] == expected


def test_times_sort_by_moment_regardless_of_offset() -> None:
    late, early = "2026-05-01T10:00:00+00:00", "2026-05-01T11:30:00+02:00"
    rows = [{"updated_at": late}, {"updated_at": early}]
    assert [row["updated_at"] for row in sorted_rows(rows, "updated", SHAPE)] == [early, late]


UNKNOWN = (
    "--sort: there is no column 'numbr' (known: number, queue, updated, assignee). Did you mean "
    "number?"
)


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ("numbr", UNKNOWN),
        ("number:up", "--sort: 'up' is not a direction: write number:desc."),
    ],
)
def test_a_wrong_order_is_refused(order: str, sentence: str) -> None:
    with pytest.raises(UsageProblem) as raised:
        sorted_rows([ROW], order, SHAPE)
    assert str(raised.value) == sentence


def test_an_order_of_the_api_is_recognised() -> None:
    assert is_order("number", "number")
    assert is_order("Updated:desc", "updated_at", is_descending=True)
    assert not is_order("updated", "updated_at", is_descending=True)
    assert not is_order("number:desc", "number")
    assert not is_order(None, "number")


def listing(*numbers: int, **members: Any) -> bytes:
    rows = [
        {"number": number, "subject": f"s{number}", "queue_name": "Sales", "status": "open"}
        for number in numbers
    ]
    return reply({"ok": True, "data": {"tickets": rows, "next_cursor": None, **members}})


@pytest.mark.parametrize(
    ("sort", "order", "numbers"),
    [
        ("number", "number", "7\n8\n9\n"),
        ("updated:desc", "activity", "8\n7\n9\n"),
        ("number:desc", None, "9\n8\n7\n"),
        ("subject:desc", None, "9\n8\n7\n"),
    ],
)
def test_tickets_are_sorted_on_the_server_where_the_api_can(
    remote: Cli, foreign: Foreign, sort: str, order: str | None, numbers: str
) -> None:
    foreign.answers(listing(8, 7, 9))
    ran = remote("ticket", "list", "--sort", sort, "--columns", "number")
    assert ran == Ran(0, numbers, "")
    assert json.loads(foreign.asked[-1].body).get("order") == order


def test_columns_choose_the_fields_of_a_pipe(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(listing(8))
    assert remote("ticket", "list", "--columns", "queue,number") == Ran(0, "Sales\t8\n", "")
    ran = remote("ticket", "list", "--columns", "queue,number", "-o", "csv")
    assert ran == Ran(0, "queue_name,number\r\nSales,8\r\n", "")


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--json",), "--columns chooses the columns of a table; JSON has --fields."),
        (("--jq", ".[]"), "--columns chooses the columns of a table; JSON has --fields."),
        (("--fields", "number"),
         "--fields and --columns contradict each other: give one of them."),
    ],
)  # fmt: skip
def test_columns_contradict_json_and_fields_before_a_request(
    remote: Cli, foreign: Foreign, flags: tuple[str, ...], sentence: str
) -> None:
    ran = remote("ticket", "list", "--columns", "number", *flags)
    assert ran.code == 2
    assert sentence in ran.stderr
    assert foreign.asked == []


def test_chosen_columns_that_do_not_fit_are_named(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(listing(8))
    chosen = ("--columns", "number,status,queue,subject", "--color", "never")
    ran = remote.on_terminal("ticket", "list", *chosen, COLUMNS="26")
    assert ran == Ran(
        0,
        "NUMBER  STATUS  SUBJECT\n     8  open    s8\nThe terminal is too narrow for QUEUE.\n",
        "",
    )


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"total": 2014, "total_is_exact": True}, "2 of 2,014 tickets; --all shows every one.\n"),
        ({"total": 10000, "total_is_exact": False},
         "2 of more than 10,000 tickets; --all shows every one.\n"),
        ({}, "There are more tickets; --all shows every one.\n"),
        ({"total": "many"}, "There are more tickets; --all shows every one.\n"),
        ({"total": 1}, "There are more tickets; --all shows every one.\n"),
    ],
)  # fmt: skip
def test_a_limited_list_shows_its_total(
    remote: Cli, foreign: Foreign, members: dict[str, Any], sentence: str
) -> None:
    foreign.answers(listing(8, 7, **{**members, "next_cursor": "c"}))
    shown = ("ticket", "list", "--limit", "2", "--columns", "number", "--color", "never")
    assert remote.on_terminal(*shown) == Ran(0, f"NUMBER\n     8\n     7\n{sentence}", "")
    assert remote(*shown) == Ran(0, "8\n7\n", "")


def test_a_limited_list_shows_the_total_of_a_v1_reply(remote: Cli, foreign: Foreign) -> None:
    rows = [{"number": 8}, {"number": 7}]
    page = {"next_cursor": "c", "total": 3, "total_is_exact": True}
    foreign.answers(reply({"ok": True, "data": rows, **page}))
    ran = remote.on_terminal("ticket", "list", "--limit", "2", "--columns", "number")
    assert ran.stdout.endswith("2 of 3 tickets; --all shows every one.\n")


def test_following_requests_cannot_be_sorted(local: Cli) -> None:
    assert local("server", "requests", "--follow", "--sort", "path") == Ran(
        2, "", "tickiti: --follow and --sort contradict each other: give one of them.\n"
    )
