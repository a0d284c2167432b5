"""Who may see the server's page: one link, one session, this machine, its own origin."""

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from tests.support.desk import open_ticket
from tests.support.pages import LINK, link, sign_in
from tests.support.peculiar import PeculiarPlace
from tests.support.place import Place
from tests.support.users import new_user, token_for
from tickiti_cli.contract.bundled.page import ROOT, View
from tickiti_cli.contract.endpoint import Role
from tickiti_server.auth.page_sessions import LINK_SECONDS, MOST, SESSION_SECONDS, PageSessions
from tickiti_server.page.events import MOST_STREAMS

SUBJECT = "A subject that only the page shows"
PATHS = [ROOT, f"{ROOT}/", *(f"{ROOT}/{view}" for view in View), f"{ROOT}/events"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("page"))
    found.start()
    open_ticket(found, SUBJECT)
    yield found
    found.stop()


@pytest.fixture(scope="module")
def cookie(place: Place) -> str:
    return sign_in(place)


def test_root_address_redirects_to_the_page(place: Place) -> None:
    status, headers, _ = place.get("/")
    assert (status, headers["location"]) == (303, f"{ROOT}/tickets")


def test_link_opens_a_session_once(place: Place) -> None:
    path = link(place, "outbox")
    status, headers, raw = place.get(path)
    assert status == 200
    assert f"url={ROOT}/outbox".encode() in raw
    cookie = headers["set-cookie"]
    assert re.fullmatch(
        rf"tickiti_page_[0-9a-f]{{8}}=[\w-]{{43}}; Path={ROOT}; HttpOnly; SameSite=Strict", cookie
    )
    status, headers, raw = place.get(path)
    assert (status, "set-cookie" in headers) == (403, False)
    assert b"no longer works" in raw
    assert place.get(f"{ROOT}/tickets", Cookie=cookie.partition(";")[0])[0] == 200


@pytest.mark.parametrize("more", [{"Sec_Purpose": "prefetch"}, {"Purpose": "prefetch"}])
def test_link_is_not_used_up_in_advance(place: Place, more: dict[str, str]) -> None:
    path = link(place)
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    assert place.get(path, **headers)[0] == 403
    assert place.get(path, "HEAD")[0] == 403
    assert place.get(path)[0] == 200


@pytest.mark.parametrize("path", PATHS[2:])
def test_no_view_is_shown_without_a_session(place: Place, cookie: str, path: str) -> None:
    name = cookie.partition("=")[0]
    for sent in ("", f"{name}=guess", f"{name}=", f"{name.upper()}={cookie.partition('=')[2]}"):
        status, headers, raw = place.get(path, Cookie=sent)
        assert (status, "set-cookie" in headers) == (403, False)
        assert b"tickiti server open" in raw
        assert SUBJECT.encode() not in raw
    bearer = f"Bearer {place.token}"
    assert place.get(path, Authorization=bearer)[0] == 403


@pytest.mark.parametrize(
    "other",
    [
        "{}",
        'prefs={{"a":1,"b":2}}',
        'note="a b',
        "path=/",
        "list[0]=1",
        "a@b=1",
        "=",
        "caf\xe9=\xe9",
    ],
)
def test_cookies_of_other_programs_do_not_hide_the_session(
    place: Place, cookie: str, other: str
) -> None:
    """A browser sends those of every port of the host."""
    name = cookie.partition("=")[0]
    for sent in (f"{other}; {cookie}", f"{cookie}; {other}", f"{name}=old; {other};{cookie}"):
        assert place.get(f"{ROOT}/tickets", Cookie=sent)[0] == 200, sent


def test_two_servers_have_cookies_of_their_own(place: Place, tmp_path: Path) -> None:
    """A browser sends the cookies of a host to each of its ports."""
    other = Place(tmp_path)
    other.start()
    try:
        cookies = f"{sign_in(place)}; {sign_in(other)}"
        for found in (place, other):
            assert found.get(f"{ROOT}/tickets", Cookie=cookies)[0] == 200
        assert other.get(f"{ROOT}/tickets", Cookie=sign_in(place))[0] == 403
    finally:
        other.stop()


