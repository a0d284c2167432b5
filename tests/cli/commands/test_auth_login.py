"""A login asks the server first. A failed login names the reason and stores nothing."""

import json
import socket
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.support.cli import Admin, Cli, Ran, Served
from tests.support.foreign import Answer, Foreign, failure, hang_up, raw_reply, reply, silence
from tickiti_cli.contract.token_format import SECRET_PREFIX, checksum

WRONG = f"1|{SECRET_PREFIX}{'a' * 40}{checksum('a' * 40)}"
WITHOUT = "To skip the verification: tickiti auth login --no-verify"
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


@pytest.mark.parametrize("token", [WRONG, "999999|x"])
def test_a_token_that_is_not_accepted_is_not_stored(run: Cli, served: Served, token: str) -> None:
    ran = login(run, served.base_url, token=token)
    assert ran == Ran(
        4,
        "",
        f"tickiti: {served.base_url} rejects this token.\n"
        "It is mistyped, expired or revoked. "
        f"Create a new one at {served.base_url}, Administration -> API keys.\n"
        "Nothing was stored.\n",
    )
    assert is_empty(run)


@pytest.mark.parametrize("token", ["1|tkt_short", WRONG[:-1], f"{WRONG}0"])
def test_a_token_with_a_wrong_checksum_is_never_sent(
    run: Cli, foreign: Foreign, token: str
) -> None:
    for flags in ((), ("--no-verify",)):
        ran = login(run, foreign.base_url, *flags, token=token)
        told = "tickiti: That token is not complete: its checksum does not match.\n"
        assert ran == Ran(2, "", told)
    assert (foreign.asked, is_empty(run)) == ([], True)


@pytest.mark.parametrize(
    ("told", "reason"),
    [("This token has expired.", ": This token has expired"), ("Revoked.", ": Revoked"),
     ("Unauthenticated.", "")],
)  # fmt: skip
def test_the_reason_that_a_server_gives_for_a_401_is_shown(
    run: Cli, remote: Cli, foreign: Foreign, told: str, reason: str
) -> None:
    foreign.answers(reply({"message": told}, status=401))
    sentence = f"tickiti: {foreign.base_url} rejects this token{reason}.\n"
    assert login(run, foreign.base_url).stderr.startswith(sentence)
    ran = remote("auth", "status", "--check")
    assert (ran.code, ran.stdout, ran.stderr.startswith(sentence)) == (4, "", True)
    assert ("It is mistyped, expired or revoked." in ran.stderr) is (reason == "")
    assert "auth status --check" not in ran.stderr
    assert "Log in again: tickiti auth login -p far." in ran.stderr


def test_a_rejected_token_whose_stored_end_has_passed_is_called_expired(
    remote: Cli, foreign: Foreign
) -> None:
    with (remote.config / "credentials.toml").open("a") as file:
        file.write('expires_at = "2026-01-02T03:04:05+00:00"\n')
    foreign.answers(reply({"message": "Unauthenticated."}, status=401))
    expired = f"{foreign.base_url} rejects this token: it expired (2026-01-02T03:04:05"
    assert expired in remote("auth", "status", "--check").stderr
    again = remote("auth", "login", "-p", "far", "--token-stdin", stdin="7|secret-of-far")
    assert expired in again.stderr
    other = remote("auth", "login", "-p", "far", "--token-stdin", stdin="8|another")
    assert (other.code, "expired (" in other.stderr) == (4, False)


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
def test_an_address_with_an_extra_path_suggests_the_right_address(
    run: Cli, served: Served, tail: str
) -> None:
    ran = login(run, served.base_url + tail)
    named = (served.base_url + tail).rstrip("/")
    meant = f"Did you mean --base-url {served.base_url} ?\nNothing was stored.\n"
    if tail.count("/") > 4:
        meant = "Give the address that a browser shows"
    assert (ran.code, ran.stdout) == (6, "")
    assert ran.stderr.startswith(
        f"tickiti: {named} is not a Tickiti server: it answers with 404.\n"
    )
    assert meant in ran.stderr
    assert is_empty(run)


def test_a_login_finds_a_tickiti_server_under_a_path(
    run: Cli, wrapped: Callable[[str], Wrapped], admin: Admin
) -> None:
    web = wrapped("/helpdesk")
    ran = login(run, f"{web.base_url}/helpdesk/api", token=admin.token)
    assert f"Did you mean --base-url {web.base_url}/helpdesk ?" in ran.stderr
    assert (ran.code, is_empty(run)) == (6, True)
    assert login(run, f"{web.base_url}/helpdesk", token=admin.token).code == 0
    assert login(run, web.base_url, token=admin.token).code == 6


def test_login_without_an_answering_server_stores_nothing(run: Cli) -> None:
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
def test_login_with_an_unrelated_answer_stores_nothing(
    run: Cli, foreign: Foreign, answer: Answer, code: int
) -> None:
    foreign.answers(answer)
    ran = login(run, foreign.base_url)
    assert (ran.code, ran.stdout) == (code, ""), ran.stderr
    assert "Nothing was stored." in ran.stderr
    assert is_empty(run)
    assert len(foreign.asked) <= 3


