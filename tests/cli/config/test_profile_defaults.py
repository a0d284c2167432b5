"""Defaults of a profile, and `confirm_writes`, which asks before each write."""

import json
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, reply, ticket_created
from tickiti_cli.config.addresses import WEB_URL

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
INDEX = reply({"ok": True, "data": {"tickets": [], "next_cursor": None}})
QUESTION = "Write to {url} (profile 'far')? Type \"yes\" to confirm:"


def sent(run: Cli, *words: str) -> dict[str, object]:
    ran = run(*words, "--dry-run", "--json")
    assert ran.code == 0, ran.stderr
    found: dict[str, object] = json.loads(ran.stdout)["body"]
    return found


def set_member(run: Cli, member: str, value: str) -> Ran:
    return run("config", "set", f"profiles.far.{member}", value)


def test_profile_sender_and_queue_replace_missing_flags(remote: Cli) -> None:
    create = ("ticket", "create", "-s", "x", "-b", "y")
    assert remote(*create).stderr.startswith("tickiti: Missing address: add --from EMAIL.\n")
    assert remote(*create).code == 2
    assert set_member(remote, "from", "anna@b.example").code == 0
    assert set_member(remote, "queue", "Sales").code == 0
    body = sent(remote, *create)
    assert body["originator_email_address"] == "anna@b.example"
    assert body["data"] == {"subject": "x", "content": "y", "queue_name": "Sales"}
    assert sent(remote, *CREATE, "--queue", "Inbox")["data"] == {
        "subject": "x", "content": "y", "queue_name": "Inbox",
    }  # fmt: skip
    by_template = sent(remote, "ticket", "create", "--template", "t")
    assert by_template["queue_name"] == "Sales"
    asked = sent(remote, "ticket", "create", "--intervention", "i", "--uid", "1")
    assert "Sales" not in json.dumps(asked)
    assert sent(remote, "ticket", "respond", "7", "-b", "y")["from_email"] == "anna@b.example"


def test_the_proxy_of_a_profile_is_used_before_that_of_the_environment(
    remote: Cli, foreign: Foreign
) -> None:
    config = remote.config / "config.toml"
    config.write_text(config.read_text().replace(foreign.base_url, "http://desk.example"))
    assert set_member(remote, "proxy", foreign.base_url).code == 0
    elsewhere = {"HTTP_PROXY": "http://127.0.0.1:9"}
    foreign.answers(INDEX)
    ran = remote("ticket", "list", "--allow-http", "--retries", "0", **elsewhere)
    assert (ran.code, ran.stderr) == (0, "")
    assert foreign.asked[0].line == "POST http://desk.example/api/tickiti_api_index HTTP/1.1"
    assert remote("config", "set", "profiles.far.proxy", "http://127.0.0.1:9").code == 0
    refused = remote("ticket", "list", "--allow-http", "--retries", "0")
    assert (refused.code, "the proxy http://127.0.0.1:9" in refused.stderr) == (11, True)


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("from", "anna", "an e-mail address such as anna@sole-trader.example"),
        ("proxy", "proxy.example", "the address of a proxy such as http://proxy.example:3128"),
        ("proxy", "http://me:secret@proxy.example", "without a password"),
        ("web_url", "https://desk.example/tickets", WEB_URL),
        ("web_url", "http://desk.example/{number}", WEB_URL),
        ("web_url", "javascript:{number}", WEB_URL),
        ("confirm_writes", "maybe", "true or false"),
        ("queue", " ", "a name"),
    ],
)
def test_an_invalid_default_is_not_stored(
    remote: Cli, member: str, value: str, expected: str
) -> None:
    before = (remote.config / "config.toml").read_text()
    ran = set_member(remote, member, value)
    assert (ran.code, ran.stdout) == (2, "")
    shown = value.replace("me:secret@", "***@")
    assert f"profiles.far.{member} '{shown}' is not {expected}" in ran.stderr
    assert (remote.config / "config.toml").read_text() == before


def test_profile_show_has_the_settings_of_the_profile(remote: Cli, foreign: Foreign) -> None:
    web = "https://desk.example/tickets/{number}"
    for member, value in (("web_url", web), ("confirm_writes", "true"), ("queue", "Sales")):
        assert set_member(remote, member, value).code == 0
    with (remote.config / "config.toml").open("a") as file:
        file.write('proxy = "http://me:hush@proxy.example:3128"\n')
    shown = json.loads(remote("profile", "show", "far", "--json").stdout)
    assert (shown["web_url"], shown["confirm_writes"], shown["queue"]) == (web, True, "Sales")
    assert shown["proxy"] == "http://proxy.example:3128"
    screen = remote.on_terminal("profile", "show", "far", "--color", "never").stdout
    assert "hush" not in screen
    assert web in screen
    assert remote("profile", "show", "far").stdout == f"far\t{foreign.base_url}\ttrue\ttrue\n"


@pytest.fixture
def asking(remote: Cli) -> Cli:
    assert set_member(remote, "confirm_writes", "true").code == 0
    return remote


def test_a_write_to_a_profile_that_asks_is_confirmed_on_a_terminal(
    asking: Cli, foreign: Foreign
) -> None:
    question = QUESTION.format(url=foreign.base_url)
    foreign.answers(ticket_created())
    ran = asking.on_terminal(*CREATE, asked=question, typed="no\n")
    assert (ran.code, "Nothing was done." in ran.stdout, foreign.asked) == (2, True, [])
    assert asking("op", "list").stdout == ""
    ran = asking.on_terminal(*CREATE, asked=question, typed="yes\n")
    assert (ran.code, len(foreign.asked)) == (0, 1)