def test_session_ends_with_its_token(place: Place) -> None:
    body = {"name": "watcher", "abilities": ["manage-tokens"]}
    minted = json.loads(place.post("/_tickiti/tokens/mint", body)[2])["data"]
    cookie = sign_in(place, token=minted["token"])
    assert place.get(f"{ROOT}/tokens", Cookie=cookie)[0] == 200
    assert place.post("/_tickiti/tokens/revoke", {"ids": [minted["id"]]})[0] == 200
    assert place.get(f"{ROOT}/tokens", Cookie=cookie)[0] == 403
    assert place.get(f"{ROOT}/events", Cookie=cookie)[0] == 403


def test_link_asks_for_manage_tokens_and_an_admin(place: Place) -> None:
    body = {"name": "filer", "abilities": ["create-ticket"]}
    minted = json.loads(place.post("/_tickiti/tokens/mint", body)[2])["data"]
    assert place.post(LINK, {}, token=minted["token"])[0] == 403
    assert place.post(LINK, {}, token="")[0] == 401


def test_page_shows_only_tickets_that_its_token_may_see(place: Place) -> None:
    """An admin without a right in a queue does not see its tickets on the page either."""
    _, admin = new_user(place, "Page Admin", Role.ADMIN)
    token = token_for(place, admin, ["manage-tokens"])
    cookie = sign_in(place, token=token)
    seen = place.get(f"{ROOT}/tickets", Cookie=cookie)
    assert (seen[0], SUBJECT.encode() in seen[2]) == (200, True)
    place.execute("DELETE FROM queue_right")
    hidden = place.get(f"{ROOT}/tickets", Cookie=cookie)
    assert (hidden[0], SUBJECT.encode() in hidden[2]) == (200, False)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_page_answers_get_and_head_alone(place: Place, cookie: str, method: str) -> None:
    for path in (f"{ROOT}/tickets", f"{ROOT}/open?code=x", f"{ROOT}/static/page.js"):
        status, headers, raw = place.get(path, method, Cookie=cookie)
        assert (status, headers.get("allow")) == (405, "GET, HEAD")
        assert SUBJECT.encode() not in raw
    status, headers, raw = place.get(f"{ROOT}/tickets", "HEAD", Cookie=cookie)
    assert (status, raw, int(headers["content-length"]) > 1000) == (200, b"", True)


ELSEWHERE = [
    {"Host": "evil.example"}, {"Host": "evil.example:8642"}, {"Host": "127.0.0.1.evil.example"},
    {"Host": "localhost.evil.example"}, {"Host": "2130706433"}, {"Host": "[::2]"}, {"Host": ""},
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
]  # fmt: skip


@pytest.mark.parametrize("sent", ELSEWHERE, ids=str)
def test_page_of_another_origin_gets_nothing(
    place: Place, cookie: str, sent: dict[str, str]
) -> None:
    for path in (f"{ROOT}/tickets", f"{ROOT}/events", link(place)):
        status, headers, raw = place.get(path, Cookie=cookie, **sent)
        assert (status, "set-cookie" in headers) == (403, False), path
        assert SUBJECT.encode() not in raw


@pytest.mark.parametrize("host", ["127.0.0.1:{}", "localhost:{}", "[::1]:{}", "app.localhost:{}"])
def test_page_is_shown_under_each_name_of_loopback(place: Place, cookie: str, host: str) -> None:
    named = host.format(place.port)
    own = {"Host": named, "Origin": f"http://{named}", "Sec-Fetch-Site": "same-origin"}
    assert place.get(f"{ROOT}/tickets", Cookie=cookie, **own)[0] == 200


def test_link_of_another_page_opens_the_page_for_its_reader_alone(
    place: Place, cookie: str
) -> None:
    """To follow a link is harmless: the page that opens is not the one with the link."""
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    followed["Sec-Fetch-Dest"] = "document"
    status, headers, _ = place.get(f"{ROOT}/tickets", Cookie=cookie, **followed)
    assert (status, headers["cross-origin-opener-policy"]) == (200, "same-origin")


@pytest.mark.parametrize(
    "path",
    ["/", "/_tickiti/healthz", "/_tickiti/readyz", "/_tickiti/docs", "/_tickiti/openapi.json"],
)
def test_other_own_pages_answer_to_names_of_loopback_alone(place: Place, path: str) -> None:
    assert place.get(path, Host="evil.example")[0] == 404
    assert place.get(path, Host=f"localhost:{place.port}")[0] in (200, 303)