def test_a_login_asks_a_silent_server_once(run: Cli, foreign: Foreign) -> None:
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
def test_a_vendors_install_confirms_a_token_of_any_ability(
    run: Cli, foreign: Foreign, second: bytes
) -> None:
    foreign.answers(NONE_HERE, NONE_HERE, second)
    assert login(run, foreign.base_url) == Ran(0, "prod\n", "")
    assert [one.line.split()[1] for one in foreign.asked] == [
        "/api/v1/token", "/_tickiti/tokens/self", "/api/tickiti_api_index"
    ]  # fmt: skip
    assert all("idempotency-key" not in one.headers for one in foreign.asked)


def test_a_login_with_a_token_unknown_to_an_install_exits_4(run: Cli, foreign: Foreign) -> None:
    foreign.answers(NONE_HERE, reply({"message": "Unauthenticated."}, status=401))
    assert login(run, foreign.base_url).code == 4
    assert is_empty(run)


def test_a_token_command_is_verified_before_it_is_stored(
    run: Cli, served: Served, admin: Admin
) -> None:
    words = ("auth", "login", "-p", "prod", "--base-url", served.base_url, "--token-command")
    assert run(*words, "exit 1").code == 3
    assert run(*words, f"echo '{WRONG}'").code == 4
    assert is_empty(run)
    assert run(*words, f"echo '{admin.token}'") == Ran(0, "prod\n", "")


def test_login_without_verification_is_stored(run: Cli, foreign: Foreign) -> None:
    assert login(run, foreign.base_url, "--no-verify") == Ran(0, "prod\n", "")
    command = ("auth", "login", "-p", "b", "--base-url", foreign.base_url, "--no-verify")
    assert run(*command, "--token-command", "exit 1") == Ran(0, "b\n", "")
    assert foreign.asked == []


def test_a_login_sends_the_token_only_to_the_named_address(run: Cli, foreign: Foreign) -> None:
    foreign.answers(NONE_HERE)
    assert login(run, f"{foreign.base_url}/a/b", token="14|hush").code == 6
    elsewhere = [one for one in foreign.asked if not one.line.split()[1].startswith("/a/b/")]
    assert elsewhere
    assert all("hush" not in str(one.headers) for one in elsewhere)


def test_a_failed_login_is_an_object_with_json(run: Cli, served: Served) -> None:
    ran = login(run, f"{served.base_url}/api", "--json")
    error = json.loads(ran.stderr)["error"]
    assert (ran.code, error["code"], error["outcome"]) == (6, "not_found", "not_applied")
    assert not Path(run.config / "config.toml").exists()


ADDRESS, STORE, TOKEN = "Server address, such as", "Store it in [file]: ", "Token: "


def test_login_on_a_terminal_asks_for_address_token_and_store(
    run: Cli, served: Served, admin: Admin
) -> None:
    end = "2099-01-01T00:00:00+00:00"
    row = admin.ask("tokens/mint", {"name": "t", "abilities": ["mail:read"], "expires_at": end})
    host = served.base_url.removeprefix("http://")
    ran = run.on_terminal(
        "auth", "login", "-p", "prod",
        answers=[(ADDRESS, f"{host}\n"), (TOKEN, f"{row['token']}\n"), (STORE, "\n")],
    )  # fmt: skip
    assert ran.code == 0, ran.stdout
    assert (
        "Paste a token from Administration -> API keys of Tickiti; it is not shown.\n"
        "Token: \nWhere to store the token:\n"
    ) in ran.stdout
    assert ran.stdout.endswith(
        f"{STORE}\nStored profile 'prod' for {served.base_url}.\n"
        f"The token 't' of system@localhost may: mail:read.\nIt expires at {end}.\n"
    )
    assert row["token"] not in ran.stdout
    assert f'token = "{row["token"]}"' in (run.config / "credentials.toml").read_text()


def test_each_wrong_answer_is_explained_and_asked_for_again(
    run: Cli, served: Served, admin: Admin
) -> None:
    answers = [
        (ADDRESS, "no address\n"), (ADDRESS, f"{served.base_url}/api\n"), ("[Y/n] ", "\n"),
        (TOKEN, "oops\n"), (TOKEN, f"{WRONG}\n"), (TOKEN, f"{admin.token}\n"),
        (STORE, "flie\n"), (STORE, "file\n"),
    ]  # fmt: skip
    ran = run.on_terminal("auth", "login", answers=answers)
    assert ran.code == 0, ran.stdout
    for told in (
        "Server address: 'no address' is not a URL",
        f"{served.base_url}/api is not a Tickiti server: it answers with 404.",
        f"There is a Tickiti server at {served.base_url}. Use it? [Y/n] ",
        "(did you mean file?)",
        "That is not a token",
        "rejects this token",
    ):
        assert told in ran.stdout
    assert f'base_url = "{served.base_url}"' in (run.config / "config.toml").read_text()


