# ruff: noqa: E501 - a table reads best with a case a line
"""Templates from the command line: on the server, and as a folder of files."""

import json
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli, Ran, Served
from tickiti_cli.errors import UsageProblem
from tickiti_cli.templates import files

CONTENT = "<p>Dear {{name}}, we have your {{lines.0.sku}}.</p>"
VALUES = ("-d", "name=Marcus & Söhne", "-d", "order.id=4711", "-d", "lines.0.sku=VP-3")
FILE = f"""+++
type = "email"
subject = "Your order {{{{order.id}}}}"
category = "Sales"
+++
{CONTENT}
"""
FROM = ("--from", "marcus@trailblazers-club.example")


@pytest.fixture
def cli(local: Cli, served: Served) -> Iterator[Cli]:
    """A server with one template, `warranty.received`."""
    made = {"identifier": "warranty.received", "type": "email", "category": "Sales"}
    texts = {"subject": "Your order {{order.id}}", "content": CONTENT}
    post(served, "/create", {**made, **texts})
    yield local
    for row in post(served, "", {}) + post(served, "/faqs", {}):
        post(served, "/delete", {"template_id": row["id"]})


def post(served: Served, path: str, body: dict[str, Any]) -> Any:
    """A request without the time that a process takes to start."""
    credentials = tomllib.loads((served.config / "credentials.toml").read_text())
    headers = {"Authorization": f"Bearer {credentials['local']['token']}"}
    request = urllib.request.Request(
        f"{served.base_url}/api/v1/templates{path}",
        json.dumps(body).encode(),
        {**headers, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)


@pytest.fixture
def offline(run: Cli) -> Cli:
    """A profile whose server is never asked."""
    run.configure('default_profile = "a"\n[profiles.a]\nbase_url = "https://a.example"\n')
    return run


def done(cli: Cli, *arguments: str, stdin: str = "") -> str:
    ran = cli("template", *arguments, stdin=stdin)
    assert (ran.code, ran.stderr) == (0, "")
    return ran.stdout


def names_on_server(cli: Cli) -> list[str]:
    return [row["identifier"] for row in json.loads(done(cli, "list", "--json"))]


def pulled(cli: Cli) -> Path:
    """A folder with what the server has."""
    done(cli, "pull", "texts")
    return cli.folder / "texts"


def test_a_template_is_made_from_flags_and_a_file(cli: Cli) -> None:
    (cli.folder / "content.html").write_text("<b>{{x}}</b>\n")
    flags = ("--type", "faq", "-s", "x", "--category", "c", "--subcategory", "d", "--disable")
    assert done(cli, "create", "made", *flags, "--content-file", "content.html") == "made\n"
    shown = json.loads(done(cli, "view", "made", "--json"))
    del shown["id"]
    assert shown == {
        "identifier": "made", "type": "faq", "category": "c", "subcategory": "d", "subject": "x",
        "content": "<b>{{x}}</b>", "enabled": False, "placeholders": ["x"],
    }  # fmt: skip


def test_a_template_is_shown_with_its_placeholders(cli: Cli) -> None:
    shown = json.loads(done(cli, "view", "warranty.received", "--json"))
    template_id = shown.pop("id")
    assert shown == {
        "identifier": "warranty.received", "type": "email", "category": "Sales", "subcategory": "",
        "subject": "Your order {{order.id}}", "enabled": True, "content": CONTENT,
        "placeholders": ["order.id", "name", "lines.0.sku"],
    }  # fmt: skip
    assert done(cli, "view", template_id) == done(cli, "view", "warranty.received")


def test_templates_and_faqs_are_one_list_which_a_type_narrows(cli: Cli) -> None:
    done(cli, "create", "a.question", "--type", "faq", "--disable")
    faq = "a.question\tfaq\t\t\t\tfalse\n"
    email = "warranty.received\temail\tYour order {{order.id}}\tSales\t\ttrue\n"
    assert done(cli, "list") == faq + email
    assert done(cli, "list", "--type", "email") == email
    assert done(cli, "search", "DEAR") == email
    assert done(cli, "search", "question", "--type", "faq") == faq


def test_an_edit_changes_what_its_flags_name(cli: Cli) -> None:
    before = json.loads(done(cli, "view", "warranty.received", "--json"))
    assert done(cli, "edit", "warranty.received", "-s", "", "--identifier", "new") == "new\n"
    after = json.loads(done(cli, "view", "new", "--json"))
    changed = {"subject": "", "identifier": "new", "placeholders": ["name", "lines.0.sku"]}
    assert after == {**before, **changed}


def test_a_template_is_rendered_whole_or_in_part(cli: Cli) -> None:
    content = "<p>Dear Marcus &amp; Söhne, we have your VP-3.</p>"
    render = ("render", "warranty.received", *VALUES)
    assert done(cli, *render) == f"Your order 4711\t{content}\n"
    assert done(cli, *render, "--part", "content") == f"{content}\n"
    rendered = json.loads(done(cli, *render, "--json", "--idempotency-key", "render-1"))
    assert rendered == {
        "subject": "Your order 4711", "content": content, "idempotency_key": "render-1",
        "replayed": False,
    }  # fmt: skip
    again = json.loads(done(cli, *render, "--json", "--idempotency-key", "render-1"))
    assert again == {**rendered, "replayed": True}


def test_values_come_from_json_and_from_flags_together(cli: Cli) -> None:
    data = json.dumps({"name": "Marcus", "order": {"id": 1}})
    lines = ("render", "warranty.received", "--data-json", "-", "-d", "lines.0.sku=VP-3")
    assert done(cli, *lines, stdin=data).startswith("Your order 1\t")


@pytest.mark.parametrize(
    ("flags", "stdin", "sentence"),
    [
        (("-d", "name"), "", "-d: 'name' is not K=V, such as name=Marcus or order.id=4711."),
        (("-d", "a..b=1"), "", "-d: 'a..b=1' is not K=V, such as name=Marcus or order.id=4711."),
        (("-d", "a=1", "-d", "a=2"), "", "-d a: it has a value already."),
        (
            ("-d", "a=1", "-d", "a.b=2"),
            "",
            "-d a.b: 'a' has a value already, and cannot hold others.",
        ),
        (("--data-json", "-"), "[]", "--data-json -: not a JSON object."),
        (("--data-json", "none.json"), "", "--data-json none.json: No such file or directory."),
        (("--part", "subject", "--open"), "", "Give --part or --open, not both."),
    ],
)
def test_bad_values_are_named_by_their_flag(
    offline: Cli, flags: tuple[str, ...], stdin: str, sentence: str
) -> None:
    ran = offline("template", "render", "warranty.received", *flags, stdin=stdin)
    assert ran == Ran(2, "", f"tickiti: {sentence}\n")


def test_missing_values_are_each_named(cli: Cli) -> None:
    ran = cli("template", "render", "warranty.received", "-d", "name=Marcus")
    lines = (
        "tickiti: The data has no value for order.id, lines.0.sku.",
        "  data.order.id: The data.order.id field is required: the template shows it.",
        "  data.lines.0.sku: The data.lines.0.sku field is required: the template shows it.",
    )
    assert ran == Ran(7, "", "".join(f"{line}\n" for line in lines))


def test_a_template_that_is_not_there_is_exit_6(cli: Cli) -> None:
    told = "tickiti: There is no template 'nope'.\nSee: tickiti template list\n"
    for command in (("view", "nope"), ("delete", "nope", "-y"), ("edit", "nope", "--enable")):
        assert cli("template", *command) == Ran(6, "", told)


def test_a_delete_asks_first(cli: Cli) -> None:
    question = "Delete template 'warranty.received'? Nobody can be asked here: add --yes."
    ran = cli("template", "delete", "warranty.received")
    assert ran == Ran(2, "", f"tickiti: {question}\n")
    assert names_on_server(cli) == ["warranty.received"]


def test_a_ticket_is_opened_from_a_template(cli: Cli) -> None:
    flags = ("--template", "warranty.received", *VALUES, "--queue", "Sales")
    opened = cli("ticket", "create", *FROM, *flags)
    assert (opened.code, opened.stderr) == (0, "")
    shown = json.loads(cli("ticket", "view", opened.stdout.strip(), "--json").stdout)
    assert shown["ticket"]["subject"] == "Your order 4711"
    text = "Dear Marcus & Söhne, we have your VP-3."
    assert [response["plain_text"] for response in shown["responses"]] == [text]


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (
            ("--template", "x", "-s", "y"),
            "--template has a subject and a content: leave --subject, the body and --attach out.",
        ),
        (
            ("-s", "x", "-b", "y", "-d", "a=1"),
            "-d and --data-json give a template its values: add --template ID.",
        ),
        ((), "Say what the ticket is about: --subject TEXT, or --template ID."),
    ],
)
def test_a_ticket_has_one_shape(offline: Cli, flags: tuple[str, ...], sentence: str) -> None:
    assert offline("ticket", "create", *FROM, *flags) == Ran(2, "", f"tickiti: {sentence}\n")


