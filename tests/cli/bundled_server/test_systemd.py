"""systemd accepts the unit, and the server works within the unit's restrictions."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.waiting import PATIENCE_SECONDS
from tickiti_cli.bundled_server import systemd
from tickiti_cli.bundled_server.systemd import Installation, Instance
from tickiti_cli.contract.files import lockfile

MOST_EXPOSURE = 15
"""Tenths of what `systemd-analyze security` calls exposure; below 20 it calls a unit OK."""

CALL = re.compile(r"^[0-9]+ +([a-z0-9_]+)\((.*)")
OPENED = re.compile(r'[^"]*"([^"]*)", ([A-Z_|]+).* = [0-9]+$')

needs_systemd = pytest.mark.skipif(
    not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed"
)
needs_strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


def unit_of(run: Cli, *flags: str) -> str:
    ran = run("server", "unit", "systemd", *flags)
    assert ran.code == 0
    return ran.stdout


def settings_of(unit: str, name: str) -> list[str]:
    return [line.partition("=")[2] for line in unit.splitlines() if line.startswith(f"{name}=")]


def analyzed(*arguments: str, folder: Path) -> Ran:
    environ = {**os.environ, "XDG_RUNTIME_DIR": str(folder), "SYSTEMD_COLORS": "0"}
    done = subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, env=environ, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@needs_systemd
@pytest.mark.parametrize("flags", [(), ("--user",)])
def test_systemd_accepts_the_unit(run: Cli, tmp_path: Path, flags: tuple[str, ...]) -> None:
    file = tmp_path / "tickiti.service"
    file.write_text(unit_of(run, *flags))
    assert analyzed("verify", *flags, str(file), folder=tmp_path) == Ran(0, "", "")
    file.write_text(file.read_text().replace("NoNewPrivileges=yes", "NoNewPrivileges=perhaps"))
    refused = analyzed("verify", *flags, str(file), folder=tmp_path)
    assert refused.stderr.endswith("Failed to parse boolean value, ignoring: perhaps\n")


@needs_systemd
def test_system_unit_is_confined(run: Cli, tmp_path: Path) -> None:
    file = tmp_path / "tickiti.service"
    file.write_text(unit_of(run))
    weighed = analyzed(
        "security", "--offline=yes", f"--threshold={MOST_EXPOSURE}", str(file), folder=tmp_path
    )
    assert weighed.code == 0, weighed.stdout


def test_unit_starts_the_installation_that_printed_it(run: Cli) -> None:
    command = f"{sys.executable} -P -m tickiti_cli server start --port"
    assert settings_of(unit_of(run), "ExecStart") == [f"{command} 8642 --db %S/tickiti/tickiti.db"]
    assert settings_of(unit_of(run, "--user", "--port", "9000"), "ExecStart") == [f"{command} 9000"]


def words_of(line: str) -> list[str]:
    """What systemd makes of ExecStart: systemd.service(5), "Command lines". Of the program's own
    name it leaves `$` as it is."""
    words = re.findall(r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\s"'])+""", line)
    for index, word in enumerate(words):
        bare = word[1:-1] if word[:1] in "\"'" and word[:1] else word
        raw = re.sub(r"\\(x[0-9a-f]{2}|.)", _unescaped, bare).replace("%%", "%")
        words[index] = raw.replace("$$", "$") if index else raw
    return words


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1][1:], 16)) if len(match[1]) > 1 else match[1]


AWKWARD = [
    "it's", "a b", "tab\there", 'say "x"', "50%", "a$HOME", "a${HOME}b", "back\\slash",
    "semi;colon", "new\nline", "%h", "$$", "#x", "-dash", "@at", "it's 50% of \"$HOME\"\t\\",
    "glob*?[x]", "`id`", "$(id)", "é€",
]  # fmt: skip


