# ruff: noqa: E501 - a table reads best with a case a line
"""Templates from the command line: on the server, and as a folder of files."""

import json
import os
import tomllib
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli, Ran, Served
from tests.support.foreign import Foreign, failure, reply
from tickiti_cli.commands.template import file
from tickiti_cli.errors import UsageProblem

CONTENT = "<p>Dear {{name}}, we have your {{lines.0.sku}}.</p>"
VALUES = ("-d", "name=Marcus & Söhne", "-d", "order.id=4711", "-d", "lines.0.sku=VP-3")
FILE = f"""+++
type = "email"
subject = "Your order {{{{order.id}}}}"
category = "Sales"
+++
{CONTENT}
"""
OTHERS = {"description": "", "legend": "", "keywords": "", "ordinal": 0}
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
    flags = (
        "--type",
        "notification",
        "-s",
        "x",
        "--category",
        "c",
        "--subcategory",
        "d",
        "--disable",
    )
    assert done(cli, "create", "made", *flags, "--content-file", "content.html") == "made\n"
    shown = json.loads(done(cli, "view", "made", "--json"))
    del shown["id"], shown["updated_at"]
    assert shown == {
        **OTHERS, "identifier": "made", "type": "notification", "category": "c", "subcategory": "d", "subject": "x",
        "content": "<b>{{x}}</b>", "is_enabled": False, "placeholders": ["x"],
    }  # fmt: skip


def test_a_template_is_shown_with_its_placeholders(cli: Cli) -> None:
    shown = json.loads(done(cli, "view", "warranty.received", "--json"))
    template_id = shown.pop("id")
    del shown["updated_at"]
    assert shown == {
        **OTHERS,
        "identifier": "warranty.received", "type": "email", "category": "Sales", "subcategory": "",
        "subject": "Your order {{order.id}}", "is_enabled": True, "content": CONTENT,
        "placeholders": ["order.id", "name", "lines.0.sku"],
    }  # fmt: skip
    assert done(cli, "view", template_id) == done(cli, "view", "warranty.received")


def test_templates_and_faqs_are_one_list_which_a_type_narrows(cli: Cli) -> None:
    name = done(cli, "create", "--type", "faq", "-s", "A question", "--disable").strip()
    assert name.startswith("faq-")
    faq = f"{name}\tfaq\tA question\t\t\tfalse\n"
    email = "warranty.received\temail\tYour order {{order.id}}\tSales\t\ttrue\n"
    assert done(cli, "list") == faq + email
    assert done(cli, "list", "--type", "email") == email
    assert done(cli, "search", "DEAR") == email
    assert done(cli, "search", "question", "--type", "faq") == faq


def test_identifier_is_required_except_for_an_faq(cli: Cli) -> None:
    missing = "tickiti: Missing argument 'ID': the identifier, such as warranty.received.\n"
    assert cli("template", "create", "--type", "email", "-s", "x") == Ran(2, "", missing)
    named = "tickiti: The server names an FAQ itself: leave 'why' out.\n"
    assert cli("template", "create", "why", "--type", "faq", "-s", "x") == Ran(2, "", named)


def test_an_edit_changes_only_the_fields_of_its_flags(cli: Cli) -> None:
    before = json.loads(done(cli, "view", "warranty.received", "--json"))
    assert done(cli, "edit", "warranty.received", "-s", "", "--identifier", "new") == "new\n"
    after = json.loads(done(cli, "view", "new", "--json"))
    changed = {"subject": "", "identifier": "new", "placeholders": ["name", "lines.0.sku"]}
    assert after == {**before, **changed, "updated_at": after["updated_at"]}


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
        (("-d", "a=1", "-d", "a=2"), "", "-d a: given twice."),
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
        "  --data order.id is required by the template.",
        "  --data lines.0.sku is required by the template.",
    )
    assert ran == Ran(7, "", "".join(f"{line}\n" for line in lines))


def test_a_missing_template_exits_6(cli: Cli) -> None:
    told = "tickiti: There is no template 'nope'.\nSee: tickiti template list\n"
    for command in (("view", "nope"), ("delete", "nope", "-y"), ("edit", "nope", "--enable")):
        assert cli("template", *command) == Ran(6, "", told)


