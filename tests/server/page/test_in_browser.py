"""The server's page as a person uses it, in headless Chromium."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.browsers import chromium
from tests.support.desk import done, open_ticket, respond
from tests.support.pages import link
from tests.support.place import Place, mail, ticket
from tests.support.receiver import Receiver
from tests.support.waiting import wait_until
from tickiti_cli.contract.bundled.page import ROOT, View

PATIENCE = 30_000
"""Milliseconds that a busy machine may take for a step."""

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("browser"))
    found.start("--demo", "--record-bodies", "--allow-callback", "127.0.0.1")
    yield found
    found.stop()


@pytest.fixture(scope="module")
def browser(place: Place) -> Iterator[Browser]:
    """After the server, which cannot be started within the event loop of a browser."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def base(place: Place) -> str:
    return f"http://127.0.0.1:{place.port}"


def signed_in(browser: Browser, place: Place, **more: Any) -> tuple[BrowserContext, Page]:
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 860}, **more})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{place.port}{link(place)}")
    page.wait_for_url("**/page/tickets")
    return context, page


@pytest.fixture(scope="module")
def context(browser: Browser, place: Place) -> Iterator[BrowserContext]:
    found, page = signed_in(browser, place)
    page.close()
    yield found
    found.close()


@pytest.fixture
def page(context: BrowserContext, base: str) -> Iterator[Page]:
    found = context.new_page()
    troubles: list[str] = []
    found.on("pageerror", lambda error: troubles.append(str(error)))
    found.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    found.goto(f"{base}{ROOT}/tickets")
    yield found
    found.close()
    assert troubles == []