def test_a_write_without_a_terminal_needs_yes(asking: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket_created())
    ran = asking(*CREATE)
    told = f"Write to {foreign.base_url} (profile 'far')? Not a terminal: confirm with --yes."
    assert ran == Ran(2, "", f"tickiti: {told}\n")
    for words in (
        ("user", "create", "A", "a@b.example"),
        ("api", "tokens.revoke", "-F", "ids=[1]"),
    ):
        assert asking(*words).code == 2
    assert foreign.asked == []
    assert asking(*CREATE, "--yes") == Ran(0, "220009\n", "")
    assert asking("-y", *CREATE).code == 0
    assert len(foreign.asked) == 2


def test_a_profile_that_asks_is_read_without_a_question(asking: Cli, foreign: Foreign) -> None:
    foreign.answers(INDEX)
    assert asking("ticket", "list").code == 0
    assert asking(*CREATE, "--dry-run").code == 0
    foreign.asked.clear()
    none_here = reply({"message": "Not found."}, status=404)
    foreign.answers(none_here, none_here, failure(422, "validation_failed"))
    assert asking("auth", "can", "create-ticket").code == 0
    assert foreign.asked[-1].line == "POST /api/create_ticket HTTP/1.1"


def test_a_bulk_job_is_confirmed_once_and_before_it_begins(asking: Cli, foreign: Foreign) -> None:
    rows = [{"from": "a@b.example", "subject": str(n), "body": "y"} for n in range(4)]
    (asking.folder / "t.ndjson").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    words = ("ticket", "import", "t.ndjson", "--jobs", "2")
    assert asking(*words).code == 2
    assert (foreign.asked, [*(asking.config / "journal").glob("**/*.job*")]) == ([], [])
    foreign.answers(ticket_created())
    ran = asking.on_terminal(*words, asked="to confirm:", typed="yes\n")
    assert (ran.code, ran.stdout.count("to confirm:"), len(foreign.asked)) == (0, 1, 4)


def test_a_confirmed_deletion_is_confirmed_once(asking: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True, "data": {}}))
    ran = asking.on_terminal("ticket", "delete", "7", asked="to confirm:", typed="yes\n")
    assert (ran.stdout.count("to confirm:"), len(foreign.asked)) == (1, 1), ran.stdout


@pytest.mark.parametrize("value", ["true", "false"])
def test_a_project_file_can_require_but_not_disable_confirmation(
    remote: Cli, foreign: Foreign, value: str
) -> None:
    if value == "false":
        assert set_member(remote, "confirm_writes", "true").code == 0
    Path(remote.folder / ".tickiti.toml").write_text(f"confirm_writes = {value}\n")
    ran = remote(*CREATE)
    assert (ran.code, foreign.asked) == (2, [])
    assert ("confirm_writes is ignored" in ran.stderr) is (value == "false")


def test_an_error_names_the_profile_where_a_value_comes_from_it(local: Cli) -> None:
    config = local.config / "config.toml"
    config.write_text(f'{config.read_text()}queue = "Nope"\nfrom = "nobody@b,c"\n')
    create = ("ticket", "create", "-s", "x", "-b", "y")
    right = ("--from", "a@b.example")
    told = "Queue 'Nope' not found.\nSee: tickiti queue list\n"
    assert local(*create, *right) == Ran(7, "", f"tickiti: profile 'local': queue: {told}")
    assert local(*create, *right, "--assign", "local@a.example").stderr.startswith(
        f"tickiti: profile 'local': queue: {told}"
    )
    typed = local(*create, *right, "--queue", "Nope")
    assert typed == Ran(7, "", f"tickiti: --queue: {told}")
    rule = "must be one e-mail address, such as marcus@trailblazers-club.example.\n"
    ran = local(*create, "--queue", "Inbox")
    assert ran == Ran(7, "", f"tickiti: profile 'local': from 'nobody@b,c' {rule}")


def test_an_error_names_where_the_certificate_authorities_come_from(run: Cli) -> None:
    run.configure(
        "[profiles.a]\nbase_url = 'https://127.0.0.1:1'\nca_bundle = '/nowhere'\n",
        '[a]\ntoken = "1|x"\n',
    )
    listing, missing = ("ticket", "list", "-p", "a"), "No such file or directory.\n"
    assert run(*listing) == Ran(2, "", f"tickiti: profile 'a': ca_bundle /nowhere: {missing}")
    given = run(*listing, "--ca-bundle", "/none")
    assert given == Ran(2, "", f"tickiti: --ca-bundle /none: {missing}")
    environ = {"TICKITI_API_BASE": "https://127.0.0.1:1", "TICKITI_API_TOKEN": "1|x"}
    ran = run("ticket", "list", REQUESTS_CA_BUNDLE="/variable", **environ)
    assert ran == Ran(2, "", f"tickiti: REQUESTS_CA_BUNDLE /variable: {missing}")


def test_the_warning_about_certificates_names_the_profile(run: Cli) -> None:
    run.configure(
        "[profiles.a]\nbase_url = 'https://127.0.0.1:1'\ninsecure = true\n", '[a]\ntoken = "1|x"\n'
    )
    ran = run("ticket", "list", "-p", "a", "--retries", "0")
    warning = "Warning: profile 'a': insecure: the server's certificate is not checked.\n"
    assert ran.stderr.startswith(warning)
