"""Files as other programs write them: delimiters, encodings, and the case of headers."""

import bz2
import gzip
import json
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, ticket_created

IMPORT = ("ticket", "import")
UMLAUTS = "Größe passt nicht"


def bodies(foreign: Foreign) -> list[tuple[str, str, str]]:
    """Sender, subject and content of each request."""
    sent = [json.loads(asked.body) for asked in foreign.asked]
    return [
        (body["originator_email_address"], body["data"]["subject"], body["data"]["content"])
        for body in sent
    ]


@pytest.fixture
def accepting(foreign: Foreign) -> Foreign:
    foreign.answers(ticket_created(1))
    return foreign


def write(path: Path, text: str, encoding: str = "utf-8") -> str:
    path.write_bytes(text.encode(encoding))
    return str(path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_detected(
    remote: Cli, accepting: Foreign, tmp_path: Path, delimiter: str
) -> None:
    rows = [("from", "subject", "body"), ("a@b.example", UMLAUTS, "Zu klein")]
    path = write(tmp_path / "t.csv", "".join(f"{delimiter.join(row)}\r\n" for row in rows))
    assert remote(*IMPORT, path) == Ran(0, "1\n", "")
    assert bodies(accepting) == [("a@b.example", UMLAUTS, "Zu klein")]


@pytest.mark.parametrize(
    ("flag", "delimiter"),
    [(":", ":"), ("tab", "\t"), (r"\t", "\t"), ("^", "^"), ("semicolon", ";"), (" ", " ")],
)
def test_a_given_delimiter_is_used(
    remote: Cli, accepting: Foreign, tmp_path: Path, flag: str, delimiter: str
) -> None:
    text = f"from{delimiter}subject{delimiter}body\na@b.example{delimiter}x{delimiter}y\n"
    path = write(tmp_path / "t.csv", text)
    assert remote(*IMPORT, path, "--delimiter", flag) == Ran(0, "1\n", "")
    assert bodies(accepting) == [("a@b.example", "x", "y")]


@pytest.mark.parametrize("flag", ["", ";;", '"', "a", "1", "\n", "tabs"])
def test_an_invalid_delimiter_is_refused(remote: Cli, tmp_path: Path, flag: str) -> None:
    path = write(tmp_path / "t.csv", "from,subject,body\n")
    ran = remote(*IMPORT, path, "--delimiter", flag)
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith("tickiti: --delimiter: ")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_the_byte_order_mark_decides_the_encoding(
    remote: Cli, accepting: Foreign, tmp_path: Path, encoding: str
) -> None:
    mark = "\ufeff" if encoding.endswith(("le", "be")) else ""
    text = f"{mark}from;subject;body\na@b.example;{UMLAUTS};y\n"
    assert remote(*IMPORT, write(tmp_path / "t.csv", text, encoding)) == Ran(0, "1\n", "")
    assert bodies(accepting) == [("a@b.example", UMLAUTS, "y")]


@pytest.mark.parametrize("name", ["t.csv", "t.ndjson"])
def test_another_encoding_is_refused_with_its_line_before_anything_is_sent(
    remote: Cli, accepting: Foreign, tmp_path: Path, name: str
) -> None:
    good, bad = ("a@b.example", "x", "y"), ("a@b.example", UMLAUTS, "y")
    if name == "t.csv":
        text = "from;subject;body\n" + f"{';'.join(good)}\n" + f"{';'.join(bad)}\n"
        line = 3
    else:
        rows = [dict(zip(("from", "subject", "body"), row, strict=True)) for row in (good, bad)]
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        line = 2
    path = write(tmp_path / name, text, "windows-1252")
    assert remote(*IMPORT, path) == Ran(
        2,
        "",
        f"tickiti: {path}: line {line} is not UTF-8 text.\n"
        "Name the encoding of the file, for example: --encoding windows-1252\n",
    )
    assert accepting.asked == []
    assert remote(*IMPORT, path, "--encoding", "windows-1252") == Ran(0, "2\n", "")
    assert bodies(accepting) == [good, bad]


def test_bytes_that_a_named_encoding_lacks_are_refused(
    remote: Cli, accepting: Foreign, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"from,subject,body\na@b.example,x,\x81\n")
    ran = remote(*IMPORT, str(path), "--encoding", "windows-1252")
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr == f"tickiti: {path}: line 2 is not windows-1252 text: check --encoding.\n"
    assert accepting.asked == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.xlsx", b""),
        ("t.ods", b""),
        ("t.csv", b"PK\x03\x04 saved under another name"),
        ("t.csv", b"\xd0\xcf\x11\xe0 of an older program"),
        ("t.csv.gz", b""),
        ("t.ndjson", gzip.compress(b'{"from":"a@b.example"}\n', mtime=0)),
        ("t.csv", bz2.compress(b"from,subject,body\n")),
    ],
)
def test_a_spreadsheet_and_a_compressed_file_are_named_and_refused(
    remote: Cli, accepting: Foreign, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    ran = remote(*IMPORT, str(path))
    assert (ran.code, ran.stdout, accepting.asked) == (2, "", [])
    assert ran.stderr.startswith(f"tickiti: {path}: it is ")
    assert ("as CSV" in ran.stderr) != ("gunzip" in ran.stderr)


@pytest.mark.parametrize("encoding", ["latin", "klingon", "base64", "rot13", ""])
def test_an_unknown_encoding_is_refused(remote: Cli, tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "t.csv", "from,subject,body\n")
    ran = remote(*IMPORT, path, "--encoding", encoding)
    if encoding == "latin":  # Python's alias of iso-8859-1
        assert ran.code == 0
        return
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"tickiti: --encoding: unknown encoding '{encoding}'.\n")


