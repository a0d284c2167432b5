"""A CSV file whose header cannot make a valid row is refused whole, before anything is sent."""

from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, ticket_created
from tests.support.jobs import write_csv
from tickiti_cli.bulk.ticket_records import FIELDS

IMPORT = ("ticket", "import", "t.csv")
BULK = ("email", "bulk", "t.csv", "--template", "warranty.received")
ROW = ("a@b.example", "x", "b")
USUAL = "The columns of t.csv: 'from', 'subject', 'body'."
FOREIGN = "The columns of t.csv: 'Requester', 'Title', 'Message'."
PARTLY = "The columns of t.csv: 'from', 'subject', 'Message'."
MAP = "Name a column's field: --map COLUMN=FIELD"
TO = "Name the column of the address: --to-field COLUMN"


@pytest.mark.parametrize(
    ("header", "command", "said"),
    [
        (("Requester", "Title", "Message"), IMPORT,
         f"t.csv lacks the columns 'from', 'subject', 'body'.\n{FOREIGN} {MAP}"),
        (("from", "subject", "Message"), IMPORT,
         f"t.csv lacks the column 'body'.\n{PARTLY} {MAP}"),
        (("from", "subject", "body"), (*IMPORT, "--map", "Nope=body"),
         f"--map: t.csv has no column 'Nope'.\n{USUAL}"),
        (("from", "subject", "body"), (*IMPORT, "--key-from", "Nope"),
         f"--key-from: t.csv has no column 'Nope'.\n{USUAL}"),
        (("from", "subject", "body"), BULK,
         f"t.csv lacks the column 'to'.\n{USUAL} {TO}"),
        (("from", "subject", "subject"), IMPORT,
         "t.csv: two columns have the same name.\nRename one of the columns 'subject'."),
    ],
)  # fmt: skip
def test_header_that_fails_every_row_is_one_error(
    remote: Cli, foreign: Foreign, header: tuple[str, ...], command: tuple[str, ...], said: str
) -> None:
    write_csv(remote.folder / "t.csv", [ROW] * 3, header)
    assert remote(*command) == Ran(2, "", f"tickiti: {said}\n")
    assert remote(*command, "--dry-run") == Ran(2, "", f"tickiti: {said}\n")
    assert foreign.asked == []


def test_two_ignored_columns_may_have_the_same_name(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket_created(1))
    header = ("from", "subject", "body", "note", "note")
    write_csv(remote.folder / "t.csv", [(*ROW, "1", "2")], header)
    said = "The column 'note' is not a field; ignored.\n"
    refused = remote(*IMPORT, "--key-from", "note")
    assert (refused.code, foreign.asked) == (2, [])
    assert remote(*IMPORT) == Ran(0, "1\n", said)


def test_template_replaces_the_subject_and_body_columns(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket_created(1))
    header = ("From", "template", "data.name")
    write_csv(remote.folder / "t.csv", [("a@b.example", "warranty.received", "Petra")], header)
    assert remote(*IMPORT) == Ran(0, "1\n", "")


@pytest.mark.parametrize("text", ["", "from,subject,body\n"])
def test_file_without_rows_causes_a_remark(remote: Cli, tmp_path: Path, text: str) -> None:
    (remote.folder / "t.csv").write_text(text)
    assert remote(*IMPORT) == Ran(0, "0\n", "t.csv has no rows.\n")
    assert remote(*IMPORT, "--dry-run").stderr == "t.csv has no rows.\n"
    assert remote(*IMPORT, "-q") == Ran(0, "", "")
    piped = remote("ticket", "import", "-", "--format", "csv", stdin=text)
    assert piped == Ran(0, "0\n", "Standard input has no rows.\n")


@pytest.mark.parametrize("before", ["\n", " \r\n\n", ",,\n", "\nsep=;\n"])
def test_blank_rows_before_the_header_are_skipped(
    remote: Cli, foreign: Foreign, before: str
) -> None:
    foreign.answers(ticket_created(1))
    cells = ";" if "sep" in before else ","
    rows = f"from{cells}subject{cells}body\na@b.example{cells}x{cells}b\na@b.example\n"
    (remote.folder / "t.csv").write_text(before + rows)
    ran = remote(*IMPORT)
    number = before.count("\n") + 3
    assert (ran.code, len(foreign.asked)) == (12, 1)
    assert ran.stderr.startswith(f"line {number}: it has 1 fields, the header has 3.\n")


def test_errors_name_standard_input_in_words(remote: Cli) -> None:
    words = ("ticket", "import", "-")
    there = "standard input: unknown format; add --format ndjson or --format csv."
    assert remote(*words, stdin="a") == Ran(2, "", f"tickiti: {there}\n")
    columns = PARTLY.replace("t.csv", "standard input")
    said = f"standard input lacks the column 'body'.\n{columns} {MAP}"
    ran = remote(*words, "--format", "csv", stdin="from,subject,Message\n")
    assert ran == Ran(2, "", f"tickiti: {said}\n")


def test_help_names_every_field(run: Cli) -> None:
    words = " ".join(run("ticket", "import", "--help").stdout.split())
    named = words.partition("`ticket create`: ")[2].partition(", and data.NAME")[0]
    assert {*named.split(", ")} == FIELDS