def test_link_signs_in_once(browser: Browser, place: Place, base: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(base)
    expect(page.locator("h1")).to_have_text("Open this page from a terminal")
    path = link(place, "outbox")
    page.goto(f"{base}{path}")
    page.wait_for_url("**/page/outbox")
    expect(page.locator("h1")).to_have_text("Outgoing mail")
    assert page.evaluate("document.cookie") == ""
    stranger = browser.new_context()
    used = stranger.new_page()
    used.goto(f"{base}{path}")
    expect(used.locator("h1")).to_have_text("This link no longer works")
    for found in (context, stranger):
        found.close()


def test_filters_narrow_the_list(page: Page) -> None:
    rows = page.locator("a.row")
    every = rows.count()
    page.select_option("select[name=status]", "closed")
    page.wait_for_url("**/tickets?status=closed")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Two left shoes in the box")
    page.click("a.clear")
    expect(rows).to_have_count(every)
    page.fill("input[name=search]", "mile 14")
    page.press("input[name=search]", "Enter")
    page.wait_for_url("**/tickets?search=mile+14")
    expect(rows).to_have_count(1)


def test_thread_is_read_in_frames_as_high_as_their_text(page: Page) -> None:
    page.click("text=Carbon plate cracked")
    page.wait_for_url(f"**{ROOT}/tickets/220009")
    first = page.frame_locator("iframe.document").first
    expect(first.locator("body")).to_contain_text("snapped at mile 14")
    heights = page.locator("iframe.document").evaluate_all(
        "frames => frames.map(f => f.clientHeight - f.contentDocument.body.offsetHeight)"
    )
    assert all(0 <= spare < 25 for spare in heights), heights
    picture = page.frame_locator("iframe.document >> nth=1").locator("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 0
    note = page.locator(".is-internal-note:not(.is-audit)").first
    expect(note).to_contain_text("Internal note")


def test_mail_arrives_while_the_list_is_open(page: Page, place: Place, base: str) -> None:
    page.goto(f"{base}{ROOT}/outbox")
    expect(page.locator("#live")).to_have_text("Live")
    first = page.locator("a.row").first
    kept = first.element_handle()
    sent = {**mail("It has just arrived"), "mailbox": "local"}
    assert place.post("/api/send_email", sent, "arrives")[0] == 200
    expect(first).to_contain_text("It has just arrived")
    assert kept is not None
    assert kept.evaluate("row => row.isConnected"), "what has not changed stays as it is"
    first.click()
    expect(page.frame_locator("iframe.document").locator("body")).to_contain_text("A new pair.")
    page.click(".tabs >> text=Source")
    expect(page.locator("pre.sheet")).to_contain_text("MIME-Version")


def test_response_arrives_and_the_read_ones_stay(page: Page, place: Place, base: str) -> None:
    number = open_ticket(place, "Followed")
    page.goto(f"{base}{ROOT}/tickets/{number}")
    expect(page.locator("#live")).to_have_text("Live")
    page.frame_locator("iframe.document").locator("body").evaluate("body => body.id = 'read'")
    respond(place, number, "Another one")
    expect(page.locator(".thread > li")).to_have_count(2)
    last = page.frame_locator("iframe.document >> nth=1").locator("body")
    expect(last).to_have_text("Another one")
    expect(page.frame_locator("iframe.document >> nth=0").locator("body#read")).to_be_visible()


def test_copied_command_works_when_pasted(
    context: BrowserContext, page: Page, place: Place, base: str, tmp_path: Path
) -> None:
    first = place.post("/api/create_ticket", ticket('It\'s "copied"'), "copied")
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=base)
    page.goto(f"{base}{ROOT}/requests")
    page.click("a.row >> nth=0")
    page.click("text=Copy as curl")
    expect(page.locator("[data-copy]")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    program = tmp_path / "tickiti"
    program.write_text(f"#!/bin/sh\necho '{place.token}'\n")
    program.chmod(0o700)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", copied], capture_output=True, check=True, timeout=60,
        env={**place.environment, "PATH": path},
    )  # fmt: skip
    assert json.loads(done.stdout)["data"] == json.loads(first[2])["data"]


def test_keyboard_reads_the_list_and_goes_to_every_view(page: Page) -> None:
    rows = page.locator("a.row")
    for key in ("j", "j", "k"):
        page.keyboard.press(key)
    expect(rows.first).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/2*")
    page.keyboard.press("u")
    page.wait_for_url("**/page/tickets")
    for number, view in [*enumerate(View, start=1)][1:]:
        page.keyboard.press("g")
        page.keyboard.press(str(number))
        page.wait_for_url(f"**/page/{view}")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("1")
    page.wait_for_url("**/page/tickets")
    page.keyboard.press("/")
    page.keyboard.type("j?u")
    expect(page.locator("input[name=search]")).to_have_value("j?u")


def answered(place: Place, text: str) -> str:
    """The ID of a webhook that was answered with a text."""
    with Receiver() as receiver:
        receiver.status, receiver.body = 200, text.encode()
        receiver.headers = {"X-Text": text}
        body = {"intervention": "discount_request", "url": receiver.url}
        status, _, raw = place.post("/_tickiti/callbacks/trigger", body)
        assert status == 200, raw
        found: str = json.loads(raw)["data"]["id"]
        done = "SELECT count(*) FROM callback_attempt WHERE callback_id = :id"
        wait_until(lambda: place.value(done, {"id": found}))
    return found


WIDE = "w" * 180
LIGHT, DARK = "rgb(245, 247, 248)", "rgb(14, 19, 23)"


def test_no_view_scrolls_sideways_on_a_phone_and_each_has_a_dark_form(
    page: Page, place: Place, base: str
) -> None:
    number = open_ticket(place, WIDE, data={"content": f"<pre>{WIDE}{WIDE}</pre>"})
    assert place.post("/api/send_email", {**mail(WIDE), "mailbox": "local"}, "wide")[0] == 200
    paths = [*View, "tickets/220009", f"tickets/{number}", f"callbacks/{answered(place, WIDE)}"]
    for view in ("outbox", "requests"):
        page.goto(f"{base}{ROOT}/{view}")
        path = page.locator("a.row").first.get_attribute("href")
        paths.append(str(path).removeprefix(f"{ROOT}/"))
    for path in paths:
        page.goto(f"{base}{ROOT}/{path}")
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            spare = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert spare <= 0, (path, width)
        for scheme, ground in (("dark", DARK), ("light", LIGHT)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            shown = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert shown == ground, path


CONTRAST = """frame => {
  const light = colour => colour.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + +part, 0);
  const paper = getComputedStyle(frame).backgroundColor;
  return Math.abs(light(getComputedStyle(frame.contentDocument.body).color) - light(paper));
}"""


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_mail_without_colours_is_legible(page: Page, place: Place, base: str, scheme: Any) -> None:
    """It takes the colours of the page, the text and the paper alike."""
    page.emulate_media(color_scheme=scheme)
    sent = {**mail("No colours"), "content": "<p>Plain words.</p>", "mailbox": "local"}
    assert place.post("/api/send_email", sent, f"plain {scheme}")[0] == 200
    page.goto(f"{base}{ROOT}/outbox?subject=No+colours")
    page.locator("a.row").first.click()
    expect(page.frame_locator("iframe").locator("p")).to_have_text("Plain words.")
    assert page.locator("iframe").evaluate(CONTRAST) > 400


FIRST_AND_LAST = """element => {
  const text = element.firstChild, range = document.createRange();
  const left = (from, to) => {
    range.setStart(text, from); range.setEnd(text, to);
    return range.getBoundingClientRect().left;
  };
  return [left(0, 1), left(text.length - 1, text.length)];
}"""
HEBREW, ENGLISH = "\u05e9\u05dc\u05d5\u05dd \u05dc\u05db\u05dd (5)!", "Hello (5)!"


def test_text_from_right_to_left_ends_on_its_left(page: Page, place: Place, base: str) -> None:
    html = f"<p>{HEBREW}</p><p>{ENGLISH}</p><p align=center>{HEBREW}</p>"
    number = open_ticket(place, HEBREW, data={"content": html})
    page.goto(f"{base}{ROOT}/tickets/{number}")
    words = page.frame_locator("iframe").locator("p")
    assert words.nth(2).evaluate("p => getComputedStyle(p).textAlign") in (
        "center",
        "-webkit-center",
    )
    right = [page.locator("h1"), words.nth(0)]
    for found in right:
        first, last = found.evaluate(FIRST_AND_LAST)
        assert last < first
    first, last = words.nth(1).evaluate(FIRST_AND_LAST)
    assert first < last
    page.goto(f"{base}{ROOT}/tickets")
    first, last = page.locator(".subject", has_text=HEBREW).evaluate(FIRST_AND_LAST)
    assert last < first


def test_deleted_ticket_leaves_the_page_and_a_forgotten_request_stays(
    context: BrowserContext, place: Place, base: str
) -> None:
    """Not by the fixture `page`: the browser reports each answer 404."""
    number = open_ticket(place, "To be deleted")
    first, second = context.new_page(), context.new_page()
    first.goto(f"{base}{ROOT}/requests")
    first.locator("a.row").first.click()
    request = first.inner_text("h1")
    second.goto(f"{base}{ROOT}/tickets/{number}")
    for found in (first, second):
        expect(found.locator("#live")).to_have_text("Live")
    first.route("**/requests/*", lambda route: route.fulfill(status=404))
    with first.expect_response("**/requests/*"):
        done(place, "delete", {"ticket_numbers": [number]})
    expect(second.locator("h1")).to_have_text(f"Ticket {number} not found.")
    assert first.inner_text("h1") == request
    first.close()
    second.close()


def test_print_has_the_thread_without_the_navigation(page: Page, base: str) -> None:
    page.goto(f"{base}{ROOT}/tickets/220009")
    page.emulate_media(media="print")
    expect(page.locator("aside")).to_be_hidden()
    expect(page.locator("iframe").first).to_be_visible()
    assert page.locator("main").evaluate("main => main.getBoundingClientRect().left") == 0
    page.emulate_media(media="screen")


def test_page_of_an_ended_session_says_how_to_open_another(browser: Browser, place: Place) -> None:
    """As after a restart of the server: it refuses the stream, and nothing tells of a change."""
    context, page = signed_in(browser, place)
    expect(page.locator("#live")).to_have_text("Live")
    context.clear_cookies()
    page.evaluate("() => { disconnect(); connect(); }")
    expect(page.locator("h1")).to_have_text("Open this page from a terminal")
    context.close()


def test_way_back_shows_the_filters_of_the_list(page: Page) -> None:
    page.locator("input[name=search]").fill("nothing has this")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Nothing matches these filters.")
    page.go_back()
    expect(page.locator("a.row").first).to_be_visible()
    expect(page.locator("input[name=search]")).to_have_value("")
    page.go_forward()
    expect(page.locator("input[name=search]")).to_have_value("nothing has this")