def test_every_reply_forbids_scripts_of_others_and_frames(place: Place, cookie: str) -> None:
    paths = [f"{ROOT}/{view}" for view in View] + [f"{ROOT}/nowhere", f"{ROOT}/static/page.js"]
    for path, sent in [(path, sent) for path in paths for sent in (cookie, "")]:
        _, headers, _ = place.get(path, Cookie=sent)
        policy = headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    "name", ["../app.py", "..%2Fapp.py", "%2e%2e/app.py", "page.css/", "", "/etc/passwd", "app.py"]
)
def test_page_has_three_static_files(place: Place, name: str) -> None:
    status, _, raw = place.get(f"{ROOT}/static/{name}")
    assert status in (403, 404)
    assert b"import" not in raw


def test_page_behind_a_proxy_requires_its_flag(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start("--behind-proxy")
    missing = place.post(LINK, {})
    assert (missing[0], b"--page" in missing[2]) == (404, True)
    assert place.get(f"{ROOT}/tickets")[0] == 404
    assert place.get("/")[1]["location"] == "/_tickiti/docs"
    assert place.get("/_tickiti/healthz", Host="help.example")[0] == 200
    place.stop()
    place.start("--behind-proxy", "--page")
    try:
        proxied = {"Host": "help.example", "X-Forwarded-Proto": "https"}
        _, headers, _ = place.get(link(place), **proxied)
        assert headers["set-cookie"].endswith("; HttpOnly; SameSite=Strict; Secure")
        cookie = headers["set-cookie"].partition(";")[0]
        assert place.get(f"{ROOT}/tickets", Cookie=cookie, **proxied)[0] == 200
    finally:
        place.stop()


def test_vendor_only_server_has_no_page(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start("--vendor-only")
    try:
        assert place.post(LINK, {})[0] == 404
        assert place.get(f"{ROOT}/tickets")[0] == 404
    finally:
        place.stop()


def test_links_and_sessions_expire() -> None:
    now = 0.0
    sessions = PageSessions(lambda: now)
    late, early = sessions.make_link(1, "tickets"), sessions.make_link(1, "outbox")
    now = LINK_SECONDS - 1.0
    found = sessions.redeem(early)
    assert found is not None
    secret, view = found
    assert view == "outbox"
    now = float(LINK_SECONDS)
    assert sessions.redeem(late) is None
    now = LINK_SECONDS - 2 + SESSION_SECONDS
    assert sessions.find(secret) is not None
    now += 1.0
    assert sessions.find(secret) is None


def test_number_of_links_and_sessions_is_limited() -> None:
    sessions = PageSessions()
    codes = [sessions.make_link(1, "tickets") for _ in range(MOST + 1)]
    assert sessions.redeem(codes[0]) is None
    secrets = []
    for _ in range(MOST + 1):
        found = sessions.redeem(sessions.make_link(1, "tickets"))
        assert found is not None
        secrets.append(found[0])
    assert [sessions.find(secret) is None for secret in secrets] == [True] + [False] * MOST
    assert all(secret not in repr(vars(sessions)) for secret in secrets)


def test_no_secret_of_the_page_is_logged(place: Place) -> None:
    path = link(place)
    cookie = place.get(path)[1]["set-cookie"].partition(";")[0]
    assert place.get(f"{ROOT}/tickets", Cookie=cookie)[0] == 200
    log = place.log_file.read_text()
    assert path.partition("code=")[2] not in log
    assert cookie.partition("=")[2] not in log


@contextmanager
def events(place: Place, cookie: str) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=30)
    connection.request("GET", f"{ROOT}/events", headers={"Cookie": cookie})
    with closing(connection), connection.getresponse() as reply:
        yield reply


def test_event_streams_are_limited_and_do_not_delay_a_shutdown(tmp_path: Path) -> None:
    place = PeculiarPlace(tmp_path)
    place.begin(drain_seconds=600)
    cookie = sign_in(place)
    with ExitStack() as stack:
        opened = [stack.enter_context(events(place, cookie)) for _ in range(MOST_STREAMS + 1)]
        assert [reply.status for reply in opened] == [200] * MOST_STREAMS + [503]
        assert opened[0].readline() == b"retry: 2000\n"
        open_ticket(place, "Another one")
        assert [opened[0].readline() for _ in range(2)] == [b"\n", b"data: changed\n"]
        assert place.end() == 0
        assert opened[1].read().endswith(b"\n\n")


def test_page_is_imported_by_its_first_reader() -> None:
    program = "import sys, tickiti_server.serve; print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"False\n"
