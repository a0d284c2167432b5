"""`tickiti stock-response` and `tickiti faq`: ready answers for staff and for everybody."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply


def test_stock_response_is_made_found_changed_and_deleted(local: Cli) -> None:
    name = f"refund.{uuid4().hex}"
    flags = ("--category", "Refunds", "--keywords", f"money,{name}", "--content-file", "-")
    made = local("stock-response", "create", name, *flags, stdin="<p>It is on its way.</p>")
    assert made == Ran(0, f"{name}\n", "")
    listed = local("stock-response", "list", "--search", name, "--fields", "identifier,category")
    assert listed == Ran(0, f"{name}\tRefunds\n", "")
    done = Ran(0, f"{name}\n", "")
    assert local("stock-response", "edit", name, "-s", "Money", "--disable") == done
    shown = json.loads(local("stock-response", "view", name, "--json").stdout)
    assert (shown["subject"], shown["is_enabled"], shown["category"]) == ("Money", False, "Refunds")
    assert "on its way" in shown["content"]
    gone = local("stock-response", "delete", name, "--yes")
    assert gone == done
    missing = f"tickiti: There is no stock response '{name}'.\nSee: tickiti stock-response list\n"
    assert local("stock-response", "view", name) == Ran(6, "", missing)


def test_stock_response_edit_without_changes_is_refused(local: Cli) -> None:
    sentence = "Nothing to change: add --subject, --content-file or another flag."
    ran = local("stock-response", "edit", "x")
    assert ran == Ran(2, "", f"tickiti: {sentence}\n")


PNG = b"\x89PNG\r\n\x1a\nsole"

ROWS = [{"id": "7", "title": "refund.sent"}]


@pytest.mark.parametrize("body", [ROWS, {"data": ROWS}, {"stock_responses": ROWS}])
def test_stock_response_with_a_title_alone_is_found(
    remote: Cli, foreign: Foreign, body: Any
) -> None:
    foreign.answers(reply(body), reply({"id": "7", "content": "x"}))
    ran = remote("stock-response", "view", "refund.sent", "--fields", "id,content")
    assert ran == Ran(0, "7\tx\n", "")


def test_stock_response_create_with_a_bare_reply_is_done(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True}))
    ran = remote("stock-response", "create", "refund.sent", "--category", "Refunds")
    assert ran == Ran(0, "refund.sent\n", "")


def test_faq_list_asks_by_get_without_a_token(remote: Cli, foreign: Foreign) -> None:
    rows = [{"id": "7", "subject": "How do I return shoes?"}]
    foreign.answers(reply({"ok": True, "data": {"faqs": rows}}))
    assert remote("faq", "list") == Ran(0, "7\t\t\tHow do I return shoes?\n", "")
    (asked,) = foreign.asked
    assert asked.line == "GET /api/v1/faqs HTTP/1.1"
    assert (asked.body, "authorization" in asked.headers) == (b"", False)


def test_faq_list_shows_the_enabled_faqs(local: Cli) -> None:
    subject = f"How {uuid4().hex}?"
    body = {"type": "faq", "subject": subject, "content": "<p>By post.</p>"}
    assert local("api", "templates.create", "--input", "-", stdin=json.dumps(body)).code == 0
    rows = json.loads(local("faq", "list", "--json").stdout)
    assert "By post." in next(row["content"] for row in rows if row["subject"] == subject)


def test_stock_response_image_prints_the_tag_of_the_stored_image(local: Cli) -> None:
    name = f"refund.{uuid4().hex}"
    assert local("stock-response", "create", name, "--category", "Refunds").code == 0
    (local.folder / "sole.png").write_bytes(PNG)
    ran = local("stock-response", "image", name, "sole.png")
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout.startswith("<img ")
    (local.folder / "note.txt").write_text("x")
    ran = local("stock-response", "image", name, "note.txt")
    assert (ran.code, ran.stdout) == (7, "")
    ran = local("stock-response", "image", name, "missing.png")
    assert ran == Ran(2, "", "tickiti: FILE missing.png: No such file or directory.\n")