def test_headers_are_read_without_case(remote: Cli, accepting: Foreign, tmp_path: Path) -> None:
    text = "From,SUBJECT,Body,Body-Format\na@b.example,x,*y*,md\n"
    assert remote(*IMPORT, write(tmp_path / "t.csv", text)) == Ran(0, "1\n", "")
    assert bodies(accepting) == [("a@b.example", "x", "<p><em>y</em></p>\n")]


def test_a_mapped_column_is_found_without_case(
    remote: Cli, accepting: Foreign, tmp_path: Path
) -> None:
    text = "E-MAIL,subject,body\na@b.example,x,y\n"
    ran = remote(*IMPORT, write(tmp_path / "t.csv", text), "--map", "E-Mail=from")
    assert ran == Ran(0, "1\n", "")


@pytest.mark.parametrize(
    ("header", "flags", "used"),
    [
        ("From,from", (), "from"),
        ("from,From", (), "from"),
        ("from,Mail", ("--map", "Mail=from"), "Mail"),
        ("Mail,from", ("--map", "Mail=from"), "Mail"),
    ],
)
def test_the_closest_of_two_columns_for_one_field_is_used(
    remote: Cli, accepting: Foreign, header: str, flags: tuple[str, ...], used: str
) -> None:
    (ignored,) = {*header.split(",")} - {used}
    row = ",".join(f"{column == used}@b.example" for column in header.split(","))
    path = write(remote.folder / "t.csv", f"{header},subject,body\n{row},x,y\n")
    said = f"The column '{ignored}' repeats '{used}'; ignored.\n"
    assert remote(*IMPORT, path, *flags) == Ran(0, "1\n", said)
    assert bodies(accepting) == [("True@b.example", "x", "y")]


def test_a_pipe_never_shows_the_mapping(remote: Cli, accepting: Foreign, tmp_path: Path) -> None:
    text = "from,subject,body\na@b.example,x,y\n"
    assert remote(*IMPORT, write(tmp_path / "t.csv", text)) == Ran(0, "1\n", "")


def test_a_terminal_shows_the_mapping_before_the_first_row_is_sent(
    remote: Cli, accepting: Foreign, tmp_path: Path
) -> None:
    text = "Mail,Subject,body,Notes\na@b.example,x,two  words,z\n"
    path = write(tmp_path / "t.csv", text)
    shown = remote.on_terminal(*IMPORT, path, "--map", "Mail=from").stdout
    assert shown.startswith(
        "The column 'Notes' is not a field; ignored.\n"
        f"{path}: columns and the first row\n"
        "  Mail     -> from       a@b.example\n"
        "  Subject  -> subject    x\n"
        "  body     -> body       two words\n"
        "  Notes    -> (ignored)  z\n"
    )


def test_the_mapping_preview_of_any_file_is_short(
    remote: Cli, accepting: Foreign, tmp_path: Path
) -> None:
    others = ["\x1b]0;evil\x07X", "y" * 300, *(f"c{number}" for number in range(1000))]
    header = ",".join(["from", "subject", "body", *others])
    path = write(tmp_path / "t.csv", f"{header}\na@b.example,x,y{',z' * len(others)}\n")
    screen = remote.on_terminal(*IMPORT, path).stdout
    preview = screen.partition("columns and the first row\n")[2].partition("more columns\n")[0]
    lines = preview.splitlines()
    assert len(lines) == 31
    assert lines[-1] == "  ... and 975 "
    assert max(map(len, lines)) < 80
    assert "\x1b" not in preview
