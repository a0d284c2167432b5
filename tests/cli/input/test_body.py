"""Bodies: Markdown by a fixed rule, and texts from the user's editor."""

import json
import stat
from pathlib import Path

import pytest

from tests.support.cli import ERASED, Cli, Ran, anonymous
from tests.support.foreign import Foreign, failure, reply, ticket_created

FROM = ("--from", "a@b.example")
CREATE = ("ticket", "create", *FROM, "-s", "x")
RESPOND = ("ticket", "respond", "220009", *FROM)
SEND = ("email", "send", "--to", "a@b.example", "-s", "x")


@pytest.fixture
def offline(run: Cli) -> Cli:
    """A profile whose server is never asked."""
    run.configure('default_profile = "a"\n[profiles.a]\nbase_url = "https://a.example"\n')
    return run


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_byte_order_mark_of_a_body_decides_its_encoding(offline: Cli, encoding: str) -> None:
    """PowerShell's `>` writes UTF-16."""
    (offline.folder / "body").write_bytes("Söhne 👟".encode(encoding))
    flags = ("--body-file", "body", "--dry-run", "--jq", ".body.data.content")
    assert offline(*CREATE, *flags) == Ran(0, "Söhne 👟\n", "")


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--body-file", "-"),
         "--body-file -: the text is empty.\nCheck the command before the pipe.\n"),
        (("-b", " "), "--body: the text is empty.\nLeave the flag out for no body.\n"),
        (("-b", "y", "--attach", "empty"), "--attach empty: the file is empty.\n"),
        (("-b", "y", "--file", "empty"), "--file empty: the file is empty.\n"),
    ],
)  # fmt: skip
def test_empty_body_or_file_is_refused_before_a_request(
    offline: Cli, flags: tuple[str, ...], sentence: str
) -> None:
    """A ticket was closed without its comment where the command before the pipe had failed."""
    (offline.folder / "empty").write_bytes(b"")
    for command in (CREATE, RESPOND, ("ticket", "close", "220009", *FROM)):
        ran = offline(*command, *flags, stdin="\n", TICKITI_API_TOKEN="1|x")
        assert ran == Ran(2, "", f"tickiti: {sentence}"), command


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("At *mile* **14**", "<p>At <em>mile</em> <strong>14</strong></p>\n"),
        ("# Cracked\n\nA\nB  \nC\r\nD", "<h1>Cracked</h1>\n<p>A\nB<br />\nC\nD</p>\n"),
        ("- a\n- b\n\n1. c", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<ol>\n<li>c</li>\n</ol>\n"),
        ("> a\n\n---", "<blockquote>\n<p>a</p>\n</blockquote>\n<hr />\n"),
        ("`<b>`\n\n```py\nx < 1\n```",
         ("<p><code>&lt;b&gt;</code></p>\n"
         '<pre><code class="language-py">x &lt; 1\n</code></pre>\n')),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("a <b onclick='x'>b</b> & \"c\"",
         "<p>a &lt;b onclick='x'&gt;b&lt;/b&gt; &amp; &quot;c&quot;</p>\n"),
        ("[a](https://b.example 'c') <https://d.example>",
         ('<p><a href="https://b.example" title="c">a</a> '
         '<a href="https://d.example">https://d.example</a></p>\n')),
        ("[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>\n"),
        ("https://no.link.example ~~no~~ | no |", "<p>https://no.link.example ~~no~~ | no |</p>\n"),
        ("![a](b.png)", '<p><img src="b.png" alt="a" /></p>\n'),
        ("ü 👟 &uuml; \\*", "<p>ü 👟 ü *</p>\n"),
    ],
)  # fmt: skip
def test_markdown_becomes_html_by_one_fixed_rule(offline: Cli, markdown: str, html: str) -> None:
    """These are the bytes of a retry: what is written here must never change."""
    flags = ("--body-file", "-", "--body-format", "md", "--dry-run", "--jq", ".body.data.content")
    assert offline(*CREATE, *flags, stdin=markdown) == Ran(0, f"{html}\n", "")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\tb\r\n1\t  2\n", "<pre>\na\tb\n1\t  2\n</pre>"),
        ("\n\nx", "<pre>\n\n\nx</pre>"),
        ('a < b & "c"  </pre>', "<pre>\na &lt; b &amp; &quot;c&quot;  &lt;/pre&gt;</pre>"),
    ],
)
def test_text_with_columns_becomes_html_by_one_fixed_rule(
    offline: Cli, text: str, html: str
) -> None:
    """These are the bytes of a retry: what is written here must never change."""
    flags = ("--body-file", "-", "--body-format", "pre", "--dry-run", "--jq", ".body.data.content")
    assert offline(*CREATE, *flags, stdin=text) == Ran(0, f"{html}\n", "")


