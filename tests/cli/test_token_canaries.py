"""A known token appears only in its own files: not in output, logs, journal or process arguments.

A broad day's work is done with tokens that are known. Then everything that was written is searched
for them: both output streams of every command, every file below the home, the database, the
server's log, and the command lines of all processes while it went on.
"""

import json
import shlex
import threading
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, hang_up, raw_reply
from tickiti_cli.output.streams import redact_tokens

ASKED_FOR = ("credentials.toml", "new.token", "installed.token", "given.token")
"""Files whose purpose is to hold a token."""

PROCESS = {"PYTHONUTF8": "1"}
"""Starts a whole process: the command line of a fork would be that of the tests."""

WORK = """
ticket create --from a@b.example -s x -b y --print-curl
ticket create --from a@b.example -s x -b y --dry-run --debug
ticket create --from a@b.example -s x -b y --queue Nowhere --debug -v
queue delete Inbox --yes --debug
ticket list --json -v
ticket view 999999 -v --json
ticket import tickets.csv
template create warranty --type email -s Hi --content-file text.html
template render warranty --debug
email send --to a@b.example -s x -b y -v
outbox list
mailbox list
token list --json
token view --self -v
token mint --name new --preset full --out new.token -v
token rotate new --install file:installed.token --hook 'cat installed.token > /dev/null' -v
token rotate new --install file:installed.token --hook false --debug
token rotate --self --install profile:local --hook false --debug
token rotate --self --assisted --install file:installed.token
token audit --all --json
token scan . ../config
auth status --check --debug
auth can mail:read fly
auth can mail:read
auth login -p second --base-url http://127.0.0.1:9 --from-file given.token --no-verify
profile show
config list --show-origin
api tokens.self -v -i
op list
server requests
server logs
server openapi
ticket list -p second --retries 0 --debug
ticket create -p second --from a@b.example -s x -b y --retries 0 --debug
op list --json
ticket list --token-file given.token --base-url http://127.0.0.1:9 --retries 0 -v --debug
""".strip().splitlines()


@dataclass
class Watch:
    """Everything that was to be seen while it was on."""

    seen: set[bytes] = field(default_factory=set)
    _is_over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Watch":
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(0.02):
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(process.read_bytes())
                except OSError:  # it has ended
                    continue


def places_of(
    canaries: Sequence[str], texts: Mapping[str, str], folder: Path, commands: set[bytes]
) -> Iterator[str]:
    """Where a canary sings."""
    for canary in canaries:
        yield from (name for name, text in texts.items() if canary in text)
        for path in folder.rglob("*"):
            if path.is_file() and path.name not in ASKED_FOR:
                yield from [str(path)] if canary.encode() in path.read_bytes() else []
        yield from (line.decode() for line in commands if canary.encode() in line)


def secret_of(token: str) -> str:
    return token.strip().partition("|")[2]


@pytest.fixture
def furnished(run: Cli) -> Iterator[Cli]:
    """A home with a server of its own, and the files that the work needs."""
    started = run("server", "start", "--demo", "--detach", "--port", "0")
    assert started.code == 0, started.stderr
    (run.folder / "tickets.csv").write_text("from,subject,body\na@b.example,x,y\nbad,x,y\n")
    (run.folder / "text.html").write_text("<p>Hello</p>")
    given = run.folder / "given.token"
    given.touch(mode=0o600)
    given.write_text(f"77|tkt_{'Given' * 8}00000000\n")
    yield run
    run("server", "stop")


