"""`--jq`: the JSON of a result through jq."""

import json
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, raw_reply, reply, ticket_created

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
NO_SUCH_FIELD = (
    "--fields: there is no field 'ticket_nummer' (known: ticket_number, ticket_id, secure_id, "
    "idempotency_key, replayed). Did you mean ticket_number?"
)
ROWS = [
    {"number": 2, "subject": "Two\nlines", "tags": ["a"], "status": None},
    {"number": 1, "subject": "One", "tags": [], "status": "open"},
]


@pytest.fixture
def listing(remote: Cli, foreign: Foreign) -> Cli:
    foreign.answers(reply({"ok": True, "data": {"tickets": ROWS, "next_cursor": None}}))
    return remote


@pytest.mark.parametrize(
    ("expression", "flags", "shown"),
    [
        (".[].number", (), "2\n1\n"),
        (".[].subject", (), "Two\nlines\nOne\n"),
        (".[0] | .tags, .status, {number}", (), '["a"]\nnull\n{"number": 2}\n'),
        (".[] | select(.number > 5)", (), ""),
        ("length", ("--fields", "number"), "2\n"),
        (".", ("--fields", "number"), '[{"number": 2}, {"number": 1}]\n'),
        (".number", ("-o", "ndjson"), "2\n1\n"),
        (".[0].number", ("--json", "-q"), "2\n"),
        ("\"\\u001b[31m\", \"\\u001b[31m\" + \"x\" | {a: .}", (),
         '{"a": "\\u001b[31m"}\n{"a": "\\u001b[31mx"}\n'),
    ],
)  # fmt: skip
def test_a_text_is_written_raw_and_every_other_value_as_a_line_of_json(
    listing: Cli, expression: str, flags: tuple[str, ...], shown: str
) -> None:
    assert listing("ticket", "list", "--jq", expression, *flags) == Ran(0, shown, "")


def test_expression_overrides_the_configured_format(listing: Cli) -> None:
    environ = {"TICKITI_OUTPUT": "csv"}
    assert listing("ticket", "list", "--jq", "length", **environ) == Ran(0, "2\n", "")


@pytest.mark.parametrize(
    ("expression", "flags", "sentence"),
    [
        (".[", (), "--jq: syntax error, unexpected end of file in line 1, column 2."),
        ("", (), 'Top-level program not given (try ".").'),
        ("nothing", (), "--jq: nothing/0 is not defined in line 1, column 1."),
        (".", ("-o", "csv"), "--jq reads JSON: leave out --output csv."),
    ],
)
def test_invalid_expression_is_refused_before_the_request(
    remote: Cli, foreign: Foreign, expression: str, flags: tuple[str, ...], sentence: str
) -> None:
    ran = remote(*CREATE, "--jq", expression, *flags)
    error = json.loads(ran.stderr)["error"]
    assert (ran.code, ran.stdout, error["code"]) == (2, "", "usage")
    assert error["message"].removeprefix("--jq: ") == sentence.removeprefix("--jq: ")
    assert error["outcome"] == "not_applied"
    assert foreign.asked == []


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--jq", ".secure_id + 1"), '--jq: string ("s") and number (1) cannot be added.'),
        (("--json", "--fields", "ticket_nummer"), NO_SUCH_FIELD),
    ],
)
def test_a_write_whose_result_fails_in_jq_is_reported_done(
    remote: Cli, foreign: Foreign, flags: tuple[str, ...], message: str
) -> None:
    foreign.answers(ticket_created())
    ran = remote(*CREATE, *flags, "--idempotency-key", "k")
    assert (ran.code, ran.stdout) == (2, "")
    assert json.loads(ran.stderr)["error"] == {
        "code": "usage",
        "message": message,
        "retryable": False,
        "outcome": "applied",
        "idempotency_key": "k",
    }
    listed = remote("op", "list", "--jq", ".[].state")
    assert listed == Ran(0, "applied\n", "")


def test_raw_text_on_a_terminal_is_escaped(remote: Cli, foreign: Foreign) -> None:
    row = {"number": 1, "subject": "\x1b[31mred\x07"}
    foreign.answers(reply({"ok": True, "data": {"tickets": [row], "next_cursor": None}}))
    assert remote.on_terminal("ticket", "list", "--jq", ".[].subject") == Ran(0, "red\n", "")
    assert remote("ticket", "list", "--jq", ".[].subject").stdout == "\x1b[31mred\x07\n"


