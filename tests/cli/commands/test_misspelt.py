"""Names that a server does not know, names in another case, and errors that name what was typed."""

import json
from uuid import uuid4

import pytest

from tests.support.cli import Cli, Ran

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")


@pytest.mark.parametrize(
    "words",
    [
        ("ticket", "list", "--since"), ("ticket", "list", "--until"),
        ("ticket", "list", "--created-from"), ("ticket", "export", "--out", "-", "--since"),
        ("response", "query", "--since"), ("response", "export", "--out", "-", "--until"),
        ("report", "volumes", "--since"), ("report", "volumes", "--to"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_an_error_names_the_flag_that_was_typed(local: Cli, words: tuple[str, ...]) -> None:
    ran = local(*words, "7")
    assert (ran.code, ran.stderr.startswith(f"tickiti: {words[-1]}: '7' ")) == (2, True)
    joined = local(*words[:-1], f"{words[-1]}=7", "--json")
    assert json.loads(joined.stderr)["error"]["message"].startswith(f"{words[-1]}: '7' ")


UNKNOWN = [
    (("ticket", "list", "--assigned", "nobody.such@b.example"), "agent 'nobody.such@b.example'"),
    (("ticket", "list", "--queue", "Nowhere"), "queue 'Nowhere'"),
    (("ticket", "export", "--out", "-", "--queue", "Nowhere"), "queue 'Nowhere'"),
    (("ticket", "export", "--out", "-", "--assigned", "x@b.example"), "agent 'x@b.example'"),
    (("response", "query", "--queue", "Nowhere"), "queue 'Nowhere'"),
    (("response", "export", "--out", "-", "--queue", "Nowhere"), "queue 'Nowhere'"),
    (("callback", "list", "--intervention", "nowhere"), "intervention 'nowhere'"),
]


@pytest.mark.parametrize(("words", "name"), UNKNOWN, ids=[" ".join(one[0]) for one in UNKNOWN])
def test_an_unknown_name_is_an_error_and_not_an_empty_list(
    local: Cli, words: tuple[str, ...], name: str
) -> None:
    ran = local(*words)
    assert (ran.code, ran.stdout) == (6, "")
    assert ran.stderr.startswith(f"tickiti: There is no {name}.")


def test_an_export_for_an_unknown_queue_makes_no_file(local: Cli) -> None:
    out = local.folder / "tickets.csv"
    assert local("ticket", "export", "--out", str(out), "--queue", "Nowhere").code == 6
    assert not out.exists()


def test_a_misspelt_agent_is_answered_with_the_nearest(local: Cli) -> None:
    email = f"{uuid4().hex[:8]}@b.example"
    assert local("user", "create", "Erin", email).code == 0
    ran = local("ticket", "list", "--assigned", f"x{email}")
    assert ran.stderr == (
        f"tickiti: There is no agent 'x{email}'. Did you mean {email}?\nSee: tickiti staff list\n"
    )
    assert local("ticket", "list", "--assigned", email.upper()) == Ran(0, "", "")


@pytest.mark.parametrize("assigned", ["nobody", "team:99"])
def test_an_agent_that_is_not_an_address_is_refused(local: Cli, assigned: str) -> None:
    queue = uuid4().hex
    assert local("queue", "create", queue).code == 0
    assert local("ticket", "list", "--assigned", assigned, "--queue", queue).code == 0


def test_a_hashtag_that_no_ticket_has_is_an_empty_list_with_a_remark(local: Cli) -> None:
    assert local("ticket", "list", "--hashtag", "nowhere") == Ran(0, "", "")
    screen = local.on_terminal("ticket", "list", "--hashtag", "#nowhere")
    assert (screen.code, "There is no hashtag 'nowhere'." in screen.stdout) == (0, True)


def test_a_template_is_found_in_any_case(local: Cli) -> None:
    words = ("--type", "email", "-s", "x", "--content-file", "-")
    assert local("template", "create", "any.Case", *words, stdin="<p>x</p>").code == 0
    assert local("template", "view", "ANY.CASE").code == 0
    assert local("template", "render", "any.case").code == 0
    send = ("email", "send", "--to", "a@b.example", "--template", "ANY.case")
    assert local(*send).code == 0
    assert local(*send, "--mailbox", "LOCAL").code == 0
    assert local("template", "delete", "any.case", "--yes").code == 0


def test_a_perspective_is_found_in_any_case(local: Cli) -> None:
    assert local("perspective", "create", "Any Case").code == 0
    assert local("ticket", "list", "--perspective", "ANY case").code == 0
    assert local("perspective", "delete", "any CASE", "--yes").code == 0


def test_a_stock_response_and_a_skill_are_found_in_any_case(local: Cli) -> None:
    words = ("--category", "x", "--content-file", "-")
    assert local("stock-response", "create", "any.Case", *words, stdin="x").code == 0
    assert local("stock-response", "view", "ANY.CASE").code == 0
    assert local("stock-response", "delete", "any.case", "--yes").code == 0
    skill = ("--title", "x", "--description", "x", "--instructions-file", "-")
    assert local("skill", "create", "any.case", *skill, stdin="x").code == 0
    assert local("skill", "view", "ANY.Case").code == 0
    assert local("skill", "delete", "any.CASE", "--yes").code == 0


def test_a_token_is_found_in_any_case_but_first_by_exact_name(local: Cli) -> None:
    for name in ("Any-Case", "any-case", "Other"):
        assert local("token", "mint", "--name", name, "--preset", "filer").code == 0
    shown = json.loads(local("token", "view", "any-case", "--json").stdout)
    assert shown["name"] == "any-case"
    several = local("token", "revoke", "ANY-CASE", "--yes")
    assert (several.code, "the name of several tokens" in several.stderr) == (2, True)
    assert local("token", "revoke", "OTHER", "any-case", "Any-Case", "--yes").code == 0


def test_an_intervention_of_a_new_ticket_is_found_in_any_case(local: Cli) -> None:
    words = ("--type", "intervention", "--content-file", "-")
    made = local("intervention", "create", "any_case", "--file", "-", stdin='title = "x"\n')
    assert made.code == 0, made.stderr
    private = local("template", "create", "any_case.private", *words, stdin="x")
    assert private.code == 0, private.stderr
    ran = local(
        "ticket", "create", "--from", "a@b.example", "--intervention", "ANY_CASE", "--uid", "1"
    )
    assert ran.code == 0, ran.stderr


@pytest.mark.parametrize(
    ("identifier", "sentence"),
    [
        ("bad id!", "is not an identifier: use letters"),
        ("a/b", "is not an identifier: use letters"),
        (".hidden", "is not an identifier: use letters"),
        ("a\tb", "ID: the value must be one line without control characters."),
        ("", "ID: the value is empty."),
    ],
)
def test_an_identifier_that_no_command_line_could_name_is_refused(
    local: Cli, identifier: str, sentence: str
) -> None:
    words = ("--content-file", "/dev/null")
    first = local("template", "create", identifier, "--type", "email", "-s", "x", *words)
    second = local("stock-response", "create", identifier, "--category", "x", *words)
    for ran in (first, second):
        assert (ran.code, sentence in ran.stderr) == (2, True)
    edited = local("template", "edit", "nowhere", "--identifier", identifier)
    assert (edited.code, edited.stderr.startswith("tickiti: --identifier: ")) == (2, True)


def test_at_me_is_accepted_wherever_a_person_is_given(local: Cli) -> None:
    me = json.loads(local("api", "token", "--json").stdout)["data"]["owner"]["email"]
    number = local("ticket", "create", "--from", "@me", "-s", "x", "-b", "y").stdout.strip()
    shown = json.loads(local("ticket", "view", number, "--json").stdout)
    assert me in json.dumps(shown)
    assert "@me" not in json.dumps(shown)
    for words in (
        ("ticket", "respond", number, "--from", "@me", "-b", "y", "--add", "@me"),
        ("ticket", "participants", "add", number, "@me"),
        ("ticket", "participants", "remove", number, "@me", "--from", "@me"),
        ("ticket", "originator", number, "@me"),
        ("email", "send", "--to", "@me", "--cc", "@me", "-s", "x", "-b", "y"),
        (*CREATE, "--participant", "@me"),
    ):
        ran = local(*words, "--dry-run", "--json")
        assert (ran.code, ran.stdout.count(me)) == (0, words.count("@me")), (words, ran)
    assert local("perspective", "create", "Of me", "--condition", "assigned is @me").code == 0
    rows = json.loads(local("perspective", "list", "--json").stdout)
    (mine,) = [row for row in rows if row["name"] == "Of me"]
    assert mine["conditions"][0]["value"] == me
    assert local("perspective", "delete", "Of me", "--yes").code == 0


OF_GH = [
    (("ticket", "list", "--json", "number,subject"), "number,subject"),
    (("ticket", "list", "--json=number,subject"), "number,subject"),
    (("ticket", "view", "220009", "--json", "subject"), "subject"),
    (("ticket", "view", "--json", "number,subject", "220009"), "number,subject"),
]


@pytest.mark.parametrize(("words", "fields"), OF_GH)
def test_fields_behind_json_are_answered_with_the_flag_for_them(
    run: Cli, words: tuple[str, ...], fields: str
) -> None:
    ran = run(*words)
    assert (ran.code, ran.stdout) == (2, "")
    assert f"--json takes no value. To choose the fields: --json --fields {fields}" in ran.stderr
