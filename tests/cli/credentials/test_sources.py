"""Token sources have one order; a named source without a token is an error."""

import os
import re
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply
from tickiti_cli.credentials.sources import of_command
from tickiti_cli.errors import ConfigProblem
from tickiti_cli.files.private_file import read_secret_file

URL = "https://support.sole-trader.example"
STATUS = ("auth", "status", "--fields", "token_id,token_from")

ENVIRONMENT = {
    "TICKITI_API_TOKEN_FILE": ("2", "TICKITI_API_TOKEN_FILE"),
    "TICKITI_API_TOKEN": ("3", "TICKITI_API_TOKEN"),
    "TICKITI_TOKEN_COMMAND": ("4", "TICKITI_TOKEN_COMMAND"),
    "CREDENTIALS_DIRECTORY": ("5", "{home}/tickiti-token"),
}
"""In their order, each with the id and the name that `auth status` shows."""

FLAG = ("--token-file", "flag.token")
BASE = {"TICKITI_API_BASE": URL}
ALL = [*ENVIRONMENT]


def private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


@pytest.fixture
def full(run: Cli) -> tuple[Cli, dict[str, str]]:
    """Every source there is, each with a token of its own id."""
    run.configure(
        f'default_profile = "a"\n[profiles.a]\nbase_url = "{URL}"\n'
        f'[profiles.b]\nbase_url = "{URL}"\ntoken_command = "echo \'7|run\'"\n',
        '[a]\ntoken = "6|stored"\n',
    )
    private(run.folder / "flag.token", "1|flag")
    private(run.home / "env.token", "2|env")
    (run.home / "tickiti-token").write_text("5|systemd\n")
    variables = {
        "TICKITI_API_TOKEN_FILE": str(run.home / "env.token"),
        "TICKITI_API_TOKEN": "3|variable",
        "TICKITI_TOKEN_COMMAND": "echo '4|command'",
        "CREDENTIALS_DIRECTORY": str(run.home),
    }
    return run, variables


@pytest.mark.parametrize(
    ("flags", "base", "variables", "token_id", "origin"),
    [
        # the flag is first, whatever names the server
        (FLAG, BASE, ALL, "1", "--token-file"),
        ((*FLAG, "-p", "a"), BASE, ALL, "1", "--token-file"),
        (FLAG, {}, ALL, "1", "--token-file"),
        # a server of the environment or of a flag: those of the environment, in order
        (("--base-url", URL), {}, ALL, "2", "TICKITI_API_TOKEN_FILE"),
        *(
            ((), BASE, ALL[position:], *ENVIRONMENT[name])
            for position, name in enumerate(ENVIRONMENT)
        ),
        # a server of a profile: its own, whatever the environment has
        ((), {}, ALL, "6", "profile 'a'"),
        (("-p", "a"), BASE, ALL, "6", "profile 'a'"),
        (("-p", "b"), BASE, ALL, "7", "profile 'b'"),
        ((), {"TICKITI_PROFILE": "b"}, ALL, "7", "profile 'b'"),
    ],
)
def test_first_existing_token_source_is_used(
    full: tuple[Cli, dict[str, str]],
    *,
    flags: tuple[str, ...],
    base: dict[str, str],
    variables: list[str],
    token_id: str,
    origin: str,
) -> None:
    run, known = full
    environ = {name: known[name] for name in variables}
    told = origin.format(home=run.home)
    ran = run(*STATUS, *flags, **base, **environ)
    assert (ran.code, ran.stdout) == (0, f"{token_id}\t{told}\n")
    unused = {*variables} - {origin, "CREDENTIALS_DIRECTORY"}
    assert {*re.findall("TICKITI_[A-Z_]+", ran.stderr.partition(" set and not used")[0])} == unused
    assert bool(ran.stderr) is bool(unused)


def test_unused_token_of_the_environment_is_reported_once(remote: Cli, foreign: Foreign) -> None:
    page = {"tickets": [{"ticket_number": 1}], "next_cursor": "x"}
    last = {"tickets": [], "next_cursor": None}
    told = (
        "TICKITI_API_TOKEN is set and not used: the token comes from profile 'far'. A token of the "
        "environment goes only to the server of TICKITI_API_BASE or --base-url.\n"
    )
    for flags, stderr in (((), told), (("--json",), told), (("--quiet",), "")):
        foreign.answers(reply({"ok": True, "data": page}), reply({"ok": True, "data": last}))
        ran = remote("ticket", "list", "--all", *flags, TICKITI_API_TOKEN="5|x")
        assert (ran.code, ran.stderr) == (0, stderr), ran
    assert len(foreign.asked) >= 4
    assert remote("auth", "token", TICKITI_API_TOKEN="5|x") == Ran(0, "7|secret-of-far\n", told)
    assert remote("auth", "status", TICKITI_API_TOKEN=" ").stderr == ""