def test_pulled_templates_are_files_and_pulling_again_writes_nothing(cli: Cli) -> None:
    assert done(cli, "pull", "texts") == "written\twarranty.received\n"
    (path,) = (cli.folder / "texts").iterdir()
    assert (path.name, path.read_text()) == ("warranty.received.html", FILE)
    before = path.stat()
    assert done(cli, "pull", "texts") == ""
    assert done(cli, "diff", "texts") == ""
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_an_edited_folder_is_compared_and_pushed_and_then_the_same(cli: Cli) -> None:
    texts = pulled(cli)
    edited = FILE.replace("Dear", "Hello").replace("\n", "\r\n")
    (texts / "warranty.received.html").write_text(edited, newline="")
    (texts / "new.html").write_text('+++\ntype = "faq"\nenabled = false\n+++\nBecause.')
    (texts / "README").write_text("no template")
    patch = """--- /dev/null
+++ folder/new.html
@@ -0,0 +1,5 @@
++++
+type = "faq"
+enabled = false
++++
+Because.
--- server/warranty.received.html
+++ folder/warranty.received.html
@@ -3,4 +3,4 @@
 subject = "Your order {{order.id}}"
 category = "Sales"
 +++
-<p>Dear {{name}}, we have your {{lines.0.sku}}.</p>
+<p>Hello {{name}}, we have your {{lines.0.sku}}.</p>
"""
    assert done(cli, "diff", "texts") == patch
    told = "create\tnew\nupdate\twarranty.received\n"
    assert done(cli, "push", "texts", "--dry-run") == told
    assert done(cli, "diff", "texts") == patch
    assert done(cli, "push", "texts") == told
    assert done(cli, "push", "texts", "--json") == "[]\n"
    shown = json.loads(done(cli, "view", "new", "--json"))
    assert (shown["content"], shown["enabled"]) == ("Because.", False)
    shown = json.loads(done(cli, "view", "warranty.received", "--json"))
    assert shown["content"] == CONTENT.replace("Dear", "Hello")


