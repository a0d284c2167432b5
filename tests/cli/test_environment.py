"""Commands without a home, with a read-only home, and in an ASCII locale."""

import json
import subprocess
from collections.abc import Mapping

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply, ticket_created

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Söhne €", "-b", "y")
UNKNOWN_USER = """
import pwd
def unknown(uid): raise KeyError(f"getpwuid(): uid not found: {uid}")
pwd.getpwuid = unknown
"""
"""A user that the system has no entry for, as containers run programs."""


def started(cli: Cli, *words: str, environ: Mapping[str, str]) -> Ran:
    """With these variables and no other one."""
    done = subprocess.run(
        cli.command(words),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={"PATH": "/usr/bin:/bin", **environ},
        cwd=cli.folder,
        timeout=30,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def homeless(run: Cli, foreign: Foreign) -> dict[str, str]:
    """All that a container passes to a program."""
    foreign.answers(ticket_created())
    stranger = run.home / "stranger"
    stranger.mkdir(parents=True)
    (stranger / "sitecustomize.py").write_text(UNKNOWN_USER)
    token = {"TICKITI_API_BASE": foreign.base_url, "TICKITI_API_TOKEN": "1|x"}
    return {**token, "PYTHONPATH": str(stranger), "XDG_CONFIG_DIRS": str(run.home / "system")}


@pytest.mark.parametrize(
    "words", [("version",), ("help",), ("config", "path"), ("op", "list"), ("profile", "list")]
)
def test_commands_that_need_no_home_work_without_one(
    run: Cli, homeless: dict[str, str], words: tuple[str, ...]
) -> None:
    ran = started(run, *words, environ=homeless)
    assert (ran.code, ran.stderr) == (0, "")


def test_write_without_a_journal_folder_is_not_sent(
    run: Cli, foreign: Foreign, homeless: dict[str, str]
) -> None:
    # The place is nobody's: even the superuser finds a file in the way there.
    blocked = {**homeless, "XDG_STATE_HOME": "/dev/null"}
    ran = started(run, *CREATE, environ=blocked)
    assert (ran.code, ran.stdout, foreign.asked) == (3, "", [])
    assert ran.stderr.startswith("tickiti: /dev/null/tickiti/journal/")
    assert ran.stderr.endswith(
        " cannot be written: Not a directory.\n"
        "Nothing was sent. Make its directory writable, name another one in TICKITI_CONFIG_DIR, or "
        "send without it: --no-journal\n"
    )
    assert started(run, *CREATE, "--no-journal", environ=homeless) == Ran(0, "220009\n", "")
    somewhere = {**homeless, "XDG_STATE_HOME": str(run.home / "state")}
    assert started(run, *CREATE, environ=somewhere) == Ran(0, "220009\n", "")
    assert len([*(run.home / "state" / "tickiti" / "journal").iterdir()]) == 1


def test_a_home_that_cannot_be_written_to_stops_writes_alone(run: Cli, foreign: Foreign) -> None:
    rows = {"tickets": [], "next_cursor": None}
    foreign.answers(reply({"ok": True, "data": {"ticket_number": 220009, **rows}}))
    # Nobody can write there, root included.
    home = {"HOME": "/proc", "XDG_CONFIG_DIRS": str(run.home / "system")}
    home |= {"TICKITI_API_BASE": foreign.base_url, "TICKITI_API_TOKEN": "1|x"}
    assert started(run, "ticket", "list", environ=home) == Ran(0, "", "")
    asked = len(foreign.asked)
    ran = started(run, *CREATE, environ=home)
    assert (ran.code, ran.stdout, len(foreign.asked)) == (3, "", asked)
    assert ran.stderr.startswith("tickiti: /proc/.local/state/tickiti/journal/")
    assert ran.stderr.endswith("or send without it: --no-journal\n")
    assert started(run, *CREATE, "--no-journal", environ=home) == Ran(0, "220009\n", "")
    ran = started(run, "version", "--lock", "nightly", environ=home)
    path = "/proc/.local/state/tickiti/locks/nightly.lock"
    told = f"tickiti: --lock nightly: {path} cannot be locked: No such file or directory.\n"
    assert ran == Ran(3, "", told)
    ran = started(run, "ticket", "import", "-", "--format", "csv", environ=home)
    assert (ran.code, ran.stdout) == (3, "")
    assert ran.stderr.startswith("tickiti: /proc/.local/state/tickiti/journal cannot be written")


@pytest.mark.parametrize(
    "locale",
    [{"LANG": "C"}, {"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"LANG": "xx_YY.ISO-8859-1"}, {}],
)
def test_text_is_utf_8_in_every_locale(run: Cli, foreign: Foreign, locale: dict[str, str]) -> None:
    row = dict.fromkeys(("number", "subject", "status", "priority", "queue_name"))
    row |= {"originator_email": None, "updated_at": None, "subject": "Söhne €"}
    foreign.answers(ticket_created(), reply({"ok": True, "data": {"tickets": [row]}}))
    environ = {"HOME": str(run.home), "TICKITI_CONFIG_DIR": str(run.config), **locale}
    environ |= {"TICKITI_API_BASE": foreign.base_url, "TICKITI_API_TOKEN": "1|x"}
    assert started(run, *CREATE, environ=environ) == Ran(0, "220009\n", "")
    assert json.loads(foreign.asked[0].body)["data"]["subject"] == "Söhne €"
    ran = started(run, "ticket", "list", "--fields", "subject", environ=environ)
    assert ran == Ran(0, "Söhne €\n", "")


@pytest.mark.parametrize(
    "words",
    [
        (*CREATE[:4], "-s", "S\udcf6hne", "-b", "y"),
        ("ticket", "list", "--subject", "S\udcf6hne"),
        ("ticket", "list", "-p", "S\udcf6hne"),
        ("ticket", "S\udcf6hne"),
        ("ticket", "create", "--from", "a@b.example", "-s", "x", "--body-file", "S\udcf6hne"),
        ("ticket", "export", "--out", "S\udcf6hne/t.csv"),
        ("ticket", "import", "S\udcf6hne.csv"),
        ("config", "set", "profiles.S\udcf6hne.base_url", "https://a.example"),
        ("profile", "rename", "far", "S\udcf6hne"),
        ("token", "scan", "S\udcf6hne"),
        ("api", "create_ticket", "-f", "S\udcf6hne=x"),
        (*CREATE, "--idempotency-key", "S\udcf6hne"),
    ],
)
def test_words_that_are_not_utf_8_are_named_and_not_sent(
    remote: Cli, foreign: Foreign, words: tuple[str, ...]
) -> None:
    """As a terminal of long ago types them."""
    here = {"HOME": str(remote.home), "TICKITI_CONFIG_DIR": str(remote.config)}
    before = (remote.config / "config.toml").read_text()
    ran = started(remote, *words, environ=here)
    assert ran.code in (2, 3)
    assert (remote.config / "config.toml").read_text() == before
    assert (ran.stdout, foreign.asked) == ("", [])
    assert ran.stderr.startswith("tickiti: ")
    assert "Traceback" not in ran.stderr