@pytest.mark.faults
def test_canary_tokens_appear_only_in_their_files(furnished: Cli, foreign: Foreign) -> None:
    run, done = furnished, dict[str, Ran]()
    own = tomllib.loads((run.config / "credentials.toml").read_text())["local"]["token"]
    with Watch() as watch:
        for line in WORK:
            done[line] = run(*shlex.split(line), **PROCESS)
        base_url = run("server", "url").stdout.strip()
        less = ("--base-url", base_url, "--token-file", "installed.token")
        done["without the ability"] = run("token", "audit", *less, "--debug", "-v")
        done["of the environment"] = run(
            "ticket", "list", "--debug", "-v", "--retries", "0",
            TICKITI_API_BASE=foreign_that_echoes(foreign, own), TICKITI_API_TOKEN=own,
        )  # fmt: skip
        foreign.answers(hang_up)  # the outcome is unknown: the journal keeps the operation
        done["without a reply"] = run(
            "ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y", "--retries", "0",
            "--debug", TICKITI_API_BASE=foreign.base_url, TICKITI_API_TOKEN=own,
        )  # fmt: skip
        done["stop"] = run("server", "stop")
    # Success and failure of every kind were among it, and no bug.
    assert {ran.code for ran in done.values()} >= {0, 2, 5, 6, 7, 10, 11, 12, 13}
    assert 1 not in {ran.code for ran in done.values()}
    installed = (run.folder / "installed.token").read_text()
    canaries = [secret_of(token) for token in (own, installed, "77|tkt_" + "Given" * 8)]
    texts = {line: ran.stdout + ran.stderr for line, ran in done.items()}
    assert [*places_of(canaries, texts, run.home, watch.seen)] == []
    assert "[token]" in texts["of the environment"]
    # What was searched is what there was to find.
    names = {path.name for path in run.home.rglob("*") if path.is_file()}
    assert {"tickiti.db", "server.log", "config.toml"} < names
    assert any(name.endswith(".pending.json") for name in names)
    assert any(b"--print-curl" in line for line in watch.seen)


def foreign_that_echoes(foreign: Foreign, token: str) -> str:
    """The debug page of a framework: it shows the request's headers in its message."""
    foreign.answers(failure(500, "internal", f"Broken: Authorization: Bearer {token}"))
    return foreign.base_url


@pytest.mark.faults
def test_canary_that_leaks_is_found(run: Cli) -> None:
    canary = "tkt_" + "Canary0123" * 5
    (run.folder / "notes").write_text(f"14|{canary}")
    with Watch() as watch:
        process = run.start("ticket", "list", "--token-file", canary)
        time.sleep(0)
        process.communicate()
    heard = [*places_of([canary], {"a": f"x{canary}", "b": ""}, run.home, watch.seen)]
    assert heard[:2] == ["a", str(run.folder / "notes")]
    assert len(heard) == 3
    assert heard[2].endswith(f"--token-file\0{canary}\0")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("14|tkt_abcdefgh01 is", "[token] is"),
        ("tkt_abcdefgh01", "[token]"),
        ("14|wfNxV4zXwfNxV4zXwfNxV4zX!", "[token]!"),
        ("Authorization: Bearer s3cr3t\n", "Authorization: Bearer [token]\n"),
        ('{"Authorization": "Bearer s3cr3t"}', '{"Authorization": "Bearer [token]"}'),
        ("one looks like 14|tkt_... and", "one looks like 14|tkt_... and"),
        ("Bearer $TICKITI_API_TOKEN", "Bearer $TICKITI_API_TOKEN"),
        ("file|stdin, 3|4", "file|stdin, 3|4"),
    ],
)
def test_a_token_in_a_remark_is_not_shown(text: str, shown: str) -> None:
    assert redact_tokens(text) == shown


def test_a_token_where_a_number_belongs_is_not_repeated(run: Cli) -> None:
    token = f"14|tkt_{'a' * 48}"
    ran = run("ticket", "view", token, "--debug")
    assert ran == Ran(
        2,
        "",
        "tickiti: NUMBER: '[token]' is not a ticket number such as 220009.\n"
        "See: tickiti ticket view --help\n",
    )


def test_an_html_page_with_the_token_is_not_repeated(remote: Cli, foreign: Foreign) -> None:
    page = b"<html>Authorization: Bearer 7|secret-of-far</html>"
    foreign.answers(raw_reply(page, status=500, media_type="text/html"))
    ran = remote("ticket", "list", "--retries", "0", "--debug", "-v", "--json")
    assert ran.code == 10
    assert "secret-of-far" not in ran.stdout + ran.stderr
    assert json.loads(ran.stderr.splitlines()[-1])["error"]["message"] == "The server answered 500."
