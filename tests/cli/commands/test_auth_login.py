"""A login asks the server first: what is wrong is said then, and nothing is stored."""

import json
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.cli.conftest import Admin, Cli, Ran, Served
from tests.cli.foreign import Answer, Foreign, failure, hang_up, raw_reply, reply, silence
from tickiti_cli.contract.tokens import SECRET_PREFIX, checksum

WRONG = f"1|{SECRET_PREFIX}{'a' * 40}{checksum('a' * 40)}"
WITHOUT = "To store it without asking the server: --no-verify"
NONE_HERE = reply({"message": "Not found."}, status=404)
PAGE = raw_reply(b"<html>It works!</html>", media_type="text/html")


def login(run: Cli, base_url: str, *flags: str, token: str = "14|x", **environ: str) -> Ran:
    words = ("auth", "login", "-p", "prod", "--base-url", base_url, "--token-stdin", *flags)
    return run(*words, stdin=token, **environ)


def is_empty(run: Cli) -> bool:
    return not any((run.config / name).exists() for name in ("config.toml", "credentials.toml"))


class Wrapped:
    """A web server with the bundled one under a path of it, as a proxy has it, and pages else."""

    def __init__(self, inner: str, prefix: str) -> None:
        self.inner, self.prefix = inner, prefix
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, kind, answer = outer.ask(self.path, body, dict(self.headers))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self.server.server_port}"
        self.tokens: set[str | None] = set()
        Thread(target=self.server.serve_forever, daemon=True).start()

    def ask(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        import urllib.error
        import urllib.request

        if not path.startswith(f"{self.prefix}/api/") or path.startswith(f"{self.prefix}/api/api"):
            return 404, "text/html", b"<html>404</html>"
        kept = {k: v for k, v in headers.items() if k in ("Authorization", "Content-Type")}
        request = urllib.request.Request(self.inner + path.removeprefix(self.prefix), body, kept)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, "application/json", answer.read()
        except urllib.error.HTTPError as error:
            return error.code, "application/json", error.read()


@pytest.fixture
def wrapped(served: Served) -> Iterator[Callable[[str], Wrapped]]:
    made: list[Wrapped] = []

    def wrap(prefix: str) -> Wrapped:
        made.append(Wrapped(served.base_url, prefix))
        return made[-1]

    yield wrap
    for one in made:
        one.server.shutdown()
        one.server.server_close()


def test_a_token_that_the_server_knows_is_stored_with_its_end(
    run: Cli, served: Served, admin: Admin
) -> None:
    end = "2099-01-01T00:00:00+00:00"
    row = admin.ask("tokens/mint", {"name": "t", "abilities": ["mail:read"], "expires_at": end})
    assert login(run, served.base_url, token=row["token"]) == Ran(0, "prod\n", "")
    stored = (run.config / "credentials.toml").read_text()
    assert f'token = "{row["token"]}"' in stored
    assert "expires_at" in stored


@pytest.mark.parametrize("token", [WRONG, "999999|x", "1|tkt_short"])
def test_a_token_that_is_not_accepted_is_not_stored(run: Cli, served: Served, token: str) -> None:
    ran = login(run, served.base_url, token=token)
    assert ran == Ran(
        4,
        "",
        f"tickiti: {served.base_url} does not accept this token.\n"
        "Nothing was stored. Check that the whole token was given, and that it is not revoked.\n",
    )
    assert is_empty(run)


def test_a_revoked_token_leaves_the_profile_as_it_was(
    run: Cli, served: Served, admin: Admin
) -> None:
    good, bad = admin.mint("mail:read"), admin.mint("mail:read")
    admin.ask("tokens/revoke", {"ids": [bad["id"]]})
    assert login(run, served.base_url, token=good["token"]).code == 0
    before = (run.config / "credentials.toml").read_text()
    assert login(run, served.base_url, token=bad["token"]).code == 4
    assert (run.config / "credentials.toml").read_text() == before


@pytest.mark.parametrize("tail", ["/api", "/api/", "/api/v1", "/login", "/a/b/c/d/e"])
def test_a_longer_address_is_told_from_the_right_one(run: Cli, served: Served, tail: str) -> None:
    ran = login(run, served.base_url + tail)
    named = (served.base_url + tail).rstrip("/")
    meant = f"Did you mean --base-url {served.base_url} ? Nothing was stored.\n"
    if tail.count("/") > 4:
        meant = "Give the address that a browser shows"
    assert (ran.code, ran.stdout) == (6, "")
    assert ran.stderr.startswith(f"tickiti: There is no Tickiti at {named}: it answers with 404.\n")
    assert meant in ran.stderr
    assert is_empty(run)


def test_a_tickiti_under_a_path_is_found_there(
    run: Cli, wrapped: Callable[[str], Wrapped], admin: Admin
) -> None:
    web = wrapped("/helpdesk")
    ran = login(run, f"{web.base_url}/helpdesk/api", token=admin.token)
    assert f"Did you mean --base-url {web.base_url}/helpdesk ?" in ran.stderr
    assert (ran.code, is_empty(run)) == (6, True)
    assert login(run, f"{web.base_url}/helpdesk", token=admin.token).code == 0
    assert login(run, web.base_url, token=admin.token).code == 6


def test_where_nobody_answers_nothing_is_stored(run: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    ran = login(run, f"http://127.0.0.1:{port}")
    assert (ran.code, ran.stdout) == (11, "")
    assert ran.stderr.endswith(f"Nothing was stored. {WITHOUT}\n")
    assert ran.stderr.count("No connection") == 1
    assert is_empty(run)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (PAGE, 7),
        (raw_reply(b"", status=302, Location="https://elsewhere.example/"), 7),
        (raw_reply(b"<html>no</html>", status=404, media_type="text/html"), 6),
        (raw_reply(b"<html>no</html>", status=405, media_type="text/html"), 6),
        (reply({"message": "no Route matched"}, status=404), 6),
        (failure(500, "server_error"), 10),
        (raw_reply(b"<html>busy</html>", status=503, media_type="text/html"), 10),
        (failure(429, "rate_limited"), 9),
        (reply([1, 2]), 7),
        (reply({"status": "ok"}), 7),
        (hang_up, 11),
    ],
)
def test_what_is_no_answer_about_the_token_stores_nothing(
    run: Cli, foreign: Foreign, answer: Answer, code: int
) -> None:
    foreign.answers(answer)
    ran = login(run, foreign.base_url)
    assert (ran.code, ran.stdout) == (code, ""), ran.stderr
    assert "Nothing was stored." in ran.stderr
    assert is_empty(run)
    assert len(foreign.asked) <= 3


