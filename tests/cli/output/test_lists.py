"""Every list of the command line fits its terminal: one row a line, ids whole, wide texts aligned.

The columns are those that the commands declare; a new list is tested by being there.
"""

import importlib
import io
import pkgutil
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.cli import Cli
from tests.support.foreign import Foreign, reply
from tickiti_cli import commands
from tickiti_cli.output.format import Column, columns
from tickiti_cli.output.streams import Streams
from tickiti_cli.output.tables import terminal
from tickiti_cli.output.tables.headings import Kind, heading, is_time, kind_of
from tickiti_cli.reference.tree import read_tree

WIDTHS = (40, 80, 120)
SUBJECTS = {
    "Chinese": "\u978b\u5e95\u88c2\u5f00\u4e86" * 60,
    "emoji": "\U0001f45f shoe \U0001f4a5 " * 40,
    "combining": "re\u0301sume\u0301 " * 43,
    "short": "\u978b",
    "long": "Carbon plate cracked at mile 14 " * 10,
}
ADDRESS = "li.wei@customer-with-a-long-domain.example"


def declared() -> Iterator[tuple[str, tuple[Column, ...]]]:
    """The columns of all commands, by the name of their module and their own."""
    found: dict[int, tuple[str, tuple[Column, ...]]] = {}
    for module in pkgutil.walk_packages(commands.__path__, f"{commands.__name__}."):
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            if isinstance(value, tuple) and value and type(value[0]) is Column:
                found.setdefault(
                    id(value), (f"{module.name.partition('commands.')[2]}.{name}", value)
                )
    yield from found.values()


SHAPES = {
    name: shape
    for name, shape in declared()
    if not any(column.wraps for column in shape)
}  # fmt: skip


def value_of(key: str, text: str) -> Any:
    if is_time(key):
        return datetime.now(UTC).isoformat()
    if key in ("number", "ticket_number"):
        return 220009
    kind = kind_of(key, [])
    return {
        Kind.WHOLE: f"{key}_9KpyvjT",
        Kind.ADDRESS: ADDRESS,
        Kind.NAME: f"Returns {text}",
        Kind.TEXT: text,
    }[kind]


def columns_of(text: str) -> int:
    """What a terminal makes of the text, counted by the Unicode database."""
    wide = [unicodedata.east_asian_width(character) in "WF" for character in text]
    marks = sum(unicodedata.combining(character) > 0 for character in text)
    return len(text) + sum(wide) - marks


def drawn(rows: Sequence[dict[str, Any]], shape: tuple[Column, ...], width: int) -> list[str]:
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        terminal.table(Streams(None, out, None, {}), rows, shape, color="never")
    return out.getvalue().splitlines()


def test_the_search_of_the_command_tree_finds_the_lists() -> None:
    assert len(SHAPES) > 25
    lists = {"ticket.list.LISTED", "outbox.list.LISTED", "token.list.LISTED", "queue.LISTED"}
    assert lists <= SHAPES.keys()


def test_every_list_chooses_and_sorts_its_columns() -> None:
    lacking = [
        command.path
        for command in read_tree().commands
        if command.words[-1] == "list"
        and not {"--columns", "--sort"} <= {flag.long for flag in command.flags}
    ]
    assert lacking == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SHAPES)
def test_a_list_has_one_line_for_each_row_within_the_width(name: str, width: int) -> None:
    shape = SHAPES[name]
    rows = [{c.key: value_of(c.key, text) for c in shape} for text in SUBJECTS.values()]
    lines = drawn(rows, shape, width)
    assert len(lines) == len(rows) + 1
    assert [line for line in lines if columns_of(line) > width] == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SHAPES)
def test_ids_and_states_of_a_list_are_whole(name: str, width: int) -> None:
    shape = SHAPES[name]
    rows = [{c.key: value_of(c.key, text) for c in shape} for text in SUBJECTS.values()]
    head, *lines = drawn(rows, shape, width)
    shown = [c for c in shape if heading(c.key).upper() in head]
    assert shown[0] == shape[0] or shape[0].leaves
    for column in shown:
        if kind_of(column.key, []) is Kind.WHOLE and not is_time(column.key):
            value = str(rows[0][column.key])
            assert [value in line for line in lines] == [True] * len(lines)


@pytest.mark.parametrize("width", WIDTHS)
def test_columns_after_wide_characters_are_aligned(width: int) -> None:
    shape = SHAPES["ticket.list.LISTED"]
    rows = [{c.key: value_of(c.key, text) for c in shape} for text in SUBJECTS.values()]
    rows = [{**row, "status": "on-hold"} for row in rows]
    places = {columns_of(line.partition("on-hold")[0]) for line in drawn(rows, shape, width)[1:]}
    assert len(places) == 1


