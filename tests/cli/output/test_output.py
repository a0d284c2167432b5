"""Results are shown as table, lines, JSON, NDJSON and CSV, all with the same rows."""

import csv
import html
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, reply
from tickiti_cli.config.settings import Format
from tickiti_cli.contract.errors import QueueNotFound, RateLimited
from tickiti_cli.control_characters import strip_controls
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output.format import columns
from tickiti_cli.output.output import Output
from tickiti_cli.output.streams import Streams

ROWS = [
    {"number": 1, "subject": "Plain", "open": True, "tags": ["a", "b"], "until": None},
    {"number": 2, "subject": "=1+1\tand\nmore", "open": False, "tags": [], "until": "2030-01-01"},
]
SHAPE = columns("number", "subject", "open", "tags", "until")


class Screen:
    """Streams that are three files in memory."""

    def __init__(self) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.streams = Streams(io.StringIO(), self.out, self.err, {})

    def output(self, chosen: Format, **options: Any) -> Output:
        return Output(self.streams, chosen=chosen, **options)


@pytest.fixture
def screen() -> Screen:
    return Screen()


def test_in_a_pipe_a_record_is_a_line_and_a_member_a_field(screen: Screen) -> None:
    screen.output(Format.PLAIN).rows(ROWS, SHAPE)
    assert screen.out.getvalue() == (
        "1\tPlain\ttrue\ta,b\t\n2\t=1+1\\tand\\nmore\tfalse\t\t2030-01-01\n"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\u001b[31mred"),
        ("\x7f\x9b\u2028", "\\u007f\\u009b\\u2028"),
        ("a\r\nb", "a\\r\\nb"),
        ("naïve — \u00a0 👩‍👧", "naïve — \u00a0 👩‍👧"),
        ("back\\slash", "back\\slash"),
    ],
)
def test_in_a_pipe_control_characters_are_escaped_and_nothing_else(
    screen: Screen, text: str, shown: str
) -> None:
    screen.output(Format.PLAIN).rows([{"a": text}], columns("a"))
    assert screen.out.getvalue() == f"{shown}\n"


def test_a_log_is_printed_as_lines_on_a_terminal(screen: Screen) -> None:
    screen.output(Format.TABLE).rows(ROWS[:1], SHAPE, as_lines=True)
    assert screen.out.getvalue() == "1\tPlain\ttrue\ta,b\t\n"


def test_json_of_a_list_is_one_array_of_whole_rows(screen: Screen) -> None:
    screen.output(Format.JSON).rows(ROWS, columns("number"))
    assert json.loads(screen.out.getvalue()) == ROWS
    assert screen.out.getvalue().count("\n") == 1


def test_json_of_an_empty_list_is_an_empty_array(screen: Screen) -> None:
    screen.output(Format.JSON).rows([], SHAPE, empty="None.")
    assert (screen.out.getvalue(), screen.err.getvalue()) == ("[]\n", "")


def test_ndjson_writes_one_object_a_line_as_rows_arrive(screen: Screen) -> None:
    seen: list[str] = []

    def rows() -> Any:
        for row in ROWS:
            seen.append(screen.out.getvalue())
            yield row

    screen.output(Format.NDJSON).rows(rows(), SHAPE)
    lines = [json.dumps(row) for row in ROWS]
    assert screen.out.getvalue() == "".join(f"{line}\n" for line in lines)
    assert seen == ["", f"{lines[0]}\n"]


def test_csv_has_a_header_and_quotes_what_needs_it(screen: Screen) -> None:
    screen.output(Format.CSV).rows(ROWS, SHAPE)
    assert screen.out.getvalue() == (
        "number,subject,open,tags,until\r\n"
        '1,Plain,true,"a,b",\r\n'
        '2,"\'=1+1\tand\nmore",false,,2030-01-01\r\n'
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_text_never_becomes_a_formula(screen: Screen, start: str) -> None:
    screen.output(Format.CSV).rows([{"a": f"{start}HYPERLINK()"}], columns("a"))
    _, row = csv.reader(io.StringIO(screen.out.getvalue(), newline=""))
    assert row == [f"'{start}HYPERLINK()"]


def test_a_negative_number_in_csv_stays_a_number(screen: Screen) -> None:
    screen.output(Format.CSV).rows([{"a": -1}], columns("a"))
    assert screen.out.getvalue() == "a\r\n-1\r\n"


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        (Format.PLAIN, "Plain\t1\n"),
        (Format.JSON, '[{"subject": "Plain", "number": 1}]\n'),
        (Format.NDJSON, '{"subject": "Plain", "number": 1}\n'),
        (Format.CSV, "subject,number\r\nPlain,1\r\n"),
    ],
)
def test_fields_are_chosen_and_ordered_in_every_format(
    screen: Screen, chosen: Format, shown: str
) -> None:
    screen.output(chosen, fields=["subject", "number"]).rows(ROWS[:1], columns("open"))
    assert screen.out.getvalue() == shown


