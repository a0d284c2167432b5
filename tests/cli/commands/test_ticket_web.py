"""`ticket view --web`: the page of the install, or an offline copy with its images."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.support.cli import Cli, Ran
from tickiti_cli.commands.ticket.page.web_page import page_of
from tickiti_cli.config.addresses import is_web_url

PNG = b"\x89PNG\r\n\x1a\nsole"
TICKET = {"number": 7, "subject": "<i>Cracked</i>", "status": "open", "queue_name": "Sales"}


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A browser that writes down the address that it is given."""
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" >{tmp_path}/seen\n')
    program.chmod(0o700)
    return program


def seen(browser: Path) -> str:
    return (browser.parent / "seen").read_text()


@pytest.mark.parametrize(
    "url",
    [
        "https://support.example/tickets/{number}",
        "https://support.example:8443/?ticket={number}#thread",
        "http://127.0.0.1:8642/t/{number}",
        "http://localhost/{number}",
    ],
)
def test_a_web_url_is_https_or_loopback_with_the_number(url: str) -> None:
    assert is_web_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://support.example/{number}", "https://support.example/", "javascript:alert({number})",
        "file:///etc/{number}", "https://{number}.example/", "https://a@b.example/{number}",
        "https://support.example/{number}/{number}", "https://support.example/{number}{id}",
        "https://support.example/ {number}", "https:///{number}", "--help {number}", "",
        "https://support.example\\@evil.example/{number}",
    ],
)  # fmt: skip
def test_any_other_web_url_is_refused(url: str) -> None:
    assert not is_web_url(url)


def test_web_opens_the_page_of_the_install(run: Cli, browser: Path) -> None:
    run.configure(
        'default_profile = "far"\n[profiles.far]\nbase_url = "https://support.example"\n'
        'web_url = "https://support.example/tickets/{number}?from=cli"\n'
    )
    ran = run("ticket", "view", "220009", "--web", BROWSER=str(browser))
    assert ran == Ran(0, "", "Opened https://support.example/tickets/220009?from=cli\n")
    assert seen(browser) == "https://support.example/tickets/220009?from=cli"


def test_a_ticket_on_a_terminal_ends_with_its_web_address(local: Cli) -> None:
    made = local("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "x")
    number = made.stdout.strip()
    address = "https://support.example/tickets/{number}"
    assert "In a browser" not in local("ticket", "view", number, "-o", "table").stderr
    local("config", "set", "profiles.local.web_url", address)
    ran = local("ticket", "view", number, "-o", "table")
    assert (ran.code, ran.stderr) == (0, f"In a browser: {address.format(number=number)}\n")
    assert local("ticket", "view", number).stderr == ""
    local("config", "set", "profiles.local.web_url", "--unset")


WRONG = (
    "'http://a.example/{number}' is not an https:// address with {number}, such as "
    "https://support.example/tickets/{number}."
)


def test_a_wrong_web_url_is_refused_where_it_is_set_and_where_it_is_read(local: Cli) -> None:
    name = "profiles.local.web_url"
    ran = local("config", "set", name, "http://a.example/{number}")
    assert ran == Ran(2, "", f"tickiti: {name} {WRONG}\n")
    assert local("config", "set", name, "https://a.example/{number}").code == 0
    config = local.config / "config.toml"
    text = config.read_text().replace("https://a", "http://a")
    config.write_text(text)
    line = text[: text.index("web_url")].count("\n") + 1
    ran = local("ticket", "view", "7", "--web")
    assert (ran.code, ran.stdout) == (3, "")
    assert ran.stderr.startswith(
        f"tickiti: {config}, line {line}: web_url of profile 'local': {WRONG}"
    )


def test_without_a_web_url_the_copy_has_the_images_of_the_ticket(local: Cli, browser: Path) -> None:
    (local.folder / "sole.png").write_bytes(PNG)
    made = local("ticket", "create", "--from", "a@b.example", "-s", "Cracked", "-b", "x",
                 "--attach", "sole.png")  # fmt: skip
    ran = local("ticket", "view", made.stdout.strip(), "--web", BROWSER=str(browser))
    page = Path(seen(browser).removeprefix("file://"))
    assert ran == Ran(0, "", f"Opened {page}\n")
    text = unescape(page.read_text())
    assert 'src="data:image/png;base64,iVBORw0KGgpzb2xl"' in text
    assert "Attached: sole.png (attachment " in text


def test_a_page_shows_embedded_images_and_no_others() -> None:
    html = "<img src='cid:AB'><img src='cid:cd'><img src=https://x.example/a.png><img src=data:x>"
    page = page_of(TICKET, [{"html": html}], images={"ab": "data:image/png;base64,AAAA"})
    sources = re.findall(r'<img src="([^"]*)">', page)
    assert sources[0] == "data:image/png;base64,AAAA"
    assert [source for source in sources[1:] if "image not loaded" not in unquote(source)] == []
    assert (page.count("src="), len(sources)) == (4, 4)
    assert "x.example" not in page
    assert "images of other servers are not loaded" in page


def test_a_wide_table_and_code_scroll_in_their_own_frame() -> None:
    style = page_of(TICKET, []).partition("</style>")[0]
    assert "table { display: block; overflow-x: auto" in style
    assert "pre { overflow-x: auto" in style


@pytest.mark.parametrize("url", ["data:text/html,x", "cid:ab", " DATA:x", "javascript:x()"])
def test_a_link_of_a_page_leads_to_no_data(url: str) -> None:
    assert "href" not in page_of(TICKET, [{"html": f"<a href='{url}'>x</a>"}])


def test_a_ticket_page_shows_state_roles_and_changes_escaped() -> None:
    audit = [{"what": "status", "from": "open", "to": "<b>"}]
    page = page_of(
        TICKET,
        [
            {"html": "a", "is_internal": True, "created_by_email": "<x>"},
            {"html": "", "audit": audit, "created_by_email": "anna@b.example"},
            {"html": ""},
        ],
    )
    assert "<h1>&lt;i&gt;Cracked&lt;/i&gt; <small>#7</small></h1>" in page
    assert '<p class="state">open \u00b7 Sales \u00b7 unassigned</p>' in page
    assert '<section class="note">\n' not in page
    assert '<section class="note"><p class="head"><b>&lt;x&gt;</b> internal note</p>a' in page
    changed = "anna@b.example changed the status from open to &lt;b&gt;, "
    assert f'<p class="change">{changed}' in page
    assert page.count("<section") == 1
