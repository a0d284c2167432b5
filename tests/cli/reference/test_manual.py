"""`tickiti man` and `tickiti help`; the examples of the cron topic are run as they are written."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran, Served
from tickiti_cli.errors import ExitCode
from tickiti_cli.parser.registry import TOPICS

PATH = f"{Path(sys.executable).parent}{os.pathsep}/usr/bin{os.pathsep}/bin"
CRON, SYSTEMD, SCRIPT = TITLES = ("crontab", "systemd", "A script that decides by the exit code")


def test_a_page_in_a_pipe_is_plain_text(run: Cli) -> None:
    ran = run("man", "version")
    assert ran == Ran(
        0,
        "NAME\n"
        "    tickiti-version - show the version\n\n"
        "SYNOPSIS\n"
        "    tickiti version\n\n"
        "DESCRIPTION\n"
        "    Show the version.\n\n"
        "EXIT STATUS\n"
        "    0 on success; `tickiti help exit-codes` lists all codes.\n\n"
        "EXAMPLES\n"
        "        tickiti version\n"
        "        tickiti version --json\n\n"
        "SEE ALSO\n"
        "    tickiti(1), tickiti-config(5), tickiti-scripting(7)\n",
        "",
    )


def test_a_page_on_a_terminal_is_opened_in_man(run: Cli) -> None:
    if shutil.which("man") is None:
        pytest.skip("man is not installed")
    ran = run.on_terminal("man", "version", MANPAGER="cat", MANWIDTH="80")
    first, *_ = ran.stdout.splitlines()
    assert (ran.code, first.split()[0], first.split()[-1]) == (
        0,
        "TICKITI-VERSION(1)",
        "TICKITI-VERSION(1)",
    )


def test_a_terminal_without_man_gets_the_plain_text(run: Cli) -> None:
    assert run.on_terminal("man", "version", PATH="").stdout == run("man", "version").stdout


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ((), "tickiti"),
        (("tickiti",), "tickiti"),
        (("ticket",), "tickiti-ticket"),
        (("tickiti-ticket.1",), "tickiti-ticket"),
        (("scripting",), "tickiti-scripting"),
    ],
)
def test_a_man_page_is_found_by_a_short_and_a_full_name(
    run: Cli, asked: tuple[str, ...], name: str
) -> None:
    assert run("man", *asked).stdout.splitlines()[1].split(" - ")[0] == f"    {name}"


def test_a_name_of_two_man_pages_shows_the_command_page(run: Cli) -> None:
    assert "tickiti config path" in run("man", "config").stdout.split("DESCRIPTION")[0]
    assert "credentials.toml" in run("man", "config.5").stdout


def test_an_unknown_page_is_answered_with_the_nearest(run: Cli) -> None:
    ran = run("man", "tiket")
    sentence, hint = ran.stderr.splitlines()
    assert (ran.code, ran.stdout) == (2, "")
    assert sentence == "tickiti: There is no manual page 'tiket'. Did you mean ticket?"
    assert hint.startswith("Pages: alias, api, attachment, auth, callback, completion, ")


def test_an_unknown_topic_is_answered_with_the_nearest(run: Cli) -> None:
    assert run("help", "cronn") == Ran(
        2,
        "",
        "tickiti: Unknown topic or command 'cronn'. Did you mean cron?\n"
        "Topics: exit-codes, environment, output, idempotency, tokens, cron, testing, "
        "postgresql, python\n",
    )


def test_help_alone_names_every_topic(run: Cli) -> None:
    shown = run("help").stdout
    listed = [line.split()[2] for line in shown.splitlines() if "  tickiti help " in line]
    assert listed == list(TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_topics_are_at_most_eighty_columns_wide(run: Cli, topic: str) -> None:
    ran = run("help", topic)
    assert (ran.code, ran.stderr) == (0, "")
    prose = [line for line in ran.stdout.splitlines() if not line.startswith("    ")]
    assert max(map(len, prose)) <= 80


def test_the_topic_of_exit_codes_has_every_code(run: Cli) -> None:
    shown = run("help", "exit-codes").stdout.splitlines()
    listed = [line.split()[0] for line in shown if line.startswith("  ") and line[2] != " "]
    assert listed == [str(int(code)) for code in ExitCode]


def test_the_published_rule_of_derived_keys_equals_the_command(run: Cli) -> None:
    shown = run("help", "idempotency").stdout.splitlines()
    derive, digest = (line.strip() for line in shown if "kind" in line)
    key, computed = sh(derive, run).stdout.strip(), sh(digest, run).stdout.split()[0]
    assert key == f"derived-{computed}"


@pytest.fixture
def pasted(run: Cli) -> dict[str, list[str]]:
    """The examples of the cron topic, by the title above them."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in run("help", "cron").stdout.splitlines():
        if line.startswith("    "):
            found.setdefault(title, []).append(line[4:])
        elif line in TITLES:
            title = line
    return found


