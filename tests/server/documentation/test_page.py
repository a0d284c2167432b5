"""The page at /_tickiti/docs teaches the whole API to a newcomer, without another request."""

import html
import json
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.multipart import PNG
from tests.support.place import Place
from tests.support.stage import STAGES
from tickiti_cli.contract.bundled.page import ROOT
from tickiti_cli.contract.catalogue import CATALOGUE, FAMILIES
from tickiti_cli.contract.endpoint import Ability
from tickiti_cli.contract.errors import BY_CODE
from tickiti_server.documentation.page.endpoint import SAMPLE_FILE

SERVED = [row for row in CATALOGUE.values() if row.served]
VOID = {"meta", "link", "br", "wbr"}
LOADING = {"src", "href", "srcset", "action", "data", "poster", "background", "style"}
OUR_OWN = re.compile(r"#[\w.-]+|/_tickiti/openapi\.json|data:,")
SECTION = re.compile(r'<section class="endpoint" id="endpoint-([^"]+)">(.*?)</section>', re.DOTALL)
COMMAND = re.compile(r"<pre[^>]*><code>(curl .*?)</code>", re.DOTALL)


@dataclass
class Page(HTMLParser):
    """What is on a page: its tags in order, what each would load, the ids that links can name."""

    open_tags: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    loads: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [value or "" for name, value in attrs if name in LOADING]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("docs"))
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def served(place: Place) -> tuple[dict[str, str], str]:
    """Headers and text of the page."""
    status, headers, raw = place.get("/_tickiti/docs")
    assert status == 200
    return headers, raw.decode()


@pytest.fixture(scope="module")
def text(served: tuple[dict[str, str], str]) -> str:
    return served[1]


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    found = Page()
    found.feed(text)
    return found


def test_page_has_each_endpoint_once(text: str) -> None:
    assert sorted(name for name, _ in SECTION.findall(text)) == sorted(row.name for row in SERVED)


def test_page_lists_the_unserved_endpoints(text: str) -> None:
    listed = re.findall(r"<li><code>(/[^<]+)</code></li>", text)
    assert listed == [row.path for row in CATALOGUE.values() if not row.served]


def test_page_has_each_code_in_the_table_of_errors(text: str) -> None:
    table = text.partition('<table class="failures">')[2].partition("</table>")[0]
    assert set(re.findall(r'<th scope="row"><code>(\w+)</code>', table)) == set(BY_CODE)


def test_page_shows_each_ability_with_its_endpoints(text: str) -> None:
    table = text.partition('<table class="abilities">')[2].partition("</table>")[0]
    listed = re.findall(r'<th scope="row"><code>([^<]+)</code>', table)
    assert set(listed) == {need.value for row in SERVED for need in row.needs}
    opened = {
        ability: re.findall(r'href="#(?:endpoint-|family-)([^"]+)"', row)
        for ability, row in re.findall(
            r'<th scope="row"><code>([^<]+)</code></th><td>(.*?)</td>', table
        )
    }
    for ability, named in opened.items():
        assert named == told_of(Ability(ability))
    assert "mail" in opened[Ability.MAIL_WRITE]
    assert "mail.mailboxes.index" in opened[Ability.MAIL_READ]


def told_of(ability: Ability) -> list[str]:
    """The families that an ability opens as a whole, and its endpoints in the others."""
    told = []
    for name, family in FAMILIES.items():
        asking = [row for row in family.ROWS if row in SERVED and row.needs]
        mine = [row.name for row in asking if ability in row.needs]
        told += [name] if len(mine) == len(asking) > 1 else mine
    return told


def test_alternative_shape_of_a_body_has_a_working_example(place: Place, text: str) -> None:
    sections = dict(SECTION.findall(text))
    shapes = {
        (name, sample)
        for name, part in sections.items()
        for sample in re.findall(r'Example body of this shape"><code>(.*?)</code>', part, re.DOTALL)
    }
    assert {name for name, _ in shapes} >= {"create_ticket", "send_email"}
    for name, sample in shapes:
        body = json.loads(html.unescape(sample))
        reply = json.loads(place.post(CATALOGUE[name].path, body, f"shape of {name}")[2])
        assert reply["code"] in ("template_not_found", "intervention_not_found"), reply


def test_page_shows_the_role_of_an_endpoint(text: str) -> None:
    told = {
        name: re.findall(r"<dt>Role</dt><dd><code>(\w+)</code>", part)
        for name, part in SECTION.findall(text)
    }
    assert told == {
        row.name: ["sysadmin"] if row.sysadmin else [row.role.name.lower()] if row.role else []
        for row in SERVED
    }


def test_page_shows_list_members_and_no_empty_table(text: str) -> None:
    sent = dict(SECTION.findall(text))["mail.sent_mail.list"]
    assert '<th scope="row"><code>[].sent_at</code></th>' in sent
    assert "<tbody></tbody>" not in text


def test_page_loads_nothing_else(page: Page, served: tuple[dict[str, str], str]) -> None:
    headers, text = served
    assert [found for found in page.loads if not OUR_OWN.fullmatch(found)] == []
    assert page.tags.isdisjoint({"script", "iframe", "img", "object", "form", "base"})
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert re.findall(r"url\(|@import", style) == []
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert headers["content-security-policy"] == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"


def test_page_tags_are_closed_and_links_resolve(page: Page) -> None:
    assert page.open_tags == []
    assert len(page.ids) == len(set(page.ids))
    targets = {found[1:] for found in page.loads if found.startswith("#")}
    assert targets - set(page.ids) == set()


def test_page_has_no_unfilled_placeholder(text: str) -> None:
    assert re.findall(r"\$\w+|any\.invalid", text) == []


def test_malformed_host_is_not_written_into_the_page(place: Place, tmp_path: Path) -> None:
    assert place.get("/_tickiti/docs", Host='x"><script>')[0] == 400
    status, _, raw = place.get("/_tickiti/docs", Host="x';alert(1)")
    assert (status, b"alert" in raw) == (404, False)
    proxied = Place(tmp_path)
    proxied.start("--behind-proxy")
    status, _, raw = proxied.get("/_tickiti/docs", Host="x';alert(1)")
    proxied.stop()
    assert (status, b"alert" in raw) == (200, False)
    assert f"http://127.0.0.1:{proxied.port}/api/create_ticket".encode() in raw


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_page_commands_work_when_pasted(place: Place, text: str) -> None:
    first, *_ = COMMAND.findall(text)
    (place.folder / SAMPLE_FILE).write_bytes(PNG)
    commands = {"": first} | {
        name: COMMAND.findall(part)[0] for name, part in SECTION.findall(text)
    }
    for name, command in commands.items():
        pasted = html.unescape(command).replace("YOUR_TOKEN", place.token)
        done = subprocess.run(
            ["sh", "-c", pasted],
            cwd=place.folder,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        reply = json.loads(done.stdout)
        is_refused = isinstance(reply, dict) and reply.get("ok") is False
        # Some are about a token, an e-mail or a user that is not there yet.
        assert not is_refused or name in STAGES, (pasted, reply)


def test_root_address_leads_to_the_page(place: Place) -> None:
    status, headers, raw = place.get("/")
    assert (status, headers["location"], raw) == (303, f"{ROOT}/tickets", b"")
    assert json.loads(place.post("/", {})[2])["code"] == "not_found"