def test_a_push_deletes_only_when_told_to_and_confirmed(cli: Cli) -> None:
    texts = pulled(cli)
    (texts / "warranty.received.html").unlink()
    kept = "On the server alone, and kept there without --delete: warranty.received.\n"
    assert cli("template", "push", "texts") == Ran(0, "", kept)
    question = "These templates have no file: warranty.received. Delete them?"
    ran = cli("template", "push", "texts", "--delete")
    assert ran == Ran(2, "", f"tickiti: {question} Nobody can be asked here: add --yes.\n")
    told = "delete\twarranty.received\n"
    assert done(cli, "push", "texts", "--delete", "--dry-run") == told
    assert names_on_server(cli) == ["warranty.received"]
    assert done(cli, "push", "texts", "--delete", "--yes") == told
    assert names_on_server(cli) == []


def test_a_pull_overwrites_an_edit_only_when_confirmed(cli: Cli) -> None:
    path = pulled(cli) / "warranty.received.html"
    path.write_text(FILE.replace("Dear", "Hello"))
    question = "Overwrite warranty.received.html, which the server has otherwise?"
    ran = cli("template", "pull", "texts")
    assert ran == Ran(2, "", f"tickiti: {question} Nobody can be asked here: add --yes.\n")
    assert "Hello" in path.read_text()
    assert done(cli, "pull", "texts", "--yes") == "written\twarranty.received\n"
    assert path.read_text() == FILE