def test_jq_filters_whole_replies_and_previews(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True, "data": {"tickets": [], "next_cursor": None}}))
    assert remote("api", "tickiti_api_index", "--jq", ".ok, .data.tickets").stdout == "true\n[]\n"
    assert remote(*CREATE, "--dry-run", "--jq", ".body.data.subject").stdout == "x\n"


def test_missing_jq_package_is_named_with_a_hint(remote: Cli, foreign: Foreign) -> None:
    absent = remote.folder / "absent"
    absent.mkdir()
    Path(absent / "jq.py").write_text("raise ModuleNotFoundError(\"No module named 'jq'\")\n")
    ran = remote(*CREATE, "--jq", ".", PYTHONPATH=str(absent))
    error = json.loads(ran.stderr)["error"]
    assert (ran.code, error["message"], error["hint"]) == (
        2,
        "--jq needs the Python package jq, which is not installed.",
        "Install it with: pip install 'tickiti[jq]'",
    )
    assert foreign.asked == []


NUMBERS = (
    "9007199254740993", "-9007199254740993", "1.10", "100000000000000000001", "3.0", "0.1", "-0",
    "12345678901234567890.12345678901234567890", "18446744073709551615",
)  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("expression", [".data.n", ".data|.n", "[.data.n][0]", ".data | .[]"])
def test_jq_keeps_the_spelling_of_unchanged_numbers(
    remote: Cli, foreign: Foreign, number: str, expression: str
) -> None:
    foreign.answers(raw_reply(b'{"ok":true,"data":{"n":%s}}' % number.encode()))
    ran = remote("api", "tickiti_api_index", "--jq", expression)
    assert ran == Ran(0, f"{number}\n", "")


def test_large_numbers_are_whole_within_objects_texts_and_rows(
    remote: Cli, foreign: Foreign
) -> None:
    rows = [{"number": 9007199254740993, "subject": "a: 1, b", "tags": [2**70]}]
    foreign.answers(reply({"ok": True, "data": {"tickets": rows, "next_cursor": None}}))
    assert remote("ticket", "list", "--jq", ".").stdout == f"{json.dumps(rows)}\n"
    assert remote("ticket", "list", "--jq", ".[0].number|tostring").stdout == "9007199254740993\n"
    body = remote.folder / "n"
    body.write_text('{"n":9007199254740993}')
    ran = remote("api", "create_ticket", "--input", str(body), "-n", "--jq", ".body.n")
    assert ran == Ran(0, "9007199254740993\n", "")
    ran = remote("api", "create_ticket", "--input", str(body), "-n", "--jq", ".body.n + 1")
    assert ran == Ran(0, "9007199254740992\n", "")  # calculated: as jq does


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"\ud83d\ude00", "\U0001f600"), (r"a\ud83d", "a\ufffd"), (r"\\ud83d", "\\ud83d"),
        (r"\uDE00x", "\ufffdx"), (r"\u0041", "A"), (r"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
    ],
)  # fmt: skip
def test_jq_accepts_a_lone_surrogate(remote: Cli, foreign: Foreign, text: str, shown: str) -> None:
    foreign.answers(raw_reply(b'{"ok":true,"data":{"t":"%s"}}' % text.encode()))
    ran = remote("api", "tickiti_api_index", "--jq", ".data.t")
    assert ran == Ran(0, f"{shown}\n", "")


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("length # how many", "2\n"), ("def f: .[0].number; f", "2\n"),
        (".[] as $x | $x.tags | length", "1\n0\n"), ("reduce .[] as $x (0; . + 1)", "2\n"),
        ("empty", ""), (".[0].number, .[1].number # ) (", "2\n1\n"),
    ],
)  # fmt: skip
def test_expressions_are_read_as_jq_reads_them(listing: Cli, expression: str, shown: str) -> None:
    assert listing("ticket", "list", "--jq", expression) == Ran(0, shown, "")


def test_an_expression_with_an_unmatched_bracket_is_refused(listing: Cli) -> None:
    assert listing("ticket", "list", "--jq", ".) | (.").code == 2
