"""Commands in hostile surroundings name what the system refuses, and never end as a bug."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli
from tests.support.foreign import Foreign, ticket_created

pytestmark = pytest.mark.faults
"""Of each test, because it runs every command: a minute of processor time together."""

ROOT = Path(__file__).parent.parent.parent
STRANGER = 12345
"""A user that the system does not know."""

is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder that every user can reach; pytest's own are for their owner alone."""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o777)
    return tmp_path


def runs(
    folder: Path,
    *,
    home: Path | None,
    uid: int | None = None,
    is_deleted: bool = False,
    words: tuple[str, ...] = (),
    **environ: str,
) -> list[dict[str, Any]]:
    """Every command, once, with a server that cannot be reached."""
    server = {"TICKITI_API_BASE": "http://127.0.0.1:9", "TICKITI_API_TOKEN": "1|x"}
    environ |= {**server, "TICKITI_RETRIES": "0", "PATH": os.environ["PATH"]}
    environ |= {"HOME": str(home)} if home else {}
    given = {"environ": environ, "uid": uid, "folder": str(folder), "is_deleted": is_deleted}
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.leaves"],
        input=json.dumps({**given, "words": words}),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=600,
        check=True,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) > 90
    return found


def refuse_bugs(found: list[dict[str, Any]]) -> None:
    for ran in found:
        assert ran["code"] in (0, *range(2, 17)), ran
        assert "Traceback" not in ran["stderr"] + ran["stdout"], ran
        assert "a bug" not in ran["stderr"], ran


def test_in_a_deleted_folder_no_command_reports_a_bug(place: Path) -> None:
    refuse_bugs(runs(place, home=place / "home", is_deleted=True))


@is_root
def test_below_an_unsearchable_folder_no_command_reports_a_bug(place: Path) -> None:
    hidden = place / "hidden"
    (hidden / "here").mkdir(parents=True)
    (hidden / "here").chmod(0o777)
    hidden.chmod(0o700)
    refuse_bugs(runs(hidden / "here", home=place / "home", uid=STRANGER))


@is_root
def test_without_a_home_and_a_known_user_no_command_reports_a_bug(place: Path) -> None:
    refuse_bugs(runs(place, home=None, uid=STRANGER))


@is_root
def test_with_a_home_of_another_user_no_command_reports_a_bug(place: Path) -> None:
    (place / "home").chmod(0o700)
    refuse_bugs(runs(place, home=place / "home", uid=STRANGER))


def test_with_a_home_that_is_a_file_no_command_reports_a_bug(place: Path) -> None:
    (place / "file").touch()
    refuse_bugs(runs(place, home=place / "file"))


def test_with_an_unwritable_home_no_command_reports_a_bug(place: Path) -> None:
    refuse_bugs(runs(place, home=Path("/proc")))


def test_with_a_home_that_is_a_loop_of_links_no_command_reports_a_bug(place: Path) -> None:
    (place / "loop").symlink_to("loop")
    refuse_bugs(runs(place, home=place / "loop"))


def test_with_a_home_of_too_long_a_name_no_command_reports_a_bug(place: Path) -> None:
    refuse_bugs(runs(place, home=place / ("n" * 300)))


def test_words_that_are_not_utf_8_are_never_reported_as_a_bug(place: Path) -> None:
    words = ("\udce9=\udce9",)
    refuse_bugs(runs(place, home=place / "home", words=words, LANG="C", LC_ALL="C"))


def test_words_too_long_for_a_file_are_never_reported_as_a_bug(place: Path) -> None:
    refuse_bugs(runs(place, home=place / "home", words=("n" * 300,)))


def test_a_deleted_folder_does_not_stop_a_command_that_needs_no_folder(run: Cli) -> None:
    script = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
    gone = run.home / "gone"
    for words in (("config", "path"), ("server", "status"), ("ticket", "import", "f.csv")):
        gone.mkdir(parents=True)
        done = subprocess.run(
            ["sh", "-c", script, "sh", str(gone), *run.command(words)],
            env=run.environ({"TICKITI_API_BASE": "http://127.0.0.1:9"}),
            capture_output=True,
            text=True,
            cwd=run.folder,
            timeout=60,
            check=False,
        )
        assert done.returncode in (0, 2, 13), done.stderr
        assert "Traceback" not in done.stderr
        assert (
            "import" not in words or done.stderr == "tickiti: f.csv: No such file or directory.\n"
        )


def test_in_a_deleted_folder_standard_input_is_imported(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket_created())
    gone = remote.home / "gone"
    gone.mkdir(parents=True)
    words = ("ticket", "import", "-", "--format", "csv")
    done = subprocess.run(
        ["sh", "-c", 'cd "$1" && rmdir "$1" && shift && exec "$@"', "sh", str(gone),
         *remote.command(words)],
        env=remote.environ({}), input="from,subject,body\na@b.example,s,b\n",
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_the_version_is_asked_with_any_stream_closed(run: Cli, closed: str) -> None:
    words = ["sh", "-c", f'"$@" {closed}', "sh", *run.command(("--version",))]
    done = subprocess.run(
        words, env=run.environ({}), cwd=run.folder, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp037"])
def test_pythonioencoding_does_not_reach_child_processes(local: Cli, encoding: str) -> None:
    ran = local("server", "check", str(local.folder / "none.db"), PYTHONIOENCODING=encoding)
    assert ran.code not in (0, 1)
    assert local("server", "openapi", "--out", "o.json", PYTHONIOENCODING=encoding).code == 0
    assert json.loads((local.folder / "o.json").read_bytes())["openapi"]