def test_a_pull_writes_no_file_through_a_link(cli: Cli) -> None:
    path = pulled(cli) / "warranty.received.html"
    elsewhere = cli.folder / "elsewhere"
    elsewhere.write_text(FILE.replace("Dear", "Hello"))
    path.unlink()
    path.symlink_to(elsewhere)
    done(cli, "pull", "texts", "--yes")
    assert (path.is_symlink(), "Hello" in elsewhere.read_text()) == (False, True)


@pytest.mark.parametrize(
    ("text", "place", "sentence"),
    [
        ("<p>", ":1", "a template's file begins with a line +++."),
        ('+++\ntype = "email"', ":1", "the header has no second line +++."),
        (
            '+++\ntype = "email"\n\nsbject = "x"\n+++\n',
            ":4",
            "there is no member 'sbject' (known: type, subject, category, subcategory, enabled). Did you mean subject?",
        ),
        ("+++\ntype = email\n+++\n", "", "Invalid value (at line 2, column 8)."),
        ('+++\nsubject = "x"\n+++\n', ":1", "type must be one of email, notification, intervention, faq."),
        ('+++\ntype = "sms"\n+++\n', ":2",
         "type 'sms' is not one of email, notification, intervention, faq."),
        ('+++\ntype = "faq"\nsubject = 5\n+++\n', ":3", "subject must be a text in quotation marks."),
        ('+++\ntype = "faq"\nenabled = "no"\n+++\n', ":3", "enabled must be true or false."),
        ('+++\ntype = "faq"\nsubject = "{{"\n+++\n', ":3", "'{{' is never closed."),
        ('+++\ntype = "faq"\n+++\na\n{% if %}', ":5", "'{%' is not known; there are placeholders such as {{name}} and nothing else."),
        ("+++\ntype = \"faq\"\n+++\n\udcff", "", "not UTF-8 text."),
    ],
)  # fmt: skip
def test_a_bad_file_is_named_with_its_line(
    tmp_path: Path, text: str, place: str, sentence: str
) -> None:
    path = tmp_path / "bad.html"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageProblem) as caught:
        files.read(path)
    assert caught.value.message == f"{path}{place}: {sentence}"


def test_with_one_bad_file_nothing_is_sent_or_written(cli: Cli) -> None:
    texts = pulled(cli)
    (texts / "a.html").write_text('+++\ntype = "faq"\n+++\n')
    (texts / "bad.html").write_text("<p>")
    told = "tickiti: texts/bad.html:1: a template's file begins with a line +++.\n"
    for command in ("push", "diff", "pull"):
        assert cli("template", command, "texts") == Ran(2, "", told)
    assert names_on_server(cli) == ["warranty.received"]


@pytest.mark.parametrize(
    "name", ["../up", "a/b", ".hidden", "con", "NUL.txt", "x:y", "dot.", "ü" * 126]
)
def test_an_identifier_that_is_no_file_name_is_refused(name: str) -> None:
    told = f"The template '{name}' cannot be a file: its identifier is no file name."
    with pytest.raises(UsageProblem) as caught:
        files.refuse_bad_names(["fine", "warranty.received", "Ünï-1_2 (3)", name])
    assert caught.value.message == told


def test_a_pull_that_cannot_write_one_template_writes_none(cli: Cli) -> None:
    done(cli, "create", "--type", "faq", "../up")
    ran = cli("template", "pull", "texts")
    told = "The template '../up' cannot be a file: its identifier is no file name."
    hint = "Rename it: tickiti template edit ID --identifier NAME"
    assert ran == Ran(2, "", f"tickiti: {told}\n{hint}\n")
    assert [*(cli.folder / "texts").iterdir()] == []


def test_identifiers_that_differ_in_case_alone_are_refused(cli: Cli) -> None:
    done(cli, "create", "--type", "faq", "Warranty.Received")
    ran = cli("template", "pull", "texts")
    told = (
        "tickiti: The templates 'Warranty.Received' and 'warranty.received' would be one file"
        " where names have no case.\nRename one: tickiti template edit ID --identifier NAME\n"
    )
    assert ran == Ran(2, "", told)


def test_a_folder_that_is_not_there_is_named(cli: Cli) -> None:
    ran = cli("template", "push", "nowhere")
    assert ran == Ran(2, "", "tickiti: nowhere: No such file or directory.\n")