def test_a_report_keeps_its_columns_in_the_mail(local: Cli) -> None:
    assert local(*CREATE, "-b", "y").code == 0
    listed = local("ticket", "list", "--fields", "number,status,subject", "--limit", "3").stdout
    sent = local(
        "email", "send", "--to", "report@b.example", "-s", "Report", "--body-file", "-",
        "--body-format", "pre", "--json", stdin=listed,
    )  # fmt: skip
    assert sent.code == 0
    shown = local("outbox", "view", json.loads(sent.stdout)["email_id"], "--json")
    assert listed.strip() in json.loads(shown.stdout)["html"].replace("&#9;", "\t")


@pytest.mark.parametrize("command", [RESPOND, SEND])
def test_an_answer_and_a_mail_accept_markdown(offline: Cli, command: tuple[str, ...]) -> None:
    ran = offline(
        *command, "-b", "*a*", "--body-format", "md", "--dry-run", "--jq", ".body.content"
    )
    assert ran == Ran(0, "<p><em>a</em></p>\n\n", "")


def test_a_line_of_an_import_accepts_markdown(offline: Cli) -> None:
    row = {"from": "a@b.example", "subject": "x", "body": "*a*", "body-format": "md"}
    ran = offline("ticket", "import", "-", "--format", "ndjson", "--dry-run", "--json",
                  stdin=json.dumps(row))  # fmt: skip
    (line,) = json.loads(ran.stdout)
    assert line["body"]["data"]["content"] == "<p><em>a</em></p>\n"


def writing(run: Cli, command: tuple[str, ...], script: str, *flags: str, **environ: str) -> Ran:
    """A command with --editor, by a person whose editor runs this script on the file."""
    program = run.home / "editor"
    program.write_text(f'file="$1"\n{script}\n')
    environ = {"EDITOR": f"sh '{program}'", "TMPDIR": str(run.home), **environ}
    return run.on_terminal(*command, "--editor", *flags, **environ)


def kept(run: Cli) -> list[Path]:
    return list(run.home.glob("tickiti-*/*"))


@pytest.mark.parametrize(
    ("command", "name", "sent"),
    [
        (CREATE, "body.txt", "At mile 14<br>&amp; so on"),
        ((*RESPOND, "--body-format", "html"), "body.html", "At mile 14\n& so on"),
        ((*SEND, "--body-format", "md"), "body.md", "<p>At mile 14\n&amp; so on</p>\n"),
    ],
)
def test_text_written_in_the_editor_is_sent(
    remote: Cli, foreign: Foreign, command: tuple[str, ...], name: str, sent: str
) -> None:
    data = {"ticket_number": 1, "response_id": 2, "reopened": False, "email_id": "m"}
    foreign.answers(reply({"ok": True, "data": {**data, "to_address": "a", "mailbox": "b"}}))
    script = f"[ -z \"$(cat $file)\" ] && printf 'At mile 14\\n& so on\\n' > $file; : {name}"
    script += f"; case $file in */{name}) ;; *) exit 9;; esac"
    script += "; stat -c %a $file > mode; cp $file $file~"
    assert writing(remote, command, script).code == 0
    body = json.loads(foreign.asked[0].body)
    assert body.get("data", body)["content"] == sent
    assert (remote.folder / "mode").read_text() == "600\n"
    assert kept(remote) == []


@pytest.mark.parametrize("script", [":", "printf ' \\n\\n' > $file"])
def test_an_empty_text_sends_nothing(remote: Cli, foreign: Foreign, script: str) -> None:
    said = "tickiti: The text is empty; nothing was sent.\n"
    assert writing(remote, CREATE, script) == Ran(2, said, "")
    assert (foreign.asked, kept(remote)) == ([], [])


def test_ctrl_c_in_an_editor_is_for_the_editor(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket_created())
    program = remote.home / "editor"
    program.write_text(
        "trap 'echo stopped > $1; exit 0' INT; echo ready; while :; do sleep 0.05; done\n"
    )
    ran = remote.on_terminal(
        *CREATE, "--editor", asked="ready", typed="\x03", EDITOR=f"sh '{program}'"
    )
    assert ran.code == 0
    assert ran.stdout.replace("^C", "") == "ready\nCreated ticket 220009.\n"
    assert json.loads(foreign.asked[0].body)["data"]["content"] == "stopped"


