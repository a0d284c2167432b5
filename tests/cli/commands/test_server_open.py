"""`tickiti server open`: a link to the server's page, which nobody else on the machine sees."""

import json
import re
import urllib.request
from pathlib import Path

import pytest

from tests.support.cli import Cli
from tickiti_cli.contract.bundled.page import ROOT, View


@pytest.fixture
def browser(tmp_path: Path) -> Path:
    """A browser that writes down the address that it is given."""
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" >{tmp_path}/seen\n')
    program.chmod(0o700)
    return program


def answered(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as reply:
        text: str = reply.read().decode()
    return text


@pytest.mark.one_node
@pytest.mark.parametrize("view", ["", *View])
def test_printed_link_leads_to_the_view(local: Cli, view: str) -> None:
    ran = local("server", "open", *([view] if view else []), "--no-browser")
    assert (ran.code, ran.stderr) == (0, "")
    assert f"url={ROOT}/{view or 'tickets'}" in answered(ran.stdout.strip())


def test_link_is_a_field_of_json(local: Cli) -> None:
    found = json.loads(local("server", "open", "--no-browser", "--json").stdout)
    assert re.fullmatch(rf"http://127\.0\.0\.1:\d+{ROOT}/open\?code=[\w-]{{43}}", found["url"])


@pytest.mark.one_node
def test_browser_is_led_by_a_private_page_and_not_by_its_arguments(
    local: Cli, browser: Path
) -> None:
    ran = local("server", "open", "outbox", BROWSER=str(browser))
    assert ran.code == 0
    assert ran.stdout == ""
    assert re.fullmatch(rf"Opened http://127\.0\.0\.1:\d+{ROOT}/outbox\n", ran.stderr)
    address = (browser.parent / "seen").read_text()
    assert address.startswith("file:///")
    assert "code=" not in address
    page = Path(address.removeprefix("file://"))
    assert (page.stat().st_mode & 0o777, page.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    (link,) = set(re.findall(r"http://[^\"]+", page.read_text()))
    assert f"url={ROOT}/outbox" in answered(link)


def test_without_a_browser_the_link_can_be_printed(local: Cli) -> None:
    ran = local("server", "open", BROWSER="false")
    assert (ran.code, ran.stdout) == (13, "")
    assert "tickiti server open --no-browser" in ran.stderr


def test_unknown_view_error_lists_all_views(local: Cli) -> None:
    ran = local("server", "open", "mails", "--no-browser")
    assert (ran.code, ran.stdout) == (2, "")
    assert all(view in ran.stderr for view in View)


def test_page_and_vendor_only_contradict_each_other(run: Cli) -> None:
    ran = run("server", "start", "--vendor-only", "--page")
    assert ran.code == 2
    assert "--page and --vendor-only contradict each other" in ran.stderr