@pytest.mark.parametrize("chosen", list(Format))
def test_an_unknown_field_error_lists_the_fields(screen: Screen, chosen: Format) -> None:
    with pytest.raises(UsageProblem) as raised:
        screen.output(chosen, fields=["subjekt"]).rows(ROWS, SHAPE)
    assert str(raised.value) == (
        "--fields: there is no field 'subjekt' (known: number, subject, open, tags, until). "
        "Did you mean subject?"
    )


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        (Format.TABLE, "Created ticket 7.\n"),
        (Format.PLAIN, "7\n"),
        (Format.JSON, '{"number": 7, "key": "k"}\n'),
        (Format.NDJSON, '{"number": 7, "key": "k"}\n'),
        (Format.CSV, "number,key\r\n7,k\r\n"),
    ],
)
def test_a_write_is_a_sentence_for_a_person_and_its_id_in_a_pipe(
    screen: Screen, chosen: Format, shown: str
) -> None:
    screen.output(chosen).done({"number": 7, "key": "k"}, said="Created ticket 7.", plain=7)
    assert screen.out.getvalue() == shown


def test_quiet_leaves_errors_and_json(screen: Screen) -> None:
    quiet = screen.output(Format.PLAIN, is_quiet=True)
    quiet.done({"number": 7}, said="Opened.", plain=7)
    quiet.remark("By the way.")
    assert (screen.out.getvalue(), screen.err.getvalue()) == ("", "")
    quiet.failure(UsageProblem("No."))
    assert screen.err.getvalue() == "tickiti: No.\n"
    screen.output(Format.JSON, is_quiet=True).done({"number": 7}, said="Opened.", plain=7)
    assert screen.out.getvalue() == '{"number": 7}\n'


def test_details_are_shown_only_with_verbose(screen: Screen) -> None:
    screen.output(Format.JSON).detail("POST")
    assert screen.err.getvalue() == ""
    screen.output(Format.JSON, is_verbose=True).detail("POST")
    assert screen.err.getvalue() == "POST\n"


def test_an_error_for_a_person_is_a_sentence_its_fields_and_a_next_step(screen: Screen) -> None:
    error = QueueNotFound("Sales")
    error.errors = {"queue_name": ["Queue 'Sales' not found."], "subject": ["Too long."]}
    screen.output(Format.PLAIN).failure(error)
    screen.output(Format.PLAIN).failure(RateLimited())
    assert screen.err.getvalue() == (
        "tickiti: Queue 'Sales' not found.\n  subject: Too long.\n"
        "tickiti: Too many requests; try again later.\n"
        "Run the same command again later.\n"
    )
    assert screen.out.getvalue() == ""


def test_an_error_for_a_program_is_one_line(screen: Screen) -> None:
    error = QueueNotFound("Sales")
    error.request_id = "r1"
    screen.output(Format.JSON).failure(error)
    assert json.loads(screen.err.getvalue()) == {
        "error": {
            "code": "queue_not_found",
            "status": 422,
            "message": "Queue 'Sales' not found.",
            "errors": {"queue_name": ["Queue 'Sales' not found."]},
            "retryable": False,
            "outcome": "not_applied",
            "request_id": "r1",
        }
    }
    assert screen.err.getvalue().count("\n") == 1


