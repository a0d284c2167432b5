"""Files of any type from the command line into a ticket and back; `op resume` of such writes."""

import json
import os
import subprocess
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, failure, hang_up, reply, ticket_created

PDF, PNG, SVG = b"%PDF-1.4\n\x00\xff", b"\x89PNG\r\n\x1a\nshoe", b"<svg onload='alert(1)'/>"
CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "x")
RESPOND = ("--from", "b@b.example")
MIB_25 = 25 * 1024 * 1024


def fill(folder: Path) -> None:
    (folder / "report.pdf").write_bytes(PDF)
    (folder / "sole.png").write_bytes(PNG)
    (folder / "page.svg").write_bytes(SVG)


def uploaded(content: bytes, name: str = "x") -> bytes:
    data = {"sha256": sha256(content).hexdigest(), "name": name, "file_size": len(content)}
    return reply({"ok": True, "data": data})


def listed(run: Cli, number: str) -> list[Any]:
    ran = run("attachment", "list", number, "--json")
    assert ran.code == 0, ran.stderr
    found: list[Any] = json.loads(ran.stdout)
    return found


def test_attach_embeds_images_and_uploads_the_rest(local: Cli) -> None:
    fill(local.folder)
    flags = ("--attach", "page.svg", "--attach", "report.pdf", "--file", "sole.png=left shoe.png")
    number = local(*CREATE).stdout.strip()
    done = local("ticket", "respond", number, *RESPOND, "-b", "x", *flags)
    assert (done.code, done.stderr) == (0, "")
    rows = {row["name"]: row for row in listed(local, number)}
    assert rows["report.pdf"]["sha256"] == sha256(PDF).hexdigest()
    assert rows["left shoe.png"]["sha256"] == sha256(PNG).hexdigest()
    assert rows["page.svg"]["mime_type"] == "image/svg+xml"
    ran = local("attachment", "get", number, rows["report.pdf"]["id"], "--out", "got.pdf")
    assert ran == Ran(0, "got.pdf\n", "")
    assert (local.folder / "got.pdf").read_bytes() == PDF


def test_respond_with_a_file_alone_posts_it(local: Cli) -> None:
    fill(local.folder)
    number = local(*CREATE).stdout.strip()
    assert local("ticket", "respond", number, *RESPOND, "--file", "report.pdf").code == 0
    ran = local("attachment", "list", f"#{number}")
    (row,) = listed(local, number)
    assert ran.stdout.startswith(
        f"{row['id']}\t{row['response_id']}\treport.pdf\tapplication/pdf\t"
    )
    got = local("attachment", "get", number, "--all", "--out", "all")
    assert got == Ran(0, f"{row['id']}\tall/report.pdf\t{len(PDF)}\n", "")
    ran = local("attachment", "delete", number, row["id"], "--reason", "a passport")
    assert ran.code == 2
    ran = local("attachment", "delete", number, row["id"], "--yes", "-o", "table")
    assert ran == Ran(0, f"Deleted attachment {row['id']} (report.pdf).\n", "")
    assert listed(local, number) == []


def test_files_are_uploaded_before_the_request_names_them(remote: Cli, foreign: Foreign) -> None:
    fill(remote.folder)
    foreign.answers(uploaded(PDF), ticket_created())
    assert remote(*CREATE, "--attach", 'report.pdf=a "b".pdf').code == 0
    upload, create = foreign.asked
    assert upload.line.split()[1] == "/api/v1/tickets/attachment-upload"
    assert "idempotency-key" not in upload.headers
    assert upload.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"; filename="a %22b%22.pdf"' in upload.body
    assert PDF in upload.body
    reference = {"sha256": sha256(PDF).hexdigest(), "name": 'a "b".pdf', "file_size": len(PDF)}
    assert create.line.split()[1] == "/api/v1/tickets"
    assert json.loads(create.body)["attachments"] == [reference]


def test_member_that_the_server_ignored_is_named(remote: Cli, foreign: Foreign) -> None:
    fill(remote.folder)
    data = {"ticket_number": 5, "ignored_params": ["attachments", "x"]}
    foreign.answers(uploaded(PDF), reply({"ok": True, "data": data}))
    said = "Ignored by the server: attachments, x.\n"
    assert remote(*CREATE, "--file", "report.pdf") == Ran(0, "5\n", said)


def test_dry_run_with_a_file_sends_nothing(remote: Cli, foreign: Foreign) -> None:
    fill(remote.folder)
    ran = remote("ticket", "respond", "5", *RESPOND, "--file", "report.pdf", "-n")
    assert json.loads(ran.stdout)["body"]["attachments"][0]["name"] == "report.pdf"
    assert (ran.code, foreign.asked) == (0, [])


def test_token_without_tickets_write_cannot_upload(remote: Cli, foreign: Foreign) -> None:
    fill(remote.folder)
    foreign.answers(failure(403, "missing_ability"))
    ran = remote(*CREATE, "--file", "report.pdf")
    assert (ran.code, len(foreign.asked)) == (5, 1)
    assert remote("op", "list").stdout == ""


