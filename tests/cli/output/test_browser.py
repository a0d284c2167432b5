"""Pages opened in a browser open no connection and do not accumulate."""

import os
import shutil
import socket
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tickiti_cli.commands.ticket.page.web_page import page_of
from tickiti_cli.errors import ConditionNotMet
from tickiti_cli.output import browser

CONNECTING = {"link", "meta", "base", "iframe", "frame", "object", "embed", "applet"}
URL = "http://127.0.0.1:9"


def hostile(url: str) -> list[str]:
    return [
        f"<link rel=preconnect href={url}>", f'<LiNK rel="prefetch" href="{url}/p">',
        f"<head><link rel=stylesheet href={url}/s.css></head>x",
        "<link rel=dns-prefetch href=//canary-dns.example>",
        f'<meta http-equiv=refresh content="0;url={url}/r">', f"<base href={url}/><img src=b.png>",
        f'<img src={url}/i srcset="{url}/j 2x">', f"<iframe src={url}/f></iframe>",
        f"<div><template shadowrootmode=open><link rel=preconnect href={url}></template></div>",
        f"<svg><foreignObject><link rel=preconnect href={url}></foreignObject></svg>",
        f"<object data={url}/o></object><embed src={url}/e><video src={url}/v poster={url}/w>",
        f'<style>@import "{url}/c";body{{background:url({url}/bg)}}</style>',
        f"<noscript><link rel=preconnect href={url}></noscript>",
        f"<!--><link rel=preconnect href={url}>-->", f"<!x><link\trel=preconnect href={url}>",
        f"<link/rel=preconnect href={url}>", f"<table><link rel=preconnect href={url}></table>",
        f"<textarea></textarea><link\n\rrel=preconnect href={url}>",
        f"<<link rel=preload href={url}>",
        f'<a title="</a><link rel=preconnect href={url}>">x</a>',
        f"</p/><link\x00 rel=x><link\x0crel=preconnect href={url}>",
    ]  # fmt: skip


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(browser.webbrowser, "open", lambda _: True)
    return tmp_path / "pages"


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.document = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.document += dict(attributes).get("srcdoc") or ""


def elements_of(text: str) -> _Elements:
    parser = _Elements()
    parser.feed(text)
    parser.close()
    return parser


@pytest.mark.parametrize("document", hostile(URL))
def test_a_shown_document_has_no_element_that_opens_a_connection(
    pages: Path, document: str
) -> None:
    text = browser.open_safely(document, title="</title><link rel=x>", folder=pages).read_text()
    outer = elements_of(text)
    assert outer.found == {"html", "head", "meta", "title", "style", "body", "iframe"}
    assert not elements_of(outer.document).found & CONNECTING
    assert "<link" not in outer.document.lower()


@contextmanager
def canary() -> Iterator[tuple[str, list[object]]]:
    """An address, and whoever has connected to it."""
    seen: list[object] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                seen.append(connection.getpeername())
                connection.close()

    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def loaded(page: Path, folder: Path, program: str) -> str:
    """Load a page as a user's browser does; what its network layer has noted."""
    noted = folder / "net.json"
    flags = (
        "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--dump-dom",
        "--virtual-time-budget=2000", "--disable-background-networking",
        "--disable-component-update", f"--user-data-dir={folder / 'profile'}",
        f"--log-net-log={noted}", page.as_uri(),
    )  # fmt: skip
    subprocess.run([program, *flags], capture_output=True, timeout=120, check=True)
    time.sleep(0.5)
    return noted.read_text()


def test_installed_browsers_open_no_connection(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is none, the test above has to do."""
    for program in filter(None, map(shutil.which, ("chromium", "google-chrome"))):
        with canary() as (url, seen):
            document = "\n".join(hostile(url))
            page = browser.open_safely(document, title="t", folder=pages)
            noted = loaded(page, tmp_path, program)
            assert (seen, "canary-dns.example" in noted) == ([], False)
            with monkeypatch.context() as patch:  # the canary sings where nothing is done
                patch.setattr(browser, "_CONNECTING", browser.re.compile("(?!)"))
                page = browser.open_safely(document, title="t", folder=pages)
            loaded(page, tmp_path, program)
            assert seen


def test_pages_stay_in_one_private_folder_and_do_not_pile_up(pages: Path) -> None:
    made = [browser.open_safely(f"page {at}", title=None, folder=pages) for at in range(20)]
    kept = sorted(pages.iterdir())
    assert len(kept) == browser.MOST_PAGES
    assert made[-1] in kept
    assert stat.S_IMODE(pages.stat().st_mode) == 0o700
    assert {stat.S_IMODE(page.stat().st_mode) for page in kept} == {0o600}
    for page in kept:
        os.utime(page, (1, 1))
    last = browser.open_safely("the last", title=None, folder=pages)
    assert list(pages.iterdir()) == [last]


def test_a_page_folder_readable_by_others_is_made_private(pages: Path) -> None:
    pages.mkdir(mode=0o755)
    browser.open_safely("x", title=None, folder=pages)
    assert stat.S_IMODE(pages.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_named(pages: Path) -> None:
    pages.write_text("a file")
    with pytest.raises(ConditionNotMet, match="Cannot write the page to"):
        browser.open_safely("x", title=None, folder=pages)


def test_a_page_with_a_lone_surrogate_is_shown(pages: Path) -> None:
    page = browser.open_safely("a\ud800b", title="\udfff", folder=pages)
    assert elements_of(page.read_text()).document == "a?b"


def test_a_ticket_of_deeply_nested_elements_is_shown_as_text_and_at_once() -> None:
    for part in ("<div>", "</b><div>", "<DIV></x>", "<b/>", "<ul><li>"):
        began = time.process_time()
        page = page_of({}, [{"html": part * 100_000}])
        assert time.process_time() - began < 10
        assert "<pre>&lt;" in page


def test_a_long_ticket_that_is_not_nested_stays_html() -> None:
    content = "<p>a<br>b <b>c</b><ul><li>d<li>e</ul>" * 20_000
    assert "<b>c</b>" in page_of({}, [{"html": content}])


def test_pages_of_mails_and_templates_are_in_a_private_folder(local: Cli, tmp_path: Path) -> None:
    seen, program = tmp_path / "seen", tmp_path / "browser"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" >{seen}\n')
    program.chmod(0o700)
    content = f"<link rel=preconnect href={URL}>Soon."
    send = ("email", "send", "--to", "a@b.example", "-s", "x", "-b", content)
    email_id = local(*send, "--body-format", "html").stdout.strip()
    ran = local("outbox", "view", email_id, "--open", BROWSER=str(program))
    page = Path(seen.read_text().removeprefix("file://"))
    assert ran == Ran(0, "", f"Opened {page}\n")
    assert page.parent == local.config / "pages"
    assert "Soon." in unescape(unescape(page.read_text()))
