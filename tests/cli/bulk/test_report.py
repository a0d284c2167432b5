"""The report of a bulk job, and the lines that were done before a failure."""

import json
import stat
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tests.support.foreign import Foreign, failure, ticket_created
from tests.support.jobs import report_of, row, write_ndjson

IMPORT = ("ticket", "import")
UNWRITABLE = (
    "nowhere/report",
    "report-folder",
    "loop",
    "file/report",
    "/dev/stdin",
)


@pytest.fixture
def path(remote: Cli, foreign: Foreign) -> str:
    foreign.answers(ticket_created(1), ticket_created(2))
    (remote.folder / "report-folder").mkdir()
    (remote.folder / "file").touch()
    (remote.folder / "loop").symlink_to("loop")
    return write_ndjson(remote.folder / "t.ndjson", [row("x"), row("y")])


@pytest.mark.parametrize("report", UNWRITABLE)
def test_unwritable_report_is_refused_before_a_line_is_sent(
    remote: Cli, foreign: Foreign, path: str, report: str
) -> None:
    ran = remote(*IMPORT, path, "--report", report, "--json")
    told = json.loads(ran.stderr)["error"]
    assert (ran.code, told["outcome"], foreign.asked) == (2, "not_applied", [])
    assert f"--report {report}" in told["message"]
    assert remote(*IMPORT, path).code == 0


@pytest.mark.parametrize("name", ["t.ndjson", "./t.ndjson", "link.csv"])
@pytest.mark.parametrize("is_piped", [False, True])
def test_report_that_would_replace_the_file_is_refused(
    remote: Cli, foreign: Foreign, path: str, name: str, *, is_piped: bool
) -> None:
    (remote.folder / "link.csv").symlink_to("t.ndjson")
    before = Path(path).read_bytes()
    words = ("-", "--format", "ndjson") if is_piped else (path,)
    with Path(path).open("rb") as file:
        done = subprocess.run(
            remote.command((*IMPORT, *words, "--report", name)),
            stdin=file, capture_output=True, text=True, env=remote.environ({}),
            cwd=remote.folder, check=False, timeout=60,
        )  # fmt: skip
    said = f"--report {Path(name)}: the report would replace the file that is read."
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"tickiti: {said}\nName another file.\n"
    assert (foreign.asked, Path(path).read_bytes()) == ([], before)


def test_report_that_would_replace_the_list_of_tickets_is_refused(
    remote: Cli, foreign: Foreign
) -> None:
    numbers = remote.folder / "numbers"
    numbers.write_text("220009\n")
    with numbers.open("rb") as file:
        done = subprocess.run(
            remote.command(("ticket", "close", "-", "--report", "numbers")),
            stdin=file, capture_output=True, env=remote.environ({}), cwd=remote.folder,
            check=False, timeout=60,
        )  # fmt: skip
    assert (done.returncode, foreign.asked, numbers.read_text()) == (2, [], "220009\n")


def test_report_to_a_dash_is_refused(remote: Cli, foreign: Foreign, path: str) -> None:
    ran = remote(*IMPORT, path, "--report", "-")
    assert (ran.code, foreign.asked) == (2, [])
    said = "--report -: must be a file.\nFor standard output: --report /dev/stdout\n"
    assert ran.stderr == f"tickiti: {said}"
    assert not (remote.folder / "-").exists()


def test_report_that_fails_at_the_end_denies_no_line(
    remote: Cli, foreign: Foreign, path: str
) -> None:
    ran = remote(*IMPORT, path, "--report", "/dev/full", "--json")
    told = json.loads(ran.stderr)["error"]
    assert (ran.code, told["outcome"], len(foreign.asked)) == (2, "applied", 2)
    assert remote(*IMPORT, path, "--report", "r.ndjson").code == 0
    assert len(foreign.asked) == 2
    assert [line["state"] for line in report_of(remote.folder / "r.ndjson")] == ["done", "done"]


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_report_on_standard_output_keeps_the_output_of_others(
    remote: Cli, path: str, name: str, flags: tuple[str, ...]
) -> None:
    out = remote.folder / "out"
    with out.open("wb") as file:
        file.write(b"before\n")
        file.flush()
        done = subprocess.run(
            remote.command((*IMPORT, path, "--report", name, *flags)),
            stdout=file, stderr=subprocess.PIPE, env=remote.environ({}), cwd=remote.folder,
            check=False,
        )  # fmt: skip
    first, *rows, last = out.read_text().splitlines()
    assert (done.returncode, first, [json.loads(text)["line"] for text in rows]) == (
        0, "before", [1, 2],
    )  # fmt: skip
    assert last == "2" if not flags else json.loads(last)["done"] == 2


def test_report_replaces_the_target_of_a_link_atomically(remote: Cli, path: str) -> None:
    real, link = remote.folder / "real.csv", remote.folder / "link.csv"
    real.write_text("old\n")
    real.chmod(0o640)
    link.symlink_to("real.csv")
    with real.open() as reader:
        assert remote(*IMPORT, path, "--report", "link.csv").code == 0
        assert reader.read() == "old\n"
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert real.read_text().startswith("line,state,id,")
    assert not [*remote.folder.glob(".real.csv.*")]


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ([ticket_created(1), failure(422, "x")], "applied"),
        ([failure(422, "x"), ticket_created(1)], "applied"),
        ([failure(422, "x"), failure(422, "x")], "not_applied"),
        ([ticket_created(1), failure(500, "server_error")], "unknown"),
        ([failure(500, "server_error"), failure(422, "x")], "unknown"),
        ([ticket_created(1), failure(401, "unauthenticated")], "applied"),
        ([failure(401, "unauthenticated")], "not_applied"),
    ],
)
def test_outcome_of_a_job_denies_no_done_line(
    remote: Cli, foreign: Foreign, path: str, answers: list[bytes], outcome: str
) -> None:
    foreign.answers(*answers)
    ran = remote(*IMPORT, path, "--json", "--retries", "0")
    assert json.loads(ran.stderr.splitlines()[-1])["error"]["outcome"] == outcome
    plain = remote(*IMPORT, path, "--retries", "0").stderr
    assert "all the same" not in plain


def test_resume_all_is_unknown_if_one_operation_is_unknown(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(500, "server_error"))
    remote("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "x", "--retries", "0")
    ran = remote("op", "resume", "--all-pending", "--json", "--retries", "0")
    assert (ran.code, json.loads(ran.stderr.splitlines()[-1])["error"]["outcome"]) == (
        12, "unknown",
    )  # fmt: skip