def test_file_from_stdin_is_refused(remote: Cli, foreign: Foreign) -> None:
    ran = remote(*CREATE, "--file", "-", stdin="x")
    assert ran.code == 2
    assert ran.stderr.startswith("tickiti: --file -: name a file")
    assert remote(*CREATE, "--file", "missing") == Ran(
        2, "", "tickiti: --file missing: No such file or directory.\n"
    )
    assert foreign.asked == []


@pytest.fixture
def interrupted(remote: Cli, foreign: Foreign) -> str:
    """The id of an operation with a file, whose answer was lost."""
    fill(remote.folder)
    foreign.answers(uploaded(PDF), hang_up)
    ran = remote(*CREATE, "--file", "report.pdf", "--retries", "0")
    assert ran.code == 11
    (row,) = json.loads(remote("op", "list", "--json").stdout)
    foreign.asked.clear()
    return str(row["id"])


def test_resume_uploads_again_and_sends_the_same_bytes(
    remote: Cli, foreign: Foreign, interrupted: str
) -> None:
    foreign.answers(uploaded(PDF), ticket_created())
    ran = remote("op", "resume", interrupted, "--other-token")
    assert ran == Ran(0, f"{interrupted}\n", "")
    assert PDF in foreign.asked[-2].body
    assert b"attachments" in foreign.asked[-1].body


@pytest.mark.parametrize("content", [None, b"other"])
def test_resume_with_a_file_gone_or_changed_stays_open(
    remote: Cli, foreign: Foreign, interrupted: str, content: bytes | None
) -> None:
    path = remote.folder / "report.pdf"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    ran = remote("op", "resume", interrupted, "--other-token")
    assert (ran.code, ran.stdout) == (3, "")
    assert str(path) in ran.stderr
    assert foreign.asked == []
    assert json.loads(remote("op", "list", "--json").stdout)[0]["state"] == "pending"


def part(content: bytes, whole: bytes, *, eof: bool) -> bytes:
    found = {"id": "1", "response_id": "2", "name": "big.zip", "mime_type": "application/zip"}
    found |= {"sha256": sha256(whole).hexdigest(), "content_base64": b64encode(content).decode()}
    return reply({"ok": True, "data": {**found, "file_size": len(whole), "eof": eof}})


@pytest.mark.parametrize(("tail", "code"), [(b"b" * 7, 0), (b"c" * 7, 7)])
def test_get_asks_for_parts_of_a_large_file(
    remote: Cli, foreign: Foreign, tail: bytes, code: int
) -> None:
    whole = b"a" * 10 + b"b" * 7
    too_large = failure(413, "attachment_too_large")
    foreign.answers(too_large, part(whole[:10], whole, eof=False), part(tail, whole, eof=True))
    ran = remote("attachment", "get", "5", "1")
    assert ran.code == code, ran.stderr
    assert [json.loads(asked.body) for asked in foreign.asked[1:]] == [
        {"ticket_number": 5, "response_attachment_id": 1, "offset": offset, "length": MIB_25}
        for offset in (0, 10)
    ]
    if code == 0:
        assert (remote.folder / "big.zip").read_bytes() == whole
    else:
        assert "The attachment does not match its SHA-256 checksum." in ran.stderr


def test_get_needs_an_id_or_all(remote: Cli, foreign: Foreign) -> None:
    for flags, told in (
        ((), "Give an attachment ID or --all."),
        (("1", "--all"), "Give an attachment ID or --all, not both."),
        (("--all", "--out", "-"), "--out -: --all writes files: name a directory."),
    ):
        assert remote("attachment", "get", "5", *flags) == Ran(2, "", f"tickiti: {told}\n")
    assert not (remote.folder / "-").exists()
    assert foreign.asked == []


def test_note_and_close_take_files_of_any_type(local: Cli) -> None:
    fill(local.folder)
    number = local(*CREATE).stdout.strip()
    assert local("ticket", "note", number, *RESPOND, "--file", "report.pdf").code == 0
    flags = ("-b", "Worn", "--attach", "sole.png", "--attach", "report.pdf=bill.pdf")
    assert local("ticket", "close", number, *RESPOND, *flags) == Ran(0, f"{number}\n", "")
    names = {row["name"]: row["response_id"] for row in listed(local, number)}
    assert {"report.pdf", "bill.pdf"} <= names.keys()
    assert len(names) == 3
    responses = json.loads(local("response", "list", number, "--json").stdout)
    internal = {row["id"]: row["is_internal"] for row in responses}
    assert (internal[names["report.pdf"]], internal[names["bill.pdf"]]) == (True, False)
    shown = json.loads(local("ticket", "view", number, "--json").stdout)
    assert shown["ticket"]["status"] == "closed"


