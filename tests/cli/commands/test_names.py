"""Names in any case, ids, and #NUMBER: each command that takes one takes the others."""

import json

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign

MAILBOX = ("--address", "a@b.example", "--host", "h.example", "--security", "none")
CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")


def test_a_mailbox_is_found_by_its_name_in_any_case_and_by_its_id(local: Cli) -> None:
    made = local("mailbox", "create", "Names", *MAILBOX)
    mailbox_id = made.stdout.strip()
    assert local("mailbox", "edit", "NAMES", "--port", "26") == Ran(0, f"{mailbox_id}\n", "")
    assert local("mailbox", "edit", mailbox_id, "--port", "27") == Ran(0, f"{mailbox_id}\n", "")
    rows = json.loads(local("mailbox", "list", "--json").stdout)
    assert next(row["smtp_port"] for row in rows if row["name"] == "Names") == 27
    secure = (
        "mailbox",
        "edit",
        mailbox_id,
        "--security",
        "tls",
        "--user",
        "it",
        "--password-stdin",
    )
    edited = local(*secure, "--json", stdin="wordfish\n")
    assert (edited.code, edited.stderr) == (0, "")
    assert json.loads(edited.stdout)["name"] == "Names"
    shown = local("mailbox", "edit", "NAMES", "--port", "28", "-o", "table")
    assert shown == Ran(0, "Updated mailbox 'Names'.\n", "")
    assert local("mailbox", "delete", "names", "--yes").code == 0
    assert local("mailbox", "test", "LOCAL", "-q") == Ran(0, "", "")
    assert local("mailbox", "test", "1", "-q") == Ran(0, "", "")


def test_an_intervention_is_found_by_its_name_in_any_case_and_by_its_id(local: Cli) -> None:
    file = 'title = "Names"\n'
    assert local("intervention", "create", "named_one", "--file", "-", stdin=file).code == 0
    shown = json.loads(local("intervention", "view", "NAMED_ONE", "--json").stdout)
    assert shown["name"] == "named_one"
    by_id = json.loads(local("intervention", "view", str(shown["id"]), "--json").stdout)
    assert by_id == shown
    for word in (str(shown["id"]), "NAMED_ONE"):
        edited = json.loads(local("intervention", "edit", word, "--disable", "--json").stdout)
        assert (edited["name"], edited["remote_enabled"]) == ("named_one", False)
        made = local("intervention", "token", word, "--out", "named.secret", "--json")
        assert json.loads(made.stdout) == {"name": "named_one", "remote_name": "named_one"}
    assert json.loads(local("intervention", "view", "named_one", "--json").stdout)["id"]
    assert local("intervention", "delete", "Named_One", "--yes").code == 0


def test_a_stock_response_is_named_by_its_identifier(local: Cli) -> None:
    words = ("--category", "x", "-s", "x", "--content-file", "-")
    assert local("stock-response", "create", "named.one", *words, stdin="x").code == 0
    shown = json.loads(local("stock-response", "view", "NAMED.ONE", "--json").stdout)
    for word in (str(shown["id"]), "NAMED.ONE"):
        ran = local("stock-response", "edit", word, "--notes", "y")
        assert ran == Ran(0, "named.one\n", "")
    ran = local("stock-response", "delete", str(shown["id"]), "--yes")
    assert ran == Ran(0, "named.one\n", "")


@pytest.mark.parametrize(
    "words",
    [
        ("ticket", "view"), ("response", "list"), ("attachment", "list"), ("ticket", "links"),
        ("ticket", "wait", "--until", "responses>0", "--timeout", "0.1s"),
        ("ticket", "respond", "--from", "a@b.example", "-b", "y", "--dry-run"),
        ("ticket", "close", "--from", "a@b.example", "--dry-run"),
        ("response", "move", "1", "--dry-run", "--to"), ("response", "query", "--ticket"),
        ("callback", "list", "--ticket"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_ticket_number_may_begin_with_a_hash(local: Cli, words: tuple[str, ...]) -> None:
    number = local(*CREATE).stdout.strip()
    plain, hashed = local(*words, number, "--json"), local(*words, f"#{number}", "--json")
    assert plain.code in (0, 13)
    keyless = [
        Ran(ran.code, ran.stdout.partition('"idempotency_key"')[0], ran.stderr)
        for ran in (plain, hashed)
    ]
    assert keyless[0] == keyless[1]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("user", "create", "X", "marcus"), "EMAIL: 'marcus' is not an e-mail"),
        (
            ("escalation", "create", "--minutes", "5", "--email", "marcus"),
            "--email: 'marcus' is not an e-mail",
        ),
        (("escalation", "edit", "1", "--email", "a b@c"), "--email: 'a b@c' is not an e-mail"),
        (
            ("token", "mint", "--name", "x", "--preset", "filer", "--user", "marcus"),
            "--user: 'marcus' is not an e-mail",
        ),
        (
            ("ticket", "create", "--from", "a@b.example", "-s", "x" * 256, "-b", "y"),
            "--subject: the text has 256 characters; at most 255 fit.",
        ),
        (
            ("email", "send", "--to", "a@b.example", "-s", "x" * 256, "-b", "y"),
            "--subject: the text has 256 characters; at most 255 fit.",
        ),
        (
            ("template", "create", "x", "--type", "email", "-s", "x" * 256),
            "--subject: the text has 256 characters; at most 255 fit.",
        ),
    ],
)
def test_a_bad_address_or_a_long_subject_is_not_sent(
    remote: Cli, foreign: Foreign, words: tuple[str, ...], sentence: str
) -> None:
    ran = remote(*words)
    assert (ran.code, ran.stdout, foreign.asked) == (2, "", [])
    assert ran.stderr.startswith(f"tickiti: {sentence}")


def test_a_row_with_a_bad_address_or_a_long_subject_fails_alone(
    remote: Cli, foreign: Foreign
) -> None:
    rows = ["from,subject,body", "marcus,x,y", f"a@b.example,{'x' * 256},y"]
    (remote.folder / "t.csv").write_text("\n".join(rows) + "\n")
    ran = remote("ticket", "import", "t.csv")
    assert (ran.code, foreign.asked) == (12, [])
    first, second, *_ = [line for line in ran.stderr.splitlines() if line.startswith("line ")]
    assert first.startswith("line 2: 'from': 'marcus' is not an e-mail address")
    assert second == "line 3: its subject has 256 characters; at most 255 fit."