def test_a_second_login_names_the_server_that_the_profile_has(
    run: Cli, served: Served, admin: Admin
) -> None:
    assert login(run, served.base_url, token=admin.token).code == 0
    answers = [(TOKEN, f"{WRONG}\n"), (TOKEN, f"{admin.token}\n"), (STORE, "\n")]
    ran = run.on_terminal("auth", "login", "-p", "prod", answers=answers)
    assert ran.stdout.startswith(
        f"Server: {served.base_url} (profile 'prod'; for another: -p NAME)\n"
    )
    assert "Nothing was stored" not in ran.stdout  # of the wrong answer: there was another try
    assert ran.code == 0


def test_the_third_wrong_answer_ends_the_login_with_its_error(run: Cli, served: Served) -> None:
    there = ("auth", "login", "--base-url", served.base_url)
    ran = run.on_terminal(*there, answers=[(TOKEN, f"{WRONG}\n")] * 3)
    assert (ran.code, ran.stdout.count("rejects this token")) == (4, 3)
    assert is_empty(run)


def test_the_token_is_not_asked_for_without_a_tickiti_at_the_address(
    run: Cli, foreign: Foreign
) -> None:
    foreign.answers(NONE_HERE)
    ran = run.on_terminal("auth", "login", answers=[(ADDRESS, f"{foreign.base_url}\n")] * 3)
    assert (ran.code, TOKEN in ran.stdout) == (6, False)
    assert is_empty(run)


@pytest.mark.parametrize(("key", "code"), [("\x04", 2), ("\x03", 130)])
def test_cancelled_login_stores_nothing(
    run: Cli, served: Served, admin: Admin, key: str, code: int
) -> None:
    for answers in (
        [(ADDRESS, key)],
        [(ADDRESS, f"{served.base_url}\n"), (TOKEN, key)],
        [(ADDRESS, f"{served.base_url}\n"), (TOKEN, f"{admin.token}\n"), (STORE, key)],
    ):
        ran = run.on_terminal("auth", "login", answers=answers)
        assert ran.code == code, ran.stdout
        assert ("Nothing was stored." in ran.stdout) is (code == 130)
        assert "Traceback" not in ran.stdout
        assert is_empty(run)


def test_login_on_a_terminal_can_store_a_command(run: Cli, served: Served, admin: Admin) -> None:
    question = "Command that prints the token: "
    ran = run.on_terminal(
        "auth", "login", "--base-url", served.base_url,
        answers=[(TOKEN, f"{admin.token}\n"), (STORE, "command\n"), (question, "exit 1\n"),
                 (question, f"echo '{admin.token}'\n")],
    )  # fmt: skip
    assert ran.code == 0, ran.stdout
    assert "The token command printed no token (exit 1)." in ran.stdout
    assert "token_command" in (run.config / "config.toml").read_text()


def test_json_of_a_login_has_the_abilities_of_the_token(
    run: Cli, served: Served, admin: Admin
) -> None:
    row = admin.mint("mail:read")
    shown = json.loads(login(run, served.base_url, "--json", token=row["token"]).stdout)
    assert shown == {
        "profile": "prod", "base_url": served.base_url, "token_id": row["id"], "name": "test",
        "owner": "system@localhost", "abilities": ["mail:read"], "expires_at": None,
        "verified": True,
    }  # fmt: skip


def test_the_token_is_printed_for_a_script(local: Cli, admin: Admin) -> None:
    assert local("auth", "token") == Ran(0, f"{admin.token}\n", "")
    assert local("auth", "token", "--json") == Ran(0, f'{{"token": "{admin.token}"}}\n', "")
    other = {"TICKITI_API_BASE": "https://a.example", "TICKITI_API_TOKEN": "5|x"}
    assert local("auth", "token", **other) == Ran(0, "5|x\n", "")
    chosen = local("auth", "token", "-p", "local", **other)
    assert (chosen.code, chosen.stdout) == (0, f"{admin.token}\n")


def test_printing_a_missing_token_exits_4(run: Cli) -> None:
    run.configure('[profiles.a]\nbase_url = "https://a.example"\n')
    ran = run("auth", "token", "-p", "a")
    assert (ran.code, ran.stdout) == (4, "")
    assert ran.stderr.startswith("tickiti: There is no token for https://a.example.")


def test_a_rejected_token_file_error_does_not_suggest_a_login(
    local: Cli, tmp_path: Path, served: Served
) -> None:
    path = tmp_path / "token"
    path.write_text("1|x\n")
    path.chmod(0o600)
    assert local("auth", "status", "--check", "--token-file", str(path)) == Ran(
        4,
        "",
        f"tickiti: {served.base_url} rejects this token.\n"
        "It is mistyped, expired or revoked. Create a new one at "
        f"{served.base_url}, Administration -> API keys.\n",
    )