def test_token_without_a_source_is_missing(full: tuple[Cli, dict[str, str]]) -> None:
    run, _ = full
    assert run(*STATUS, **BASE) == Ran(
        4,
        "",
        f"tickiti: There is no token for {URL}.\n"
        "Set TICKITI_API_TOKEN, or give a token with --token-file FILE.\n",
    )
    # systemd gave this service other secrets
    assert run(*STATUS, **BASE, CREDENTIALS_DIRECTORY=str(run.folder)).code == 4


COMMAND = "The token command"


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("exit 3", f"{COMMAND} printed no token (exit 3)."),
        ("echo '1|x'; exit 1", f"{COMMAND} printed no token (exit 1)."),
        ("true", f"{COMMAND} printed no token (exit 0)."),
        ("printf '\\n \\n'", f"{COMMAND} printed no token (exit 0)."),
        ("no-such-command 2> /dev/null", f"{COMMAND} printed no token (exit 127)."),
        ("printf '1|x\\n2|y\\n'", f"{COMMAND} must print one token and nothing else."),
        ("echo 'Password: 1|x'", f"{COMMAND} must print one token and nothing else."),
        (
            "printf '1|\\377'",
            "The token of TICKITI_TOKEN_COMMAND contains invalid characters.",
        ),
    ],
)
def test_a_token_command_gives_one_token_or_is_an_error(
    run: Cli, command: str, sentence: str
) -> None:
    environ = {"TICKITI_TOKEN_COMMAND": command, "CREDENTIALS_DIRECTORY": "/nowhere"}
    shell = "in a shell to see what it prints"
    hint = f"Run the command of TICKITI_TOKEN_COMMAND {shell}, or unset it."
    assert run(*STATUS, **BASE, **environ) == Ran(3, "", f"tickiti: {sentence}\n{hint}\n")
    told = f"tickiti: {sentence}\nRun the command of --token-command {shell}.\n"
    if COMMAND in sentence:
        login = run("auth", "login", "--base-url", URL, "--token-command", command)
        assert login == Ran(3, "", told)


def test_white_space_around_a_commands_token_is_stripped(run: Cli) -> None:
    ran = run(*STATUS, **BASE, TICKITI_TOKEN_COMMAND="printf ' 1|x\\r\\n\\n'")
    assert ran == Ran(0, "1\tTICKITI_TOKEN_COMMAND\n", "")


def test_slow_token_command_is_ended() -> None:
    began = time.monotonic()
    with pytest.raises(ConfigProblem, match=r"^The token command took longer than 0\.2 seconds\.$"):
        of_command("exec sleep 60", patience=0.2)
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("command", ["yes", "yes | cat", "cat /dev/zero"])
def test_a_token_command_without_end_is_ended_at_once(run: Cli, command: str) -> None:
    began = time.monotonic()
    ran = run("ticket", "list", **BASE, TICKITI_TOKEN_COMMAND=command)
    told = "tickiti: The token command must print one token and nothing else.\n"
    assert (ran.code, ran.stderr.startswith(told)) == (3, True), ran.stderr
    assert time.monotonic() - began < 20


def test_a_token_command_that_closes_its_output_and_goes_on_is_ended() -> None:
    with pytest.raises(ConfigProblem, match=r"^The token command took longer than 0\.5 seconds\.$"):
        of_command("echo '1|x'; exec >&-; exec sleep 60", patience=0.5)


def test_configuration_values_are_never_inserted_into_a_command(run: Cli) -> None:
    name, url = "a; touch harm", f"{URL}/$(touch harm)"
    run.configure(
        f'default_profile = "{name}"\n[profiles."{name}"]\nbase_url = "{URL}"\n'
        "token_command = \"echo '1|x'\"\n"
    )
    assert run(*STATUS).stdout == f"1\tprofile '{name}'\n"
    environ = {"TICKITI_API_BASE": url, "TICKITI_TOKEN_COMMAND": "echo '1|x'"}
    assert run(*STATUS, **environ).code in (0, 2)
    assert not (run.folder / "harm").exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "must contain one token and nothing else."),
        (b"1|x 2|y", "must contain one token and nothing else."),
        (b"\xff", "cannot be read: it is not UTF-8 text."),
    ],
)
def test_a_credential_of_systemd_holds_one_token(run: Cli, text: bytes, sentence: str) -> None:
    path = run.folder / "tickiti-token"
    path.write_bytes(text)
    ran = run(*STATUS, **BASE, CREDENTIALS_DIRECTORY=str(run.folder))
    hint = "Put one token into this credential of the service: see LoadCredential= in its unit."
    assert ran == Ran(3, "", f"tickiti: {path} {sentence}\n{hint}\n")
    path.unlink()
    path.mkdir()
    ran = run(*STATUS, **BASE, CREDENTIALS_DIRECTORY=str(run.folder))
    assert ran == Ran(3, "", f"tickiti: {path} cannot be read: Is a directory.\n{hint}\n")


