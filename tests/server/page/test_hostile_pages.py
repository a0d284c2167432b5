"""A web page elsewhere can neither read the server's page nor change anything by it, in Chromium.

Two such pages are tried while the browser has a session: one on another port, and one whose name
was pointed at this machine, so that it has the same origin as the server under that name.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.support.browsers import REBOUND, chromium, foreign_site
from tests.support.desk import open_ticket
from tests.support.pages import link
from tests.support.place import Place
from tickiti_cli.contract.bundled.page import ROOT
from tickiti_cli.contract.catalogue import CATALOGUE

pytestmark = pytest.mark.faults
"""Of each test, because it attacks every path from a browser."""

SECRET = "Only the owner reads this"
OWN = sorted({row.path for row in CATALOGUE.values() if row.path.startswith("/_tickiti/")})
PAGES = [
    "/", ROOT, *(f"{ROOT}/{name}" for name in ("tickets", "outbox", "requests", "callbacks",
                                               "tokens", "faults", "events", "tickets/220009",
                                               "static/page.js", "open?code=guess")),
    "/_tickiti/healthz", "/_tickiti/readyz", "/_tickiti/docs", "/_tickiti/openapi.json",
]  # fmt: skip

ATTACK = """async ([base, paths]) => {
  const read = [];
  const note = (how, path, text) => { if (text) read.push([how, path, String(text)]); };
  for (const path of paths) {
    const url = base + path;
    for (const method of ["GET", "POST", "PUT"]) {
      for (const mode of ["cors", "no-cors", "same-origin"]) {
        if (method === "PUT" && mode === "no-cors") continue;
        const body = method === "GET" ? undefined : "{}";
        const stop = AbortSignal.timeout(4000);
        try {
          const how = { method, mode, body, credentials: "include", signal: stop };
          const reply = await fetch(url, how);
          note(`fetch ${method} ${mode} ${reply.status}`, path, reply.ok && await reply.text());
        } catch { /* refused */ }
      }
    }
  }
  return read;
}"""

EMBED = """async ([base, paths]) => {
  const done = [];
  const wait = (element, how, path) => new Promise((resolve) => {
    element.onload = () => { done.push([how, path]); resolve(); };
    element.onerror = resolve;
    setTimeout(resolve, 1500);
    document.body.append(element);
  });
  await Promise.all(paths.flatMap((path) => {
    const image = new Image();
    image.src = base + path;
    const script = document.createElement("script");
    script.src = base + path;
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = base + path;
    return [wait(image, "image", path), wait(script, "script", path), wait(style, "style", path)];
  }));
  return done;
}"""

STREAM = """async (url) => new Promise((resolve) => {
  const source = new EventSource(url, { withCredentials: true });
  source.onopen = () => resolve("open");
  source.onmessage = () => resolve("message");
  source.onerror = () => { source.close(); resolve("refused"); };
})"""

SOCKET = """async (url) => new Promise((resolve) => {
  const socket = new WebSocket(url.replace("http", "ws"));
  socket.onopen = () => resolve("open");
  socket.onerror = () => resolve("refused");
})"""

POSTED = """(url) => {
  const form = document.createElement("form");
  form.method = "post"; form.enctype = "text/plain"; form.action = url;
  const field = document.createElement("input");
  field.name = '{"ids": [1], "x": "'; field.value = '"}';
  form.append(field); document.body.append(form); form.submit();
}"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("hostile-pages"))
    found.start()
    assert open_ticket(found, SECRET) == 220009
    yield found
    found.stop()


@pytest.fixture(scope="module")
def context(place: Place) -> Iterator[BrowserContext]:
    """After the server, which cannot be started within the event loop of a browser."""
    with chromium() as browser:
        yield _signed_in(browser, place)


def _signed_in(browser: Browser, place: Place) -> BrowserContext:
    """A context with a session, which the hostile pages would like to use."""
    context = browser.new_context()
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{place.port}{link(place)}")
    page.wait_for_url("**/page/tickets")
    assert SECRET in page.inner_text("main")
    page.close()
    return context


@pytest.fixture(
    scope="module", params=["another port", "another name", "a name that was pointed here"]
)
def hostile(request: Any, context: BrowserContext, place: Place) -> Iterator[tuple[Page, str]]:
    """A page of somebody else, and the base URL under which it calls the server."""
    page = context.new_page()
    with foreign_site({"/": "<!doctype html><title>Elsewhere</title><body>"}) as port:
        if request.param == "another port":
            page.goto(f"http://127.0.0.1:{port}/")
            yield page, f"http://127.0.0.1:{place.port}"
        elif request.param == "another name":
            page.goto(f"http://{REBOUND}:{port}/")
            yield page, f"http://127.0.0.1:{place.port}"
        else:
            base = f"http://{REBOUND}:{place.port}"
            page.route(f"{base}/attack", _elsewhere)
            page.goto(f"{base}/attack")
            yield page, base


def _elsewhere(route: Route) -> None:
    """Answers as the name's owner did before he pointed it at this machine."""
    route.fulfill(content_type="text/html", body="<!doctype html><title>Elsewhere</title><body>")


def test_hostile_page_reads_nothing_by_fetch(hostile: tuple[Page, str]) -> None:
    page, base = hostile
    read = page.evaluate(ATTACK, [base, [*PAGES, *OWN]])
    assert read == []


def test_hostile_page_embeds_no_image_script_or_style(hostile: tuple[Page, str]) -> None:
    page, base = hostile
    assert page.evaluate(EMBED, [base, [*PAGES, *OWN]]) == []


def test_hostile_page_shows_the_page_in_no_frame(hostile: tuple[Page, str]) -> None:
    page, base = hostile
    for path in (f"{ROOT}/tickets", f"{ROOT}/tickets/220009/responses/1", "/_tickiti/docs"):
        page.evaluate(
            """url => new Promise(resolve => {
              const frame = document.createElement("iframe");
              frame.onload = resolve; frame.src = url; document.body.append(frame);
            })""",
            f"{base}{path}",
        )
    texts = [frame.evaluate("document.documentElement.innerText") for frame in page.frames]
    assert SECRET not in " ".join(texts)
    assert "At mile 14" not in " ".join(texts)
    assert "create_ticket" not in " ".join(texts)


def test_hostile_page_opens_no_stream_and_no_socket(hostile: tuple[Page, str]) -> None:
    page, base = hostile
    assert page.evaluate(STREAM, f"{base}{ROOT}/events") == "refused"
    assert page.evaluate(SOCKET, f"{base}{ROOT}/events") == "refused"


def test_hostile_page_reads_no_window(hostile: tuple[Page, str]) -> None:
    page, base = hostile
    with page.context.expect_page() as opened:
        page.evaluate("url => { window.held = window.open(url); }", f"{base}{ROOT}/tickets")
    opened.value.wait_for_load_state()
    text = page.evaluate(
        "() => { try { return held.document.body.innerText } catch (error) { return '' } }"
    )
    assert SECRET not in text
    opened.value.close()


@pytest.mark.parametrize("path", ["/_tickiti/tokens/revoke", f"{ROOT}/link", f"{ROOT}/tickets"])
def test_form_of_a_hostile_page_is_refused(
    hostile: tuple[Page, str], place: Place, path: str
) -> None:
    page, base = hostile
    start = page.url
    with page.expect_navigation() as moved:
        page.evaluate(POSTED, f"{base}{path}")
    assert moved.value is not None
    assert moved.value.status in (401, 403, 405)
    page.goto(start)
    assert place.post("/_tickiti/tokens/self", {})[0] == 200