def test_a_table_has_headings_and_aligned_columns(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    screen.output(Format.TABLE).rows(ROWS, SHAPE)
    assert screen.out.getvalue() == (
        "NUMBER  SUBJECT        OPEN  TAGS  UNTIL\n"
        "     1  Plain          yes   a, b  -\n"
        "     2  =1+1 and more  no          2030-01-01\n"
    )


@pytest.mark.parametrize(
    ("since", "shown"),
    [
        (timedelta(seconds=0), "now"),
        (timedelta(seconds=5), "5 s ago"),
        (timedelta(minutes=3), "3 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=2), "2 d ago"),
        (timedelta(days=70), "2 mo ago"),
        (timedelta(days=800), "2 y ago"),
        (-timedelta(days=9, hours=1), "in 9 d"),
    ],
)
def test_times_are_relative_on_a_terminal_and_absolute_in_a_pipe(
    screen: Screen, since: timedelta, shown: str
) -> None:
    moment = (datetime.now(UTC) - since).isoformat()
    for chosen in (Format.TABLE, Format.PLAIN):
        screen.output(chosen).show({"created_at": moment}, columns("created_at"))
    assert screen.out.getvalue() == f"Created  {shown}\n{moment}\n"


def test_text_that_resembles_a_time_is_unchanged(screen: Screen) -> None:
    screen.output(Format.TABLE).show({"created_at": "yesterday"}, columns("created_at"))
    assert screen.out.getvalue() == "Created  yesterday\n"


@pytest.mark.parametrize(
    ("color", "is_colored"), [("always", True), ("never", False), ("auto", False)]
)
def test_color_follows_the_setting_and_the_stream(
    screen: Screen, color: str, is_colored: bool
) -> None:
    screen.output(Format.TABLE, color=color).show({"status": "open"}, columns("status"))
    assert ("\x1b[" in screen.out.getvalue()) is is_colored


@pytest.mark.parametrize(
    ("environ", "flags", "is_colored"),
    [
        ({}, (), True),
        ({"NO_COLOR": "1"}, (), False),
        ({"CLICOLOR": "0"}, (), False),
        ({"NO_COLOR": "1"}, ("--color", "always"), True),
        ({"NO_COLOR": "1"}, ("--color", "auto"), False),
        ({"NO_COLOR": ""}, (), True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, (), False),
        ({"CLICOLOR": "1"}, (), True),
        ({"TERM": "dumb"}, (), False),
        ({}, ("--color", "never"), False),
    ],
)
def test_color_on_a_terminal_follows_flags_and_variables(
    local: Cli, environ: dict[str, str], flags: tuple[str, ...], is_colored: bool
) -> None:
    ran = local.on_terminal("token", "list", *flags, **environ)
    assert ran.code == 0
    assert ("\x1b[" in ran.stdout) is is_colored


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "CLICOLOR_FORCE"])
def test_a_pipe_gets_color_where_it_is_forced(local: Cli, variable: str) -> None:
    ran = local("token", "list", "-o", "table", **{variable: "1"})
    assert (ran.code, "\x1b[" in ran.stdout) == (0, True)
    assert "\x1b[" not in local("token", "list", "-o", "table").stdout


@pytest.mark.parametrize(
    ("environ", "flags"),
    [({}, ()), ({"FORCE_COLOR": "0"}, ()), ({"FORCE_COLOR": "1"}, ("--color", "never"))],
)
def test_pipe_gets_no_color_by_default(
    local: Cli, environ: dict[str, str], flags: tuple[str, ...]
) -> None:
    assert "\x1b[" not in local("token", "list", "-o", "table", *flags, **environ).stdout


def test_a_file_can_enable_color_and_a_variable_can_disable_color(local: Cli) -> None:
    (local.folder / ".tickiti.toml").write_text('[defaults]\ncolor = "always"\n')
    assert "\x1b[" in local("token", "list", "-o", "table").stdout
    assert "\x1b[" not in local("token", "list", "-o", "table", NO_COLOR="1").stdout


HOSTILE = "\x1b]0;owned\x07[bold]A\x1b[2J\x9b31mB\u202eC\r\b\x00:smile:"


def test_markup_and_escapes_of_a_server_do_nothing_on_a_terminal(
    remote: Cli, foreign: Foreign
) -> None:
    row = {"number": 1, "subject": HOSTILE, "status": "open"}
    foreign.answers(reply({"ok": True, "data": {"tickets": [row], "next_cursor": None}}))
    ran = remote.on_terminal("ticket", "list", "--fields", "subject", "--color", "never")
    assert (ran.code, ran.stdout.split()[-1]) == (0, "[bold]ABC:smile:")
    for character in "\x1b\x07\x9b\u202e\b\x00":
        assert character not in ran.stdout