def test_numbers_are_aligned_at_the_right_and_texts_of_digits_are_not() -> None:
    shape = SHAPES["queue.LISTED"]
    rows = [
        {"id": "7", "name": "2026", "ticket_count": 5, "built_in": True},
        {"id": "12", "name": "Returns", "ticket_count": None, "built_in": False},
    ]
    assert drawn(rows, shape, 80) == [
        "ID  NAME     TICKETS  BUILT IN",
        " 7  2026           5  yes",
        "12  Returns        -  no",
    ]


def test_an_empty_column_is_dropped_first() -> None:
    shape = SHAPES["outbox.list.LISTED"]
    row = {
        "id": "mail_Wxtd71awEgg4KpyvjTGQg1TiA2J1qTgH", "to": ADDRESS, "mailbox": "local",
        "subject": "Shipped", "state": "sent", "attempts": 1, "next_at": None, "last_error": None,
        "created_at": datetime.now(UTC).isoformat(),
    }  # fmt: skip
    head, line = drawn([row], shape, 110)
    assert head.split() == ["ID", "TO", "MAILBOX", "SUBJECT", "STATE", "ATTEMPTS", "CREATED"]
    assert line.split()[0] == row["id"]


def test_a_path_in_wrapped_text_is_not_broken() -> None:
    shape = columns("name", "detail", wrapping=("detail",))
    path = "/home/marcus/.config/tickiti/config.toml"
    rows = [{"name": "configuration", "detail": f"{path} is valid."}, {"name": "x", "detail": "y"}]
    assert drawn(rows, shape, 40) == [
        "NAME           DETAIL",
        f"configuration  {path}",
        "               is valid.",
        "x              y",
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_list_of_tickets_fits_a_real_terminal(
    remote: Cli, foreign: Foreign, width: int
) -> None:
    rows = [
        {"number": 220009 + at, "subject": text, "status": "open", "priority": 20,
         "queue_name": "Sales", "originator_email": ADDRESS, "updated_at": "2026-05-01T09:14:02Z"}
        for at, text in enumerate(SUBJECTS.values())
    ]  # fmt: skip
    foreign.answers(reply({"ok": True, "data": {"tickets": rows, "next_cursor": None}}))
    ran = remote.on_terminal("ticket", "list", "--color", "never", COLUMNS=str(width))
    head, *lines = ran.stdout.splitlines()
    assert (ran.code, head.split()[0]) == (0, "NUMBER")
    assert [line.split()[0] for line in lines] == [str(row["number"]) for row in rows]
    assert max(map(columns_of, (head, *lines))) <= width


@pytest.mark.parametrize(
    ("name", "telling"),
    [
        ("outbox.options.LISTED", ("to", "subject", "state")),
        ("callback.options.LISTED", ("intervention", "ticket_number", "state")),
    ],
)
def test_a_long_id_is_dropped_before_distinguishing_columns(
    name: str, telling: Sequence[str]
) -> None:
    shape = SHAPES[name] if name in SHAPES else SHAPES[name.replace("options", "list")]
    row = {c.key: value_of(c.key, SUBJECTS["long"]) for c in shape}
    row |= {"id": "nKf3Yq0V7ZT3K8N4W2XMRB9YC_-x1Ab2", "state": "uncertain"}
    narrow, usual = drawn([row], shape, 40)[0], drawn([row], shape, 80)[0]
    assert [key for key in telling if heading(key).upper() not in narrow] == []
    assert "ID" in usual.split()


@pytest.mark.parametrize("command", ["queue", "token", "hashtag", "template"])
def test_a_list_without_pages_accepts_a_limit(local: Cli, command: str) -> None:
    every = local(command, "list").stdout.splitlines()
    some = local(command, "list", "--limit", "1")
    assert (some.stdout.splitlines(), some.stderr) == (every[:1], "")
    assert local(command, "list", "--all").stdout.splitlines() == every
    both = local(command, "list", "--all", "--limit", "1")
    assert (both.code, "contradict each other" in both.stderr) == (2, True)


def test_a_limit_of_a_list_without_pages_applies_after_the_order(
    local: Cli,
) -> None:
    every = local("queue", "list", "-o", "plain").stdout.splitlines()
    # Without regard to case, as the command sorts: another test may have made a queue like a3f0.
    names = sorted((row.split("\t")[1] for row in every), key=str.casefold, reverse=True)
    ran = local.on_terminal("queue", "list", "--limit", "1", "--sort", "name:desc")
    assert names[0] in ran.stdout
    assert f"1 of {len(every)} rows; --all shows every one." in ran.stdout


def test_every_list_takes_a_limit() -> None:
    lacking = [
        command.path
        for command in read_tree().commands
        if command.words[-1] == "list" and "--limit" not in {flag.long for flag in command.flags}
    ]
    assert lacking == []
