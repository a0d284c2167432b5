"""Commands create private folders, and name file systems without locks."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply, ticket_created
from tickiti_cli.contract.files.file_system import make_folder

ERRORS = ("ENOLCK", "EBADF", "ENOSYS", "EINTR:when=1")


def shell(cli: Cli, script: str, *words: str, **environ: str) -> Ran:
    """With a home that is empty, where each folder goes to its usual place."""
    done = subprocess.run(
        ["sh", "-c", script, "sh", *cli.command(words)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(cli.home), "LANG": "C.UTF-8", **environ},
        cwd=cli.folder,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def open_folders(home: Path) -> list[str]:
    """Those below it that are not for their owner alone, but for where the commands are typed."""
    found = (path for path in home.rglob("*") if path.is_dir() and path != home / "here")
    return [str(path) for path in found if stat.S_IMODE(path.stat().st_mode) != 0o700]


@pytest.mark.parametrize("umask", ["000", "002", "022"])
def test_created_folders_are_private(run: Cli, foreign: Foreign, umask: str) -> None:
    foreign.answers(ticket_created())
    (run.folder / "token").touch(mode=0o600)
    (run.folder / "token").write_text("7|tkt_abcdefghijklmnop")
    (run.folder / "rows.csv").write_text("from,subject,body\na@b.example,s,b\n")
    server = {"TICKITI_API_BASE": foreign.base_url, "TICKITI_API_TOKEN": "7|x"}
    create = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
    base = ("--base-url", "https://a.example")
    script = f'umask {umask}; exec "$@"'
    assert shell(run, script, "config", "set", "profiles.a.base_url", "https://a.example").code == 0
    assert shell(run, script, *create, **server).code == 0
    assert shell(run, script, "version", "--lock", "nightly").code == 0
    shell(run, script, "auth", "login", *base, "--from-file", "token")
    shell(run, f"umask {umask}; exec \"$@\" <rows.csv", "ticket", "import", "-", "--format",
          "csv", **server)  # fmt: skip
    for name in ("bash", "zsh", "fish"):
        assert shell(run, script, "completion", "install", name).code == 0
    database = run.home / "one" / "two" / "tickiti.db"
    shell(run, script, "server", "restore", "none", "--db", str(database), "--yes")
    assert database.parent.is_dir()
    state = run.home / ".local" / "state" / "tickiti"
    assert {path.name for path in state.iterdir()} >= {"journal", "locks"}
    assert open_folders(run.home) == []


def test_existing_folders_keep_their_mode(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there").chmod(0o755)
    before = os.umask(0)
    try:
        made = make_folder(tmp_path / "there" / "a" / "b")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (made, made.parent, tmp_path / "there")]
    assert modes == [0o700, 0o700, 0o755]


@pytest.mark.faults
@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize("error", ERRORS)
def test_file_system_without_locks_is_named(remote: Cli, foreign: Foreign, error: str) -> None:
    foreign.answers(reply({"ok": True, "data": {}}))
    inject = f"inject=flock:error={error}"
    (remote.folder / "rows.csv").write_text("from,subject,body\na@b.example,s,b\n")
    config = str(remote.config)
    commands = {
        ("config", "set", "retries", "3"): config,
        ("profile", "use", "far"): config,
        ("auth", "logout", "--yes"): config,
        ("version", "--lock", "nightly"): "nightly.lock",
        ("ticket", "import", "rows.csv"): "bulk.lock",
        ("ticket", "export", "--out", "out.csv"): "out.csv",
    }
    for words, named in commands.items():
        line = ["strace", "-f", "-o", "/dev/null", "-e", "trace=flock", "-e", inject]
        done = subprocess.run(
            [*line, *remote.command(words)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=remote.environ({}),
            cwd=remote.folder,
            timeout=60,
            check=False,
        )
        assert "a bug" not in done.stderr
        assert "Traceback" not in done.stderr
        if "when" in error:  # a signal in between: the lock is asked for again
            assert done.returncode not in (3, 14), (words, done.stderr)
        else:
            assert done.returncode in (2, 3, 14), (words, done.stderr)
            assert named in done.stderr
    assert foreign.asked == [] or "when" in error