def test_a_server_that_is_silent_is_not_waited_for_again_and_again(
    run: Cli, foreign: Foreign
) -> None:
    foreign.answers(silence)
    ran = login(run, foreign.base_url, "--timeout", "0.3")
    assert (ran.code, len(foreign.asked)) == (11, 1)
    assert is_empty(run)


@pytest.mark.parametrize(
    "second",
    [
        reply({"ok": True, "data": {"tickets": [], "next_cursor": None}}),
        failure(403, "missing_ability", "Not allowed."),
    ],
)
def test_a_vendors_install_accepts_a_token_whatever_it_may_do(
    run: Cli, foreign: Foreign, second: bytes
) -> None:
    foreign.answers(NONE_HERE, second)
    assert login(run, foreign.base_url) == Ran(0, "prod\n", "")
    assert [one.line.split()[1] for one in foreign.asked] == [
        "/_tickiti/tokens/self", "/api/tickiti_api_index"
    ]  # fmt: skip
    assert all("idempotency-key" not in one.headers for one in foreign.asked)


def test_a_vendors_install_that_does_not_know_the_token_is_exit_4(
    run: Cli, foreign: Foreign
) -> None:
    foreign.answers(NONE_HERE, reply({"message": "Unauthenticated."}, status=401))
    assert login(run, foreign.base_url).code == 4
    assert is_empty(run)


def test_a_token_command_is_tried_as_well(run: Cli, served: Served, admin: Admin) -> None:
    words = ("auth", "login", "-p", "prod", "--base-url", served.base_url, "--token-command")
    assert run(*words, "exit 1").code == 3
    assert run(*words, f"echo '{WRONG}'").code == 4
    assert is_empty(run)
    assert run(*words, f"echo '{admin.token}'") == Ran(0, "prod\n", "")


def test_for_a_machine_without_a_way_to_the_server_it_is_stored_unasked(
    run: Cli, foreign: Foreign
) -> None:
    assert login(run, foreign.base_url, "--no-verify") == Ran(0, "prod\n", "")
    command = ("auth", "login", "-p", "b", "--base-url", foreign.base_url, "--no-verify")
    assert run(*command, "--token-command", "exit 1") == Ran(0, "b\n", "")
    assert foreign.asked == []


def test_the_token_goes_to_no_address_but_the_one_that_was_named(
    run: Cli, foreign: Foreign
) -> None:
    foreign.answers(NONE_HERE)
    assert login(run, f"{foreign.base_url}/a/b", token="14|hush").code == 6
    elsewhere = [one for one in foreign.asked if not one.line.split()[1].startswith("/a/b/")]
    assert elsewhere
    assert all("hush" not in str(one.headers) for one in elsewhere)


def test_the_failure_is_an_object_for_a_program(run: Cli, served: Served) -> None:
    ran = login(run, f"{served.base_url}/api", "--json")
    error = json.loads(ran.stderr)["error"]
    assert (ran.code, error["code"], error["outcome"]) == (6, "not_found", "not_applied")
    assert not Path(run.config / "config.toml").exists()