only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
UNSAFE = {
    "readable": "is readable by others (mode 0644).",
    "foreign": "belongs to another user; its secrets are not used.",
    "folder": "cannot be read: Is a directory.",
    "absent": "cannot be read: No such file or directory.",
    "empty": "must contain one token and nothing else.",
    "socket": "cannot be read: No such device or address.",
    "dangling": "cannot be read: No such file or directory.",
    "readable link": "is readable by others (mode 0644).",
}


def unsafe(path: Path, kind: str) -> None:
    """A token file that is not to be used."""
    if kind == "folder":
        path.mkdir()
    elif kind == "dangling":
        path.symlink_to("nowhere")
    elif kind == "socket":
        import socket

        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
    elif kind != "absent":
        private(path, "" if kind == "empty" else "1|x")
        if kind == "foreign":
            os.chown(path, 65534, 65534)
        elif kind != "empty":
            path.chmod(0o644)
        if kind == "readable link":
            path.rename(path.with_name("target"))
            path.symlink_to("target")


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=[only_root] if kind == "foreign" else []) for kind in UNSAFE],
)
def test_unsafe_token_file_is_refused_from_every_source(run: Cli, kind: str) -> None:
    path = run.home / "t"
    run.home.mkdir()
    unsafe(path, kind)
    mode = f"Replace the token in it, then: chmod 600 {path}" if "0644" in UNSAFE[kind] else ""

    def told(hint: str) -> Ran:
        return Ran(3, "", f"tickiti: {path} {UNSAFE[kind]}\n{mode or hint}\n")

    assert run(*STATUS, "--base-url", URL, "--token-file", str(path)) == told(
        "Give --token-file a file that contains one token, or leave it out to use the token of a "
        "profile."
    )
    assert run(*STATUS, **BASE, TICKITI_API_TOKEN_FILE=str(path)) == told(
        "Set TICKITI_API_TOKEN_FILE to a file that contains one token, or unset it."
    )
    assert run("auth", "login", "--base-url", URL, "--from-file", str(path)) == told(
        "Give --from-file a file that contains one token, or use --token-stdin."
    )


def test_pipe_is_read_to_its_end_within_a_deadline(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("1|late\n",))
    writer.start()
    assert read_secret_file(pipe) == "1|late"
    writer.join()
    with pytest.raises(ConfigProblem) as raised:
        read_secret_file(pipe, patience=0.1)
    assert str(raised.value) == f"{pipe} is a pipe that gave no token within 0.1 seconds."


LOGIN = ("auth", "login", "--no-verify", "--base-url", URL, "--token-stdin")
RENAME = "?rename,?renameat,?renameat2"


@pytest.mark.parametrize(
    ("injected", "code"),
    [("fsync:error=EIO:when=1", 3), (f"{RENAME}:error=EIO", 3), (f"{RENAME}:signal=KILL", -9)],
    ids=["fsync", "rename", "kill"],
)
def test_failed_or_killed_write_leaves_the_old_credentials(
    run: Cli, injected: str, code: int
) -> None:
    assert run(*LOGIN, stdin="1|old").code == 0
    before = (run.config / "credentials.toml").read_bytes()
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={injected}", *run.command(LOGIN)],
        input=b"2|new", env=run.environ({}), cwd=run.folder, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (code, b"")
    assert (run.config / "credentials.toml").read_bytes() == before
    if code == 3:
        path = run.config / "credentials.toml"
        assert done.stderr.decode() == f"tickiti: {path} cannot be written: Input/output error.\n"
        assert sorted(file.name for file in run.config.iterdir()) == [
            "config.toml",
            "credentials.toml",
        ]


def test_concurrent_stores_all_succeed(run: Cli) -> None:
    # On a slow disk, so that each reads before another has written.
    slow = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=fsync:delay_enter=200000")
    processes = [
        subprocess.Popen(
            [*slow, *run.command(("-p", name, *LOGIN))], stdin=subprocess.PIPE,
            env=run.environ({}), cwd=run.folder, stdout=subprocess.DEVNULL,
        )
        for name in "abc"
    ]  # fmt: skip
    for process in processes:
        assert process.stdin
        process.stdin.write(b"1|x")
        process.stdin.close()
    assert [process.wait() for process in processes] == [0, 0, 0]
    stored = (run.config / "credentials.toml").read_text()
    assert [name for name in "abc" if f"[{name}]" in stored] == ["a", "b", "c"]
    assert len(run("profile", "list").stdout.splitlines()) == 3
