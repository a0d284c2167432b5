"""Files whose lines or headers are far larger than anybody means, as a damaged disk leaves them."""

import io
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, ticket_created
from tickiti_cli.bulk.records import bounded_lines

IMPORT = ("ticket", "import")
GOOD = {
    "t.csv": b"from,subject,body\na@b.example,x,b\n",
    "t.ndjson": b'{"from":"a@b.example","subject":"x","body":"b"}\n',
}
TOO_LONG = {
    "t.csv": "line 3: it is not CSV: a record of more than 104857600 characters.",
    "t.ndjson": "line 2: it has more than 104857600 characters.",
}
MEMORY = 1_500_000_000
"""Bytes of address space. Twelve times the hole would not fit."""


@pytest.mark.parametrize("name", [*GOOD])
def test_hole_in_a_file_fails_alone_in_bounded_memory(
    remote: Cli, foreign: Foreign, name: str
) -> None:
    foreign.answers(ticket_created(1))
    path = remote.folder / name
    path.write_bytes(GOOD[name])
    with path.open("r+b") as file:
        file.truncate(len(GOOD[name]) + 250_000_000)
        file.seek(0, 2)
        file.write(b"\n" + GOOD[name].splitlines(keepends=True)[-1])
    done = subprocess.run(
        ["prlimit", f"--as={MEMORY}", *remote.command((*IMPORT, str(path)))],
        capture_output=True, env=remote.environ({}), cwd=remote.folder, check=False, timeout=120,
        text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (12, "")
    assert done.stderr.splitlines()[:2] == [
        TOO_LONG[name], "tickiti: 1 of 3 lines failed; 2 done.",
    ]  # fmt: skip


@pytest.mark.parametrize("flags", [(), ("--map", "c99999=data.x")])
def test_header_of_100_000_columns_is_read(
    remote: Cli, foreign: Foreign, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    foreign.answers(ticket_created(1))
    count = 100_000
    header = "from,subject,body," + ",".join(f"c{number}" for number in range(count))
    path = tmp_path / "t.csv"
    path.write_text(f"{header}\na@b.example,x,b{',y' * count}{',' * count}\n")
    others = count - len(flags) // 2 - 5
    said = f"The columns 'c0', 'c1', 'c2', 'c3', 'c4' and {others:,} more are not fields; ignored."
    assert remote(*IMPORT, str(path), *flags) == Ran(0, "1\n", f"{said}\n")


def test_long_line_is_cut_and_the_next_one_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_lines, "MOST_RECORD", 4)
    text = "abcd\nabc\nabcde\nabcdefghijklmno\r\nab\nabcd\nabcdefghi"
    found = [*bounded_lines.bounded_lines(io.StringIO(text, newline=""))]
    assert found == ["abcd\n", "abc\n", "abcde", "abcde", "ab\n", "abcd\n", "abcde"]