def test_a_delete_asks_first(cli: Cli) -> None:
    question = "Delete template 'warranty.received'? Not a terminal: confirm with --yes."
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
            "--template provides the subject and the body: leave out yours and --attach.",
        ),
        (
            ("-s", "x", "-b", "y", "-d", "a=1"),
            "-d and --data-json need --template ID.",
        ),
        ((), "Missing subject: add --subject TEXT or --template ID."),
    ],
)
def test_flags_of_two_ticket_shapes_are_refused(
    offline: Cli, flags: tuple[str, ...], sentence: str
) -> None:
    assert offline("ticket", "create", *FROM, *flags) == Ran(2, "", f"tickiti: {sentence}\n")


def test_pulled_templates_are_files_and_pulling_again_writes_nothing(cli: Cli) -> None:
    assert done(cli, "pull", "texts") == "written\twarranty.received\n"
    (path,) = (cli.folder / "texts").iterdir()
    assert (path.name, path.read_text()) == ("warranty.received.html", FILE)
    before = path.stat()
    assert done(cli, "pull", "texts") == ""
    assert done(cli, "diff", "texts") == ""
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_an_edited_folder_is_compared_and_pushed_and_then_equal(cli: Cli) -> None:
    texts = pulled(cli)
    edited = FILE.replace("Dear", "Hello").replace("\n", "\r\n")
    (texts / "warranty.received.html").write_text(edited, newline="")
    (texts / "new.html").write_text('+++\ntype = "notification"\nenabled = false\n+++\nBecause.')
    (texts / "README").write_text("no template")
    patch = """--- /dev/null
+++ folder/new.html
@@ -0,0 +1,5 @@
++++
+type = "notification"
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
    assert (shown["content"], shown["is_enabled"]) == ("Because.", False)
    shown = json.loads(done(cli, "view", "warranty.received", "--json"))
    assert shown["content"] == CONTENT.replace("Dear", "Hello")


def test_pushed_faq_gets_the_servers_name_and_is_then_equal(cli: Cli) -> None:
    texts = pulled(cli)
    (texts / "why.html").write_text('+++\ntype = "faq"\nsubject = "Why?"\n+++\nBecause.')
    assert done(cli, "push", "texts") == "create\twhy\n"
    assert done(cli, "diff", "texts") == ""
    assert done(cli, "push", "texts", "--json") == "[]\n"
    (name,) = [name for name in names_on_server(cli) if name.startswith("faq-")]
    assert (texts / f"{name}.html").is_file()


def test_push_of_another_checkout_makes_no_second_faq(cli: Cli) -> None:
    texts = pulled(cli)
    text = '+++\ntype = "faq"\nsubject = "Why?"\n+++\nBecause.'
    (texts / "why.html").write_text(text)
    assert done(cli, "push", "texts") == "create\twhy\n"
    (created,) = texts.glob("faq-*.html")
    created.unlink()
    (texts / "why.html").write_text(text)
    for _ in range(2):
        assert done(cli, "diff", "texts") == done(cli, "pull", "texts") == ""
        assert done(cli, "push", "texts", "--delete", "--dry-run") == ""
        assert (texts / "why.html").is_file()
    assert done(cli, "push", "texts", "--delete", "--yes") == ""
    assert sorted(file.name for file in texts.iterdir()) == [created.name, "warranty.received.html"]
    (texts / "why.html").write_text(text)
    assert done(cli, "push", "texts") == "create\twhy\n"
    assert len(names_on_server(cli)) == 3


def test_nul_character_stops_a_push_before_anything_is_sent(cli: Cli) -> None:
    texts = pulled(cli)
    (texts / "a.html").write_text('+++\ntype = "email"\nsubject = "x"\n+++\nfirst')
    (texts / "b.html").write_text('+++\ntype = "email"\nsubject = "x"\n+++\n\0')
    told = "tickiti: texts/b.html: not text, because it holds a NUL character.\n"
    assert cli("template", "push", "texts") == Ran(2, "", told)
    assert names_on_server(cli) == ["warranty.received"]


def test_template_whose_file_name_is_not_utf8_is_named(cli: Cli) -> None:
    texts = pulled(cli)
    (texts / "wh\udcff.html").write_text('+++\ntype = "faq"\n+++\nBecause.')
    for command in ("push", "diff", "pull"):
        ran = cli("template", command, "texts")
        assert (ran.code, ran.stdout) == (2, "")
        assert "the file name is not UTF-8 text." in ran.stderr


def test_pushed_faq_is_created_without_an_identifier(remote: Cli, foreign: Foreign) -> None:
    (remote.folder / "texts").mkdir()
    (remote.folder / "texts" / "why.html").write_text('+++\ntype = "faq"\n+++\nBecause.')
    made = {"template": {"id": "8", "identifier": "faq-8"}}
    foreign.answers(reply([]), reply([]), reply(made))
    assert remote("template", "push", "texts") == Ran(0, "create\twhy\n", "")
    assert "identifier" not in json.loads(foreign.asked[-1].body)


def test_an_faq_is_not_given_another_identifier(cli: Cli) -> None:
    """The server ignores one, so that nothing would change and the exit code be 0."""
    faq = done(cli, "create", "--type", "faq", "-s", "x", "--content-file", "-", stdin="x").strip()
    problem = "tickiti: The server names an FAQ itself: leave --identifier out.\n"
    for words in (
        (faq, "--identifier", "y"),
        ("warranty.received", "--type", "faq", "--identifier", "y"),
    ):
        assert cli("template", "edit", *words) == Ran(2, "", problem)
    assert done(cli, "edit", faq, "--type", "email", "--identifier", "y") == "y\n"


def test_an_escaped_nul_of_the_data_is_named(cli: Cli) -> None:
    """It was sent, and refused as 'The body holds a NUL character.'"""
    for text, code in (('{"a": ["\\u0000"]}', 2), ('{"\\u0000": 1}', 2), ('{"a": "\\\\u0000"}', 7)):
        ran = cli("template", "render", "warranty.received", "--data-json", "-", stdin=text)
        said = "tickiti: --data-json -: not JSON: the text has a NUL character.\n"
        assert (ran.code, ran.stderr == said) == (code, code == 2)


def test_older_install_answers_a_bare_template_with_enabled(remote: Cli, foreign: Foreign) -> None:
    row = {"id": "7", "identifier": "a", "type": "email", "subject": "s", "enabled": False}
    shown = {**row, "content": "c"}
    lists = (reply([row]), reply([{"id": 8, "identifier": None, "type": "faq"}]))
    for template in ({"template": shown}, shown):
        foreign.asked.clear()
        foreign.answers(*lists, reply(template))
        ran = remote("template", "view", "a", "--json")
        assert (ran.code, ran.stderr) == (0, "")
        assert json.loads(ran.stdout)["is_enabled"] is False
    foreign.asked.clear()
    foreign.answers(*lists, reply(shown), reply({"ok": True}), reply({**shown, "enabled": True}))
    assert remote("template", "edit", "a", "--enable").stdout == "a\n"
    sent = json.loads(foreign.asked[-2].body)["template"]
    assert (sent["is_enabled"], sent["enabled"]) == (True, True)
    foreign.asked.clear()
    foreign.answers(*lists)
    assert remote("template", "list").stdout == "a\temail\ts\t\t\tfalse\nfaq-8\tfaq\t\t\t\t\n"


def test_a_push_deletes_only_with_a_flag_and_a_confirmation(cli: Cli) -> None:
    texts = pulled(cli)
    (texts / "warranty.received.html").unlink()
    kept = "Kept on the server although they have no file (--delete deletes them): warranty.received.\n"
    assert cli("template", "push", "texts") == Ran(0, "", kept)
    question = "Delete templates that have no file: warranty.received?"
    ran = cli("template", "push", "texts", "--delete")
    assert ran == Ran(2, "", f"tickiti: {question} Not a terminal: confirm with --yes.\n")
    told = "delete\twarranty.received\n"
    assert done(cli, "push", "texts", "--delete", "--dry-run") == told
    assert names_on_server(cli) == ["warranty.received"]
    assert done(cli, "push", "texts", "--delete", "--yes") == told
    assert names_on_server(cli) == []


def test_a_pull_overwrites_an_edit_only_when_confirmed(cli: Cli) -> None:
    path = pulled(cli) / "warranty.received.html"
    path.write_text(FILE.replace("Dear", "Hello"))
    question = "Overwrite warranty.received.html with the server's version?"
    ran = cli("template", "pull", "texts")
    assert ran == Ran(2, "", f"tickiti: {question} Not a terminal: confirm with --yes.\n")
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
        ("<p>", ":1", "a template file must start with a line +++."),
        ('+++\ntype = "email"', ":1", "the header must end with a line +++."),
        (
            '+++\ntype = "email"\n\nsbject = "x"\n+++\n',
            ":4",
            "unknown field 'sbject' (known: type, subject, category, subcategory, enabled). Did you mean subject?",
        ),
        ("+++\ntype = email\n+++\n", "", "Invalid value (at line 2, column 8)."),
        ('+++\ntype = "faq"\nsubject = "\\u0000"\n+++\n', "", "A text has a NUL character."),
        ('+++\nsubject = "x"\n+++\n', ":1", "type must be one of email, notification, intervention, faq."),
        ('+++\ntype = "sms"\n+++\n', ":2",
         "type 'sms' is not one of email, notification, intervention, faq."),
        ('+++\ntype = "faq"\nsubject = 5\n+++\n', ":3", "subject must be a quoted string."),
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
        file.read(path)
    assert caught.value.message == f"{path}{place}: {sentence}"


def test_pipe_in_a_folder_of_templates_is_refused_at_once(cli: Cli) -> None:
    folder = cli.folder / "piped"
    folder.mkdir()
    os.mkfifo(folder / "p.html")
    for verb in ("push", "diff"):
        ran = cli("template", verb, "piped")
        assert ran == Ran(2, "", "tickiti: piped/p.html: must be a regular file.\n")


def test_bad_file_stops_a_push_before_anything_is_sent(cli: Cli) -> None:
    texts = pulled(cli)
    (texts / "a.html").write_text('+++\ntype = "faq"\n+++\n')
    (texts / "bad.html").write_text("<p>")
    told = "tickiti: texts/bad.html:1: a template file must start with a line +++.\n"
    for command in ("push", "diff", "pull"):
        assert cli("template", command, "texts") == Ran(2, "", told)
    assert names_on_server(cli) == ["warranty.received"]


@pytest.mark.parametrize(
    "name", ["../up", "a/b", ".hidden", "con", "NUL.txt", "x:y", "dot.", "ü" * 126]
)
def test_an_identifier_that_is_not_a_file_name_is_refused(name: str) -> None:
    told = f"Template '{name}' cannot be saved: its identifier is not a valid file name."
    with pytest.raises(UsageProblem) as caught:
        file.refuse_bad_names(["fine", "warranty.received", "Ünï-1_2 (3)", name])
    assert caught.value.message == told


def test_a_pull_that_cannot_write_one_template_writes_none(cli: Cli) -> None:
    fields = ("identifier=../up", "type=notification", "subject=x", "content=x", "category=x")
    words = [word for field in (*fields, "subcategory=x") for word in ("--field", field)]
    assert cli("api", "templates.create", *words).code == 0
    ran = cli("template", "pull", "texts")
    told = "Template '../up' cannot be saved: its identifier is not a valid file name."
    hint = "Rename it: tickiti template edit ID --identifier NAME"
    assert ran == Ran(2, "", f"tickiti: {told}\n{hint}\n")
    assert [*(cli.folder / "texts").iterdir()] == []


def test_identifiers_that_differ_in_case_alone_are_refused() -> None:
    with pytest.raises(UsageProblem) as caught:
        file.refuse_bad_names(["Warranty.Received", "warranty.received"])
    told = (
        "Templates 'Warranty.Received' and 'warranty.received' would share one file on a"
        " case-insensitive file system."
    )
    assert caught.value.message == told


def test_a_missing_folder_is_named(cli: Cli) -> None:
    ran = cli("template", "push", "nowhere")
    assert ran == Ran(2, "", "tickiti: nowhere: No such file or directory.\n")


def test_template_render_without_send_email_uses_v1(remote: Cli, foreign: Foreign) -> None:
    refused = failure(403, "missing_ability", "The token lacks send-email.")
    foreign.answers(refused, reply({"ok": True, "data": {"subject": "a", "content": "b"}}))
    assert remote("template", "render", "x", "--part", "content") == Ran(0, "b\n", "")
    assert [asked.line.split()[1] for asked in foreign.asked] == [
        "/api/render_template", "/api/v1/templates/render",
    ]  # fmt: skip
    foreign.answers(refused)
    ran = remote("template", "render", "x")
    assert (ran.code, "The token lacks send-email." in ran.stderr) == (5, True)
