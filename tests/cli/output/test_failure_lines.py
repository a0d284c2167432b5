"""An error that quotes a value with line breaks stays on its own lines."""

from pathlib import Path

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure

BROKEN = "ur\ngent\r\n\u2028x\x1b[31m"
SHOWN = r"ur\ngent\n\u2028x"


def test_flag_with_line_breaks_is_quoted_on_one_line(remote: Cli) -> None:
    ran = remote("ticket", "list", "--status", BROKEN)
    assert ran.code == 2
    first, see = ran.stderr.splitlines()
    assert first.startswith(f"tickiti: --status: '{SHOWN}' is not one of open, ")
    assert see == "See: tickiti ticket list --help"


def test_cell_with_line_breaks_is_quoted_on_one_line(remote: Cli, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f'from,subject,body,body-format\na@b.c,s,b,"{BROKEN}"\n', newline="")
    ran = remote("ticket", "import", str(path))
    assert ran.code == 12
    line, *_ = ran.stderr.splitlines()
    assert line.startswith(f"line 2: its body-format '{SHOWN}' is not one of ")


def test_sentence_of_a_server_is_shown_on_one_line(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(422, "invalid", BROKEN))
    assert remote("ticket", "list") == Ran(7, "", f"tickiti: {SHOWN}\n")