def sh(command: str, cli: Cli, **environ: str) -> Ran:
    """As a job runner does: by sh, with little in the environment and nothing to read."""
    return sh_with(cli.environ({"PATH": PATH, **environ}), command, cli)


def sh_with(environ: dict[str, str], command: str, cli: Cli) -> Ran:
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env=environ, cwd=cli.folder, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def reports(cli: Cli) -> int:
    found = cli("ticket", "list", "--raised-by", "cron@sole-trader.example", "--all")
    return found.stdout.count("\tNightly report\t")


def test_cron_and_systemd_jobs_create_one_ticket_a_day_quietly(
    local: Cli, served: Served, pasted: dict[str, list[str]]
) -> None:
    for line in (*pasted[CRON][1:], pasted[CRON][-1]):
        assert sh(line.split(maxsplit=5)[5].replace("\\%", "%"), local) == Ran(0, "", "")
    assert reports(local) == 1

    unit = dict(line.split("=", 1) for line in pasted[SYSTEMD] if "=" in line)
    command = shlex.split(unit["ExecStart"].replace("%%", "%").replace("$$", "$"))
    assert command[:2] == ["/bin/sh", "-c"]
    environ = service_environ(pasted[SYSTEMD], local, served.base_url)
    assert sh_with(environ, command[2], local) == Ran(0, "", "")
    assert len([*(local.home / "state" / "tickiti" / "journal").iterdir()]) == 1
    assert reports(local) == 1


def service_environ(unit: list[str], local: Cli, base_url: str) -> dict[str, str]:
    """What systemd makes of the unit, for a user whose home cannot be written to."""
    state, secrets = local.home / "state", local.home / "secrets"
    state.mkdir()
    secrets.mkdir()
    (credential,) = (line for line in unit if line.startswith("LoadCredential="))
    token = (local.config / "credentials.toml").read_text().split('"')[1]
    (secrets / credential.removeprefix("LoadCredential=").split(":")[0]).write_text(token)
    given = dict(
        line.removeprefix("Environment=").replace("%S", str(state)).split("=", 1)
        for line in unit
        if line.startswith("Environment=")
    )
    assert given["TICKITI_API_BASE"] == "https://support.sole-trader.example"
    base = {"PATH": PATH, "HOME": "/proc", "CREDENTIALS_DIRECTORY": str(secrets)}
    nowhere = {"XDG_CONFIG_DIRS": str(local.home / "system")}
    return {**base, **nowhere, **given, "TICKITI_API_BASE": base_url}


def test_the_example_unit_is_accepted_by_systemd(
    tmp_path: Path, pasted: dict[str, list[str]]
) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "report.service"
    unit.write_text("\n".join(pasted[SYSTEMD]) + "\n")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, "report.service" in done.stderr) == (0, False)


def test_the_script_decides_by_the_exit_code(local: Cli, pasted: dict[str, list[str]]) -> None:
    script = "\n".join(pasted[SCRIPT])
    assert sh(script, local) == Ran(0, "", "")
    silent = {"TICKITI_API_BASE": "http://127.0.0.1:9", "TICKITI_API_TOKEN": "1|tkt_x"}
    unreachable = sh(script, Cli(local.home / "a"), TICKITI_RETRIES="0", **silent)
    assert (unreachable.code, unreachable.stderr.splitlines()[-1]) == (
        0,
        "the helpdesk cannot be reached; the next run tries again",
    )
    unconfigured = sh(script, Cli(local.home / "b"))
    assert (unconfigured.code, unconfigured.stderr.splitlines()[-1]) == (
        1,
        "the ticket was not filed",
    )