@needs_systemd
@pytest.mark.parametrize("name", AWKWARD)
def test_systemd_starts_an_installation_under_any_path(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / "bin"
    folder.mkdir(parents=True)
    interpreter = folder / "python"
    interpreter.write_text('#!/bin/sh\nprintf "%s\\n" "$0" "$@"\n')
    interpreter.chmod(0o755)
    file = tmp_path / "tickiti.service"
    for unit in (systemd.user_unit, systemd.system_unit):
        file.write_text(unit(Installation(interpreter), 1))
        assert analyzed("verify", str(file), folder=tmp_path) == Ran(0, "", "")
    (line,) = settings_of(file.read_text(), "ExecStart")
    done = subprocess.run(words_of(line), capture_output=True, text=True, check=True)
    assert done.stdout == "\n".join([
        str(interpreter), "-P", "-m", "tickiti_cli", "server", "start", "--port", "1", "--db",
        "%S/tickiti/tickiti.db", "",
    ])  # fmt: skip


def test_ordinary_path_is_started_without_a_shell() -> None:
    for path in ("/opt/tickiti/bin/python", "/opt/my tools/50%/python"):
        (line,) = settings_of(systemd.user_unit(Installation(Path(path)), 1), "ExecStart")
        assert "/bin/sh" not in line
        assert words_of(line)[:4] == [path, "-P", "-m", "tickiti_cli"]


@pytest.mark.parametrize(
    ("interpreter", "folder", "hidden"),
    [
        ("/opt/tickiti/bin/python", "/usr", "yes"),
        ("/homework/bin/python", "/usr", "yes"),
        ("/home/anna/venv/bin/python", "/usr", "read-only"),
        ("/opt/tickiti/bin/python", "/root/python/3.11", "read-only"),
    ],
)
def test_homes_are_hidden_unless_the_program_is_in_a_home(
    interpreter: str, folder: str, hidden: str
) -> None:
    unit = systemd.system_unit(Installation(Path(interpreter), (Path(folder),)), 8642)
    assert settings_of(unit, "ProtectHome") == [hidden]


def test_installation_out_of_reach_of_the_service_user_is_named(run: Cli) -> None:
    here = Installation.here()
    remark = (
        f"The service's user cannot reach {here.hidden}: install tickiti where every user can "
        "read it, such as /opt, or use --user.\n"
    )
    assert run("server", "unit", "systemd").stderr == (remark if here.hidden else "")
    assert run("server", "unit", "systemd", "--user").stderr == ""


def test_closed_and_temporary_folders_are_out_of_a_services_reach(tmp_path: Path) -> None:
    temporary = tmp_path.resolve()
    assert Installation(Path("x"), (Path("/usr"), temporary)).hidden == temporary
    assert Installation(Path("x"), (Path("/usr/bin"), Path("/etc"))).hidden is None
    closed = Path("/proc/1/fd")  # a folder that its owner alone may enter, on every Linux
    assert Installation(Path("x"), (closed,)).hidden == closed


def test_unknown_supervisor_is_refused(run: Cli) -> None:
    assert run("server", "unit", "upstart") == Ran(
        2,
        "",
        "tickiti: SUPERVISOR: 'upstart' is not one of systemd.\nSee: tickiti server unit --help\n",
    )


@dataclass(frozen=True, slots=True)
class Traced:
    """A service's life from start to stop: what it told its supervisor, and its system calls."""

    told: list[str]
    calls: list[tuple[str, str]]
    state: Path

    def arguments(self, *names: str) -> list[str]:
        return [arguments for name, arguments in self.calls if name in names]


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    """The unit's own command in the unit's own environment, but at a free port."""
    cli = Cli(tmp_path_factory.mktemp("unit"))
    state, notes = cli.folder / "state", cli.folder / "calls"
    (state / Instance().unit).mkdir(parents=True, mode=0o700)
    unit = unit_of(cli).replace("%S", str(state)).replace("--port 8642", "--port 0")
    name, _, value = settings_of(unit, "Environment")[0].partition("=")
    # Compiled files are not written into an installation that the service cannot write to.
    environ = {"PATH": os.environ["PATH"], name: value, "PYTHONDONTWRITEBYTECODE": "1"}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind("\0" + f"tickiti-test-{os.getpid()}")
        supervisor.settimeout(PATIENCE_SECONDS)
        address = {"NOTIFY_SOCKET": f"@tickiti-test-{os.getpid()}"}
        (command,) = settings_of(unit, "ExecStart")
        process = subprocess.Popen(
            ["strace", "-f", "-qq", "-s", "300", "-o", str(notes), *shlex.split(command)],
            env=environ | address, cwd="/", stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        told = [supervisor.recv(100).decode()]
        ran = cli("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y", **environ)
        database = state / Instance().unit / "tickiti.db"
        told += [ran.stdout, str(lockfile.holder(lockfile.path_for(database)) is not None)]
        told.append(str(cli("server", "stop", "--db", str(database), **environ).code))
        told.append(supervisor.recv(100).decode())
        assert process.wait(PATIENCE_SECONDS) == 0
    found = (CALL.match(line) for line in notes.read_text().splitlines())
    return Traced(told, [(match[1], match[2]) for match in found if match], state)


@needs_strace
def test_supervisor_is_notified_of_readiness_and_stopping(traced: Traced) -> None:
    assert traced.told == ["READY=1", "220009\n", "True", "0", "STOPPING=1"]


@needs_systemd
@needs_strace
def test_server_makes_no_system_call_that_the_unit_denies(traced: Traced) -> None:
    allowed = calls_in("@system-service") - calls_in("@privileged") - calls_in("@resources")
    used = {name for name, _ in traced.calls}
    # As root, which a service is not, SQLite gives its files to the database's owner.
    used -= {"fchown"} if os.geteuid() == 0 else set()
    assert {"openat", "fdatasync"} < used
    assert used - allowed == set()


@needs_strace
def test_server_maps_no_writable_executable_memory(traced: Traced) -> None:
    assert [call for call in traced.arguments("mprotect", "pkey_mprotect") if "EXEC" in call] == []
    assert [call for call in traced.arguments("mmap") if "PROT_WRITE|PROT_EXEC" in call] == []


@needs_strace
def test_server_uses_only_the_address_families_of_the_unit(run: Cli, traced: Traced) -> None:
    families = {call.partition(",")[0] for call in traced.arguments("socket", "socketpair")}
    (allowed,) = settings_of(unit_of(run), "RestrictAddressFamilies")
    assert "AF_INET" in families
    assert families <= set(allowed.split())


@needs_strace
def test_server_writes_only_into_its_state_directory(traced: Traced) -> None:
    opened = [OPENED.match(call) for call in traced.arguments("openat")]
    written = {match[1] for match in opened if match and re.search("WR|CREAT", match[2])}
    outside = {path for path in written if not Path(path).is_relative_to(traced.state)}
    assert len(written) > len(outside)
    assert outside <= {"/dev/null"}


@needs_strace
def test_server_reads_nothing_of_other_processes(traced: Traced) -> None:
    opened = [OPENED.match(call) for call in traced.arguments("openat")]
    read = {match[1] for match in opened if match and match[1].startswith("/proc/")}
    assert {path for path in read if not re.match("/proc/(self|[0-9]+)/", path)} == set()


def calls_in(group: str) -> set[str]:
    """A group of system calls, the groups in it included."""
    lines = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    names = {line.strip() for line in lines[1:] if line.strip() and "#" not in line}
    inner = {name for name in names if name.startswith("@")}
    return (names - inner).union(*(calls_in(name) for name in inner))


URL = "postgresql://shop@db.example/tickets"


@needs_systemd
@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        (URL, []),
        ("postgresql://shop@192.0.2.7:5433,192.0.2.8/tickets?target_session_attrs=read-write",
         ["localhost 192.0.2.7 192.0.2.8"]),
        ("postgresql://shop@[2001:db8::1]/tickets?pooler=192.0.2.9:6432",
         ["localhost 2001:db8::1 192.0.2.9"]),
        ("postgresql:///tickets?host=/run/postgresql", ["localhost"]),
        ("postgresql://localhost/tickets?hostaddr=192.0.2.7", ["localhost 192.0.2.7"]),
        ("postgresql://localhost/50%25", ["localhost"]),
        ("postgresql:///?service=helpdesk", []),
    ],
)  # fmt: skip
def test_a_unit_on_postgresql_reaches_its_database(
    run: Cli, tmp_path: Path, url: str, allowed: list[str]
) -> None:
    unit = unit_of(run, "--name", "one", "--db", url)
    file = tmp_path / "tickiti-one.service"
    file.write_text(unit)
    assert analyzed("verify", str(file), folder=tmp_path) == Ran(0, "", "")
    assert settings_of(unit, "IPAddressAllow") == allowed
    assert settings_of(unit, "IPAddressDeny") == ["any"] * len(allowed)
    (command,) = settings_of(unit, "ExecStart")
    assert words_of(command)[-4:] == ["--name", "one", "--db", url]
    assert settings_of(unit, "StateDirectory") == ["tickiti-one"]
    assert settings_of(unit, "EnvironmentFile") == ["-/etc/tickiti-one.env"]
    # The database may only not have started yet.
    assert settings_of(unit, "RestartPreventExitStatus") == ["2 3 14"]
    assert f"tickiti server unit systemd --name one --db {shlex.quote(url)} >" in unit


def test_a_named_unit_has_a_file_of_its_own(run: Cli) -> None:
    unit = unit_of(run, "--name", "shop")
    (command,) = settings_of(unit, "ExecStart")
    assert command.endswith("--port 8642 --name shop --db %S/tickiti-shop/tickiti.db")
    assert settings_of(unit, "EnvironmentFile") == []
    assert settings_of(unit, "RestartPreventExitStatus") == ["2 3 14 16"]
    assert ">~/.config/systemd/user/tickiti-shop.service" in unit_of(
        run, "--user", "--name", "shop"
    )


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--name", "a b"),
         "--name 'a b': the name of a unit has letters, digits, '_', '.' and '-'."),
        (("--db", "shop.db"),
         "--db: the unit chooses the file of a database itself; give a URL, or no --db."),
    ],
)  # fmt: skip
def test_what_no_unit_can_have_is_refused(run: Cli, flags: tuple[str, ...], sentence: str) -> None:
    assert run("server", "unit", "systemd", *flags) == Ran(2, "", f"tickiti: {sentence}\n")