def test_several_tickets_share_one_upload(remote: Cli, foreign: Foreign) -> None:
    fill(remote.folder)
    responded = reply({"ok": True, "data": {"ticket_id": 1, "response_id": 42}})
    foreign.answers(uploaded(PDF), responded)
    assert remote("ticket", "close", "5", "6", *RESPOND, "--file", "report.pdf").code == 0
    upload, *closed = foreign.asked
    assert upload.line.split()[1] == "/api/v1/tickets/attachment-upload"
    file = {"sha256": sha256(PDF).hexdigest(), "name": "report.pdf", "file_size": len(PDF)}
    assert [(asked.line.split()[1], json.loads(asked.body)) for asked in closed] == [
        ("/api/v1/tickets/respond", {
            "ticket_number": number, "from_email": "b@b.example", "status": "closed",
            "attachments": [file],
        })
        for number in (5, 6)
    ]  # fmt: skip
    assert len(set(foreign.keys)) == 3


def test_file_that_is_not_uploaded_changes_no_ticket(remote: Cli, foreign: Foreign) -> None:
    fill(remote.folder)
    foreign.answers(failure(403, "attachment_blocked"))
    ran = remote("ticket", "note", "5", "6", *RESPOND, "--file", "report.pdf", "--json")
    assert (ran.code, ran.stdout, len(foreign.asked)) == (5, "", 1)
    assert json.loads(ran.stderr)["error"]["outcome"] == "not_applied"


def test_all_attachments_of_one_name_are_saved_under_different_names(local: Cli) -> None:
    (local.folder / "report.pdf").write_bytes(b"%PDF-1")
    create = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
    number = local(*create, "--file", "report.pdf").stdout.strip()
    respond = ("ticket", "respond", number, "--from", "a@b.example", "-b", "y")
    assert local(*respond, "--file", "report.pdf=Report.PDF").code == 0
    got = local("attachment", "get", number, "--all", "--out", "saved", "--fields", "id,path")
    (first, second) = [line.split("\t") for line in got.stdout.splitlines()]
    assert first[1] == "saved/report.pdf"
    assert second[1] == f"saved/Report-{second[0]}.PDF"
    assert len([*(local.folder / "saved").iterdir()]) == 2


@pytest.mark.parametrize("flag", ["--file", "--attach"])
def test_pipe_is_refused_because_a_file_is_read_twice(
    remote: Cli, foreign: Foreign, flag: str
) -> None:
    pipe = remote.folder / "pipe"
    fill(remote.folder)
    os.mkfifo(pipe)
    said = f"{flag} pipe: must be a regular file, because it is read more than once."
    hint = "Save the content to a file first."
    writer = subprocess.Popen(["sh", "-c", "cat page.svg >pipe"], cwd=remote.folder)
    try:
        ran = remote(*CREATE, flag, "pipe=report.pdf")
        assert ran == Ran(2, "", f"tickiti: {said}\n{hint}\n")
    finally:
        writer.kill()
        writer.wait()
    assert foreign.asked == []


@pytest.mark.parametrize("words", [("{id}", "--out", "x"), ("--all", "--out", "found")])
def test_review_is_asked_for_with_the_file_and_the_flag(local: Cli, words: tuple[str, ...]) -> None:
    (local.folder / "a.bin").write_bytes(PDF)
    number = local(*CREATE).stdout.strip()
    assert local("ticket", "respond", number, *RESPOND, "--file", "a.bin").code == 0
    (row,) = listed(local, number)
    get = ("attachment", "get", number, *(word.format(**row) for word in words))
    ran = local(*get)
    name = " ('a.bin')" if "--all" in words else ""
    said = f"Attachment {row['id']}{name} needs a review."
    hint = "To download it after your review: --accept-review"
    assert ran == Ran(8, "", f"tickiti: {said}\n{hint}\n")
    assert local(*get, "--accept-review").code == 0


def test_all_but_the_files_to_review_are_saved_and_the_repeat_goes_on(local: Cli) -> None:
    number = local(*CREATE).stdout.strip()
    for name, content in (("a.bin", PNG), ("b.pdf", PDF), ("A.BIN", SVG)):
        (local.folder / name).write_bytes(content)
        assert local("ticket", "respond", number, *RESPOND, "--file", name).code == 0
    ids = {row["name"]: row["id"] for row in listed(local, number)}
    get = ("attachment", "get", number, "--all", "--out", "found", "--fields", "path")
    ran = local(*get)
    both = f"{ids['a.bin']} ('a.bin') and {ids['A.BIN']} ('A-{ids['A.BIN']}.BIN')"
    said = f"tickiti: Attachments {both} need a review."
    assert (ran.code, ran.stdout) == (8, "found/b.pdf\n")
    assert ran.stderr.splitlines()[0] == said
    ran = local(*get, "--accept-review")
    assert (ran.code, len(ran.stdout.splitlines()), ran.stderr) == (0, 3, "")
    assert (local.folder / "found" / "a.bin").read_bytes() == PNG
    assert len([*(local.folder / "found").iterdir()]) == 3
    (local.folder / "found" / "b.pdf").write_bytes(b"mine")
    assert local(*get, "--accept-review").code == 2
    assert (local.folder / "found" / "b.pdf").read_bytes() == b"mine"