def test_a_failing_editor_sends_nothing(remote: Cli, foreign: Foreign) -> None:
    ran = writing(remote, CREATE, "echo x > $file; exit 3")
    (draft,) = kept(remote)
    said = f"tickiti: The editor 'sh '{remote.home}/editor'' ended with 3; nothing was done.\n"
    assert ran == Ran(2, f"{said}Your text is kept in {draft}\n", "")
    assert (foreign.asked, draft.read_text()) == ([], "x\n")
    draft.unlink()
    assert writing(remote, CREATE, "exit 3") == Ran(2, said, "")
    assert (foreign.asked, kept(remote)) == ([], [])


def test_visual_precedes_editor(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(ticket_created())
    ran = writing(remote, CREATE, "exit 1", VISUAL="sh -c 'echo visual > $0'")
    assert ran == Ran(0, "Created ticket 220009.\n", "")
    assert json.loads(foreign.asked[0].body)["data"]["content"] == "visual"


def test_typed_text_is_kept_until_the_write_is_done(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(422, "queue_not_found", "Queue 'Nowhere' not found."))
    ran = writing(remote, CREATE, "echo 'A long text' > $file", "--queue", "Nowhere")
    (draft,) = kept(remote)
    said = "tickiti: Queue 'Nowhere' not found.\nSee: tickiti queue list\n"
    said += f"Your text is kept in {draft}\n"
    assert ran == Ran(7, said, "")
    assert draft.read_text() == "A long text\n"
    assert stat.S_IMODE(draft.stat().st_mode) == 0o600


def test_a_dry_run_keeps_the_typed_text(remote: Cli, foreign: Foreign) -> None:
    ran = writing(remote, CREATE, "echo x > $file", "--dry-run", "--jq", ".body.data.content")
    (draft,) = kept(remote)
    assert ran == Ran(0, f"x\nYour text is kept in {draft}\n", "")
    assert (draft.read_text(), foreign.asked) == ("x\n", [])


def test_ctrl_c_keeps_the_typed_text(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(failure(503, "unavailable", retry_after="60"))
    program = remote.home / "editor"
    program.write_text("echo 'A long text' > $1\n")
    ran = remote.on_terminal(
        *CREATE, "--editor", "--idempotency-key", "k", asked="gain", typed="\x03",
        EDITOR=f"sh '{program}'", TMPDIR=str(remote.home),
    )  # fmt: skip
    (draft,) = kept(remote)
    assert ran.code == 130
    assert anonymous(ran.stdout).rpartition(ERASED)[2] == (
        "tickiti: Interrupted.\n"
        "The outcome is unknown. Idempotency key: k. To finish it exactly once: "
        f"tickiti op resume OPERATION\nYour text is kept in {draft}\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((*CREATE, "--editor"), 2, ("--editor needs a terminal.\n"
         "Without one: --body TEXT or --body-file FILE")),
        ((*CREATE, "--editor", "-b", "x"), 2, "Give one of --body, --body-file and --editor."),
        ((*SEND, "--editor", "--body-file", "-"), 2,
         "Give one of --body, --body-file and --editor."),
        (("ticket", "create", *FROM, "--editor"), 2,
         "Missing subject: add --subject TEXT or --template ID."),
        (("email", "send", "--to", "a@b.example", "--editor"), 2,
         "Missing subject: add --subject TEXT or --template ID."),
        ((*RESPOND, "--status", "on-hold", "--editor"), 2,
         "--status on-hold needs --until DATE."),
    ],
)  # fmt: skip
def test_editor_is_not_opened_when_nothing_could_be_sent(
    remote: Cli, foreign: Foreign, arguments: tuple[str, ...], code: int, said: str
) -> None:
    assert remote(*arguments, EDITOR="false") == Ran(code, "", f"tickiti: {said}\n")
    assert foreign.asked == []


def test_editor_is_not_opened_without_a_server(run: Cli) -> None:
    ran = run.on_terminal(*CREATE, "--editor", EDITOR="false")
    assert (ran.code, ran.stdout.splitlines()[0]) == (
        3,
        "tickiti: No Tickiti server is configured.",
    )
