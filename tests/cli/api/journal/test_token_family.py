"""The journal records the token family of a key, and nothing of the secret."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Admin, Cli, Ran, Served
from tests.support.faults.impostors import Impostor, Step
from tests.support.foreign import Foreign, failure, hang_up, raw_reply, reply, ticket_created
from tickiti_cli.api.journal.journal import Bearer

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "At mile 14")


@pytest.mark.parametrize(
    ("token", "token_id"),
    [
        ("14|wfxNV4zPq", 14),
        ("7|secret|with a bar", 7),
        ("no-bar", None),
        ("|secret", None),
        ("x|secret", None),
        ("\u0661|secret", None),
        ("9" * 19 + "|secret", None),
        ("", None),
    ],
)
def test_token_id_is_the_number_before_the_bar(token: str, token_id: int | None) -> None:
    assert Bearer.of(token).token_id == token_id


def test_tokens_with_one_id_and_two_secrets_differ() -> None:
    assert Bearer.of("1|first") != Bearer.of("1|second")


def test_journal_entry_has_the_token_id_and_no_secret(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket_created())
    assert remote(*CREATE).code == 0
    (path,) = Path(remote.config / "journal").iterdir()
    noted = json.loads(path.read_text())
    assert (noted["token_id"], len(noted["token_digest"])) == (7, 16)
    assert "secret-of-far" not in path.read_text()
    assert len(foreign.asked) == 1


def store(run: Cli, token: str) -> None:
    """As somebody does who logs in again."""
    ran = run("auth", "login", "-p", "local", "--token-stdin", "--no-verify", stdin=token)
    assert ran.code == 0, ran.stderr


@pytest.fixture
def lost(local: Cli, served: Served) -> Iterator[Cli]:
    """The profile `local` behind something that loses the reply of the first write."""
    config = local.config / "config.toml"
    with Impostor(served.base_url, Step(reaches=True, answer=None)) as impostor:
        config.write_text(config.read_text().replace(served.base_url, impostor.base_url))
        yield local


def begun(run: Cli, subject: str) -> str:
    """The id of an operation that was done, and whose reply was lost."""
    ran = run(*CREATE, "-s", subject, "--retries", "0", "--json")
    assert ran.code == 11
    return str(json.loads(ran.stderr)["error"]["operation"])


def made(run: Cli, subject: str) -> int:
    found = run("ticket", "list", "--subject", subject, "--all", "--json").stdout
    return sum(row["subject"] == subject for row in json.loads(found))


def state_of(run: Cli, operation: str) -> str:
    state: str = json.loads(run("op", "view", operation, "--json").stdout)["state"]
    return state


def test_key_is_not_sent_with_a_token_of_another_family(lost: Cli, admin: Admin) -> None:
    store(lost, admin.mint("create-ticket", "ticket-index")["token"])
    operation = begun(lost, "Paid twice")
    first = json.loads(lost("op", "view", operation, "--json").stdout)
    assert "tkt_" not in json.dumps(first)
    other = admin.mint("create-ticket", "ticket-index")
    store(lost, other["token"])
    ran = lost("op", "resume", operation)
    assert (ran.code, ran.stdout) == (2, "")
    assert f"Token {other['id']} is in use now" in ran.stderr
    assert f"used token {other['id'] - 1}." in ran.stderr
    assert "--other-token" in ran.stderr
    error = json.loads(lost("op", "resume", operation, "--json").stderr)["error"]
    assert (error["code"], error["outcome"]) == ("usage", "unknown")
    assert (made(lost, "Paid twice"), state_of(lost, operation)) == (1, "pending")
    assert lost("op", "resume", operation, "--other-token").code == 0
    assert made(lost, "Paid twice") == 2, "the user has said so"


def test_resume_all_skips_operations_of_another_family(lost: Cli, admin: Admin) -> None:
    store(lost, admin.mint("create-ticket", "ticket-index")["token"])
    theirs = begun(lost, "Of the old token")
    store(lost, admin.mint("create-ticket", "ticket-index")["token"])
    entry = json.loads((lost.config / "journal" / f"{theirs}.pending.json").read_text())
    mine = "20991231T235959-00000000"
    own = (lost.config / "credentials.toml").read_text().split('token = "')[1].split('"')[0]
    entry |= {"id": mine, "key": "mine", **Bearer.of(own)._asdict()}
    path = lost.config / "journal" / f"{mine}.pending.json"
    path.write_text(json.dumps(entry))
    path.chmod(0o600)
    ran = lost("op", "resume", "--all-pending", "--fields", "id,state")
    assert (ran.code, ran.stdout) == (12, f"{mine}\tapplied\n")
    assert ran.stderr.startswith(f"{theirs}: Operation {theirs} used token ")
    assert state_of(lost, theirs) == "pending"


def test_person_can_consent_to_another_family(lost: Cli, admin: Admin) -> None:
    store(lost, admin.mint("create-ticket", "ticket-index")["token"])
    operation = begun(lost, "Asked")
    store(lost, admin.mint("create-ticket", "ticket-index")["token"])
    ran = lost.on_terminal("op", "resume", operation, asked='Type "yes"', typed="no\n")
    assert (ran.code, made(lost, "Asked")) == (2, 1)
    assert "Nothing was sent." in ran.stdout
    ran = lost.on_terminal("op", "resume", operation, asked='Type "yes"', typed="yes\n")
    assert (ran.code, made(lost, "Asked")) == (0, 2)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_rotated_token_resumes_operations_without_a_question(
    lost: Cli, admin: Admin, times: int
) -> None:
    """Also one that may not list the tokens, and where the first of the family is long past."""
    subject = f"Rotated {times}"
    row = admin.mint("create-ticket", "ticket-index")
    for _ in range(times - 1):
        row = admin.ask("tokens/rotate", {"id": row["id"], "overlap_seconds": 0})
    store(lost, row["token"])
    operation = begun(lost, subject)
    for _ in range(times):
        row = admin.ask("tokens/rotate", {"id": row["id"], "overlap_seconds": 0})
    store(lost, row["token"])
    assert lost("op", "resume", operation) == Ran(0, f"{operation}\n", "")
    assert made(lost, subject) == 1


def test_entry_without_a_token_counts_as_another_family(lost: Cli, admin: Admin) -> None:
    operation = begun(lost, "Noted by 0.1.0")
    path = lost.config / "journal" / f"{operation}.pending.json"
    entry = json.loads(path.read_text())
    for name in ("token_id", "token_digest", "clock_offset"):
        del entry[name]
    path.write_text(json.dumps(entry))
    ran = lost("op", "resume", operation)
    assert ran.code == 2
    assert "used an unknown token." in ran.stderr
    assert made(lost, "Noted by 0.1.0") == 1


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (reply({"message": "Not found."}, status=404), 2),
        (raw_reply(b"<html>404</html>", status=404), 2),
        (reply({"ok": True, "data": {"id": 8, "family": 8}}), 2),
        (reply({"ok": True, "data": {"id": 8}}), 2),
        (reply({"ok": True, "data": {"id": 8, "family": 8, "family_tokens": "7"}}), 2),
        (reply({"ok": True, "data": {"id": 8, "family": 7}}), 0),
        (reply({"ok": True, "data": {"id": 8, "family": 3, "family_tokens": [3, 7, 8]}}), 0),
        (failure(401, "unauthenticated"), 4),
        (failure(500, "internal"), 10),
    ],
)
def test_unknown_token_family_counts_as_another(
    remote: Cli, foreign: Foreign, told: bytes, code: int
) -> None:
    foreign.answers(hang_up)
    assert remote(*CREATE, "--retries", "0").code == 11
    (remote.config / "credentials.toml").write_text('[far]\ntoken = "8|secret-of-another"\n')
    foreign.asked.clear()

    def answer(connection: socket.socket) -> None:
        is_own = "tokens/self" in foreign.asked[-1].line
        is_list = foreign.asked[-1].line.startswith("POST /_tickiti/tokens ")
        nobody = reply({"ok": True, "data": {"tokens": []}})
        connection.sendall(told if is_own else nobody if is_list else ticket_created())

    foreign.answers(answer)
    ran = remote("op", "resume", "--all-pending", "--retries", "0")
    assert ran.code == (12 if code else 0)
    assert any("create_ticket" in asked.line for asked in foreign.asked) == (code == 0)
    operation = json.loads(remote("op", "list", "--json").stdout)[0]["id"]
    assert remote("op", "resume", operation, "--retries", "0").code == code


def test_changed_server_of_a_profile_needs_the_same_token(remote: Cli, foreign: Foreign) -> None:
    """As `local` is after a second server was started: its token has the same number."""
    foreign.answers(hang_up)
    assert remote(*CREATE, "--retries", "0").code == 11
    operation = json.loads(remote("op", "list", "--json").stdout)[0]["id"]
    config, credentials = remote.config / "config.toml", remote.config / "credentials.toml"
    with Foreign() as another:
        another.answers(ticket_created())
        config.write_text(config.read_text().replace(foreign.base_url, another.base_url))
        mine = credentials.read_text()
        credentials.write_text('[far]\ntoken = "7|secret-of-another-server"\n')
        assert remote("op", "resume", operation).code == 2
        credentials.write_text('[far]\ntoken = "9|secret-of-another-server"\n')
        assert remote("op", "resume", operation).code == 2
        assert not any("create_ticket" in asked.line for asked in another.asked)
        credentials.write_text(mine)
        assert remote("op", "resume", operation).code == 0
        assert len(another.keys) == 1


TOLD = "Profile 'far' has operations without a definite answer: "


@pytest.mark.parametrize(
    ("command", "stdin"),
    [
        (("auth", "login", "-p", "far", "--token-stdin"), "9|secret-of-another"),
        (("auth", "login", "-p", "far", "--token-command", "echo 9|x"), ""),
        (("auth", "logout", "-p", "far", "--yes"), ""),
        (("profile", "use", "far"), ""),
        (("profile", "show", "far"), ""),
        (("token", "rotate", "--self"), ""),
        (("token", "rotate", "7", "--install", "profile:far"), ""),
        (("token", "rotate", "--self", "--assisted", "--token-stdin", "--no-verify"), "9|secret"),
        (("token", "mint", "--name", "x", "--preset", "filer", "--install", "profile:far"), ""),
    ],
)
def test_login_with_open_operations_is_warned(
    remote: Cli, foreign: Foreign, command: tuple[str, ...], stdin: str
) -> None:
    def ask() -> Ran:
        foreign.answers(failure(422, "validation_failed"))
        return remote(*command, stdin=stdin)

    before = (remote.config / "credentials.toml").read_text()
    assert TOLD not in ask().stderr
    (remote.config / "credentials.toml").write_text(before)
    (remote.config / "config.toml").write_text(
        f'default_profile = "far"\n[profiles.far]\nbase_url = "{foreign.base_url}"\n'
    )
    foreign.answers(hang_up)
    assert remote(*CREATE, "--retries", "0").code == 11
    assert ask().stderr.startswith(TOLD)
    other = remote("auth", "login", "-p", "new", "--base-url", foreign.base_url, "--token-stdin",
                   stdin="9|secret")  # fmt: skip
    assert TOLD not in other.stderr


@pytest.mark.parametrize("command", [("remove", "far", "--yes"), ("rename", "far", "near")])
def test_profile_with_open_operations_is_not_renamed_or_removed(
    remote: Cli, foreign: Foreign, command: tuple[str, ...]
) -> None:
    foreign.answers(hang_up)
    assert remote(*CREATE, "--retries", "0").code == 11
    ran = remote("profile", *command)
    assert (ran.code, ran.stdout) == (13, "")
    assert "has a pending operation" in ran.stderr