@pytest.mark.parametrize("chosen", list(Format))
def test_a_lone_surrogate_is_written(remote: Cli, foreign: Foreign, chosen: str) -> None:
    foreign.answers(
        reply({"ok": True, "data": {"tickets": [{"subject": "\ud800"}], "next_cursor": None}})
    )
    ran = remote("ticket", "list", "--fields", "subject", "-o", chosen)
    assert (ran.code, ran.stderr) == (0, "")
    # Not its escape either: many a reader of JSON refuses half a pair.
    assert "\ufffd" in html.unescape(ran.stdout)
    assert "ud800" not in ran.stdout


def test_an_ascii_locale_does_not_change_the_output_in_a_pipe(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(
        reply({"ok": True, "data": {"tickets": [{"subject": "Größe 👟"}], "next_cursor": None}})
    )
    environ = {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    ran = remote("ticket", "list", "--fields", "subject", **environ)
    assert ran == Ran(0, "Größe 👟\n", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü 👟\n\tindented", "plain ü 👟\n\tindented"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;title never ended", ""),
        ("\x1bPq\x07", "q"),
        ("a\rb\x08c\x7f", "abc"),
        ("\u2066spoofed\u2069", "spoofed"),
    ],
)
def test_terminal_output_has_no_control_sequence(text: str, shown: str) -> None:
    assert strip_controls(text) == shown


HIDDEN = "\x1b]0;owned\x07A\x1b[2J\x9b31mB\x7f\u202eC"


@pytest.mark.parametrize("chosen", list(Format))
def test_server_text_in_any_format_has_no_control_sequence(
    remote: Cli, foreign: Foreign, chosen: str
) -> None:
    row = {"number": 1, "subject": HIDDEN}
    foreign.answers(reply({"ok": True, "data": {"tickets": [row], "next_cursor": None}}))
    ran = remote.on_terminal(
        "ticket", "list", "--fields", "subject", "-o", chosen, "--color", "never"
    )
    assert ran.code == 0
    assert [character for character in ran.stdout if strip_controls(character) != character] == []


def test_control_sequences_in_a_json_error_are_escaped(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(422, "queue_not_found", HIDDEN))
    ran = remote.on_terminal("ticket", "list", "--json")
    assert ran.code == 7
    assert [character for character in ran.stdout if strip_controls(character) != character] == []
    assert json.loads(ran.stdout)["error"]["message"] == HIDDEN


def test_json_and_csv_have_the_unchanged_server_text(remote: Cli, foreign: Foreign) -> None:
    row = {"number": 1, "subject": HIDDEN}
    foreign.answers(reply({"ok": True, "data": {"tickets": [row], "next_cursor": None}}))
    assert json.loads(remote("ticket", "list", "--json").stdout) == [row]
    listed = remote("ticket", "list", "--fields", "subject", "-o", "csv")
    assert listed.stdout == f"subject\r\n{HIDDEN}\r\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


TO_OBEY = "14|tkt_\x1b]0;owned\x07\x1b[2J\x9b31mabc\r\x08\u202e"


@pytest.mark.parametrize("way", ["text", "value", "plain value", "raw"])
def test_server_text_sends_no_control_sequence_to_a_terminal(way: str) -> None:
    """A token, a key, a rendered template or a whole reply may come from any server."""
    shown = Terminal()
    output = Output(Streams(io.StringIO(), shown, io.StringIO(), {}), chosen=Format.PLAIN)
    if way == "text":
        output.text(TO_OBEY)
    elif way == "raw":
        output.raw({"token": TO_OBEY}, TO_OBEY)
    else:
        output.value("token", "x" if way == "plain value" else TO_OBEY, plain=TO_OBEY)
    assert not [c for c in shown.getvalue().rstrip("\n") if c < " " or "\x7f" <= c <= "\x9f"]
    assert "abc" in shown.getvalue()


def test_a_file_gets_the_text_unchanged(screen: Screen) -> None:
    screen.output(Format.PLAIN).text(TO_OBEY)
    assert screen.out.getvalue() == f"{TO_OBEY}\n"
