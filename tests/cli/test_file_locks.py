"""`--lock NAME`: a second run of a name ends at once and names the first."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply, silence
from tests.support.waiting import wait_until
from tickiti_cli import __version__

LIST = ("ticket", "list")
VERSION = Ran(0, f"tickiti {__version__}\n", "")
EMPTY = reply({"ok": True, "data": {"tickets": [], "next_cursor": None}})


@pytest.fixture
def former(remote: Cli, foreign: Foreign) -> "Iterator[subprocess.Popen[bytes]]":
    """A run with the lock `nightly` that goes on."""
    foreign.answers(silence, EMPTY)
    process = remote.start("--lock", "nightly", *LIST)
    wait_until(lambda: bool(foreign.asked), process)
    yield process
    process.kill()
    process.communicate()


def test_a_second_run_of_a_name_is_14_and_names_the_first(
    remote: Cli, foreign: Foreign, former: "subprocess.Popen[bytes]"
) -> None:
    told = f"tickiti: Another run holds the lock 'nightly': held by process {former.pid}.\n"
    for arguments in ((*LIST, "--lock", "nightly"), ("-q", "--lock", "nightly", "version")):
        assert remote(*arguments) == Ran(14, "", told)
    assert len(foreign.asked) == 1


def test_other_lock_names_are_not_delayed(remote: Cli, former: "subprocess.Popen[bytes]") -> None:
    assert remote("version", "--lock", "hourly") == VERSION
    assert remote("version") == VERSION


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_lock_ends_with_its_process_even_after_a_kill(
    remote: Cli, former: "subprocess.Popen[bytes]", number: int
) -> None:
    former.send_signal(number)
    former.communicate(timeout=10)
    assert remote(*LIST, "--lock", "nightly", "-q") == Ran(0, "", "")


def test_a_lock_is_inherited_by_the_server_that_a_run_becomes(run: Cli, tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    start = ("server", "start", "--port", "0", "--lock", "only")
    process = run.start(*start, "--db", str(tmp_path / "t.db"), "--port-file", str(port_file))
    try:
        wait_until(port_file.exists, process)
        told = f"tickiti: Another run holds the lock 'only': held by process {process.pid}.\n"
        assert run("version", "--lock", "only") == Ran(14, "", told)
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert run("version", "--lock", "only").code == 0


@pytest.mark.parametrize("name", ["../up", "a/b", ".", "a b", "x" * 101])
def test_a_lock_name_must_be_a_valid_file_name(run: Cli, name: str) -> None:
    assert run("version", "--lock", name) == Ran(
        2,
        "",
        f"tickiti: --lock: '{name}' is not a valid name: use letters, digits, '.', '_' and '-', "
        "at most 100 of them.\n",
    )


def test_a_lock_failure_is_reported_before_a_request_is_sent(remote: Cli, foreign: Foreign) -> None:
    (remote.config / "locks").write_text("in the way")
    path = remote.config / "locks" / "nightly.lock"
    assert remote(*LIST, "--lock", "nightly") == Ran(
        3, "", f"tickiti: --lock nightly: {path} cannot be locked: Not a directory.\n"
    )
    assert foreign.asked == []
