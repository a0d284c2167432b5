"""Bulk records as spreadsheets, other programs and failing disks write them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, reply, ticket_created
from tests.support.jobs import report_of, row, write_ndjson

IMPORT = ("ticket", "import")
EMAIL = ("email", "bulk", "--template", "x")
GOOD = "a@b.example,{},b\n"
HEAD = "from,subject,body\n"
ACCEPTED = reply({"ok": True, "data": {"email_id": "mail_1", "to_address": "a@b.example"}})


def sent(foreign: Foreign) -> list[str]:
    return [json.loads(asked.body)["data"]["subject"] for asked in foreign.asked]


def traced(
    run: Cli, options: tuple[str, ...], command: tuple[str, ...]
) -> "subprocess.CompletedProcess[bytes]":
    """Under strace, which counts what is read."""
    return subprocess.run(
        ["strace", "-e", "trace=read", *options, *run.command(command)],
        capture_output=True, env=run.environ({}), cwd=run.folder, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(
    "case",
    [
        ('a@b.example,"a "quoted" word",b\n', "it is not CSV: ',' expected after '\"'.", 0),
        ('a@b.example,"never closed,b\n', "it is not CSV: unexpected end of data", 0),
        ('a@b.example,"two\nlines" and more,b\n', "it is not CSV: ',' expected after '\"'", 1),
        ('a@b.example,"open,b\nc@d.example,"open too,b\n', "it is not CSV: ',' expected", 1),
    ],
)
def test_broken_record_fails_alone(
    remote: Cli, foreign: Foreign, tmp_path: Path, case: tuple[str, str, int]
) -> None:
    broken, told, taken = case
    foreign.answers(ticket_created(1))
    before, after = ([f"{kind}{n}" for n in range(30)] for kind in "xy")
    path = tmp_path / "t.csv"
    parts = [*map(GOOD.format, before), broken, *map(GOOD.format, after)]
    path.write_text(HEAD + "".join(parts))
    report = tmp_path / "report.ndjson"
    ran = remote(*IMPORT, str(path), "--report", str(report))
    assert (ran.code, ran.stdout) == (12, "")
    assert f"line 32: {told}" in ran.stderr
    assert f"tickiti: {1 + taken} of {61 + taken} lines failed; 60 done.\n" in ran.stderr
    assert sent(foreign) == before + after
    states = {result["line"]: result["state"] for result in report_of(report)}
    assert [line for line, state in states.items() if state == "failed"] == [*range(32, 33 + taken)]
    told_json = json.loads(remote(*IMPORT, str(path), "--json").stderr)["error"]
    assert told_json["code"] == "partly_done"
    path.write_text(HEAD + "".join([*map(GOOD.format, before), *map(GOOD.format, after)]))
    assert remote(*IMPORT, str(path)) == Ran(0, "60\n", "")
    assert len(foreign.asked) == 60


@pytest.mark.parametrize("command", [IMPORT, EMAIL])
def test_error_names_the_failed_lines_where_nothing_else_does(
    remote: Cli, foreign: Foreign, tmp_path: Path, command: tuple[str, ...]
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("from,subject,body,to\nbad,s,b,bad\na@b.example,s,b,a@b.example\n")
    foreign.answers(failure(422, "queue_not_found", "Later."))
    quiet = remote(*command, str(path), "-q")
    assert (quiet.code, quiet.stdout) == (12, "")
    assert quiet.stderr.startswith("tickiti: 2 of 2 lines failed. line 2: ")
    assert quiet.stderr.count("\n") == 1
    assert " line 3: Later. Correct these lines" in quiet.stderr
    told = json.loads(remote(*command, str(path), "--json").stderr.splitlines()[-1])["error"]
    assert [*told["errors"]] == ["line 2", "line 3"]
    assert told["errors"]["line 3"] == ["Later."]
    loud = remote(*command, str(path)).stderr
    assert (loud.count("line 2: "), loud.count("line 3: ")) == (1, 1)


def test_error_names_ten_failed_lines_and_the_flag_for_all(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(HEAD + "bad,s,b\n" * 11)
    told = json.loads(remote(*IMPORT, str(path), "--json").stderr)["error"]
    assert [*told["errors"]] == [f"line {number}" for number in range(2, 12)]
    assert told["hint"].endswith("\nAll of them: --report FILE")
    assert foreign.asked == []


def test_dry_run_shows_the_records_after_a_broken_one(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(HEAD + GOOD.format("x") + 'a@b.example,"y" y,b\n' + GOOD.format("z"))
    ran = remote(*IMPORT, str(path), "-n", "--fields", "line,state")
    assert ran == Ran(0, "2\tvalid\n3\tfailed\n4\tvalid\n", "")
    assert foreign.asked == []


@pytest.mark.parametrize("name", ["t.csv", "t.ndjson"])
def test_read_error_in_a_file_is_the_failure_of_its_line(
    remote: Cli, foreign: Foreign, tmp_path: Path, name: str
) -> None:
    foreign.answers(ticket_created(1))
    path = tmp_path / name
    subjects = [f"{n:04d}" for n in range(400)]
    if name.endswith("csv"):
        path.write_text(HEAD + "".join(map(GOOD.format, subjects)))
    else:
        write_ndjson(path, [row(subject) for subject in subjects])
    report = tmp_path / "report.ndjson"
    command = (*IMPORT, str(path), "--report", str(report), "--jobs", "8")
    # It is read twice, and fails at the same place each time.
    fail = ("-e", "inject=read:error=EIO:when=2+2", "-P", str(path))
    done = traced(remote, ("-f", "-o", "/dev/null", *fail), command)
    stderr = done.stderr.decode()
    assert (done.returncode, done.stdout) == (12, b""), stderr
    assert "it and the rest of the file cannot be read: Input/output error." in stderr
    count = len(foreign.asked)
    assert 0 < count < 400
    assert [result["state"] for result in report_of(report)] == ["done"] * count + ["failed"]
    assert remote(*IMPORT, str(path)) == Ran(0, "400\n", "")
    assert sorted(sent(foreign)) == subjects


@pytest.mark.parametrize(
    "content",
    [
        "from;subject;body\r\na@b.example;x, y;b\r\n",
        "from\tsubject\tbody\r\na@b.example\tx, y\tb\r\n",
        "sep=;\r\nfrom;subject;body\r\na@b.example;x, y;b\r\n",
        "SEP=|\r\nfrom|subject|body\r\na@b.example|x, y|b\r\n",
        "\ufefffrom;subject;body\na@b.example;x, y;b\n",
        '"from";"subject";"body"\ra@b.example;"x, y";b\r',
        'from,subject,body\na@b.example,"x, y",b\n\n,,\n , ,\n,,,,\n',
        'from,subject,body,,\na@b.example,"x, y",b,,\n,,,,\n',
        'from,subject,body\na@b.example,"x, y",b,,\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_spreadsheet_formats_are_read(
    remote: Cli, foreign: Foreign, tmp_path: Path, content: str, encoding: str
) -> None:
    foreign.answers(ticket_created(1))
    path = tmp_path / "t.csv"
    path.write_bytes(
        content.removeprefix("\ufeff" if encoding == "utf-16" else "").encode(encoding)
    )
    ran = remote(*IMPORT, str(path))
    assert (ran.code, ran.stdout) == (0, "1\n")
    nameless = "2 columns have no name in the header: ignored.\n" if "body,,\n" in content else ""
    assert ran.stderr == nameless
    assert sent(foreign) == ["x, y"]


def test_nameless_columns_and_empty_rows_are_ignored_by_email_bulk(
    remote: Cli, foreign: Foreign, tmp_path: Path
) -> None:
    foreign.answers(ACCEPTED)
    path = tmp_path / "c.csv"
    path.write_text("to,name,,\na@b.example,Ann,note,\n,,,\nb@b.example,Bob,,other\n,,,\n")
    ran = remote("email", "bulk", str(path), "--template", "warranty.received")
    assert (ran.code, ran.stdout) == (0, "2\n")
    assert ran.stderr == "2 columns have no name in the header: ignored.\n"
    assert [json.loads(asked.body)["data"] for asked in foreign.asked] == [
        {"name": "Ann"}, {"name": "Bob"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (row("x") | {"subject": 1.5}, "'subject' is a number, not text: 1.5."),
        (row("x") | {"body": ["b"]}, "'body' is a list, not text: [\"b\"]."),
        (row("x") | {"from": {"a": 1}}, "'from' is an object, not text: {\"a\": 1}."),
        (row("x") | {"from": 0}, "'from' is a number, not text: 0."),
        (row("x") | {"queue": False}, "'queue' is true or false, not text: false."),
        (row("x") | {"template": 7}, "'template' is a number, not text: 7."),
        (row("x") | {"body-format": ["md"]}, "'body-format' is a list, not text: [\"md\"]."),
        (row("x") | {"body": None}, "'body' is missing."),
        (row("x") | {"from": ""}, "'from' is missing."),
        (row("x") | {"internal": 2}, "its internal '2' is neither true nor false."),
    ],
)
def test_value_of_the_wrong_type_is_named(
    remote: Cli, foreign: Foreign, tmp_path: Path, line: dict[str, Any], told: str
) -> None:
    ran = remote(*IMPORT, write_ndjson(tmp_path / "t.ndjson", [line]))
    assert ran.code == 12
    assert ran.stderr.startswith(f"line 1: {told}\n")
    assert foreign.asked == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"from": NaN}', "it is not JSON: NaN is not a JSON number."),
        ('{"from": 1' + "0" * 5000 + "}", "it is not JSON: a number has more than 4300 digits."),
        ("[" * 100_000, "it is not JSON: the text is nested too deeply."),
        ('{"from": "a@b.example"', "it is not JSON: Expecting ',' delimiter: column 24.\n"),
        ("{", "it is not a JSON object: NDJSON has each object in one line."),
        ("[", "it is not a JSON object: NDJSON has each object in one line."),
        ('[{"from": "a@b.example"}]', "it is not a JSON object."),
        ('{"from": "a@b.example"},', "it is not JSON: Extra data: column 24.\n"),
        ('{"from":1,"Ref":"\\ud800"}', "it is not JSON: the text has half of a surrogate pair."),
        ('{"from":1,"Ref":"\\u0000"}', "it is not JSON: the text has a NUL character."),
        (
            '{"from":"a@b.example","from":"c@d.example","Ref":"2"}',
            "it is not JSON: the field 'from' occurs twice in one object.",
        ),
        (
            '{"from":"a@b.example","internal":1e400}',
            "it is not JSON: the number 1e400 is out of range.",
        ),
    ],
)
def test_non_json_line_fails_alone(
    remote: Cli, foreign: Foreign, tmp_path: Path, text: str, told: str
) -> None:
    foreign.answers(ticket_created(1))
    path = tmp_path / "t.ndjson"
    path.write_text(f"\ufeff{text}\n \n{json.dumps(row('x', Ref='1'))}\n")
    ran = remote(*IMPORT, str(path), "--key-from", "Ref")
    assert ran.code == 12
    assert ran.stderr.startswith(f"line 1: {told}")
    assert sent(foreign) == ["x"]
