"""A search matches the words a person reads, in any markup, case and accents, and ends in bounded
time."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place
from tests.support.waiting import wait_until
from tickiti_server.store.sqlite.files.integrity import APPLICATION_ID
from tickiti_server.store.upgrades import known_migrations

INDEX, TEMPLATES = "/api/tickiti_api_index", "/api/v1/templates"
ANNA = "anna@sole-trader.example"
HTML = (
    "Ask R&amp;D about a&lt;b and &quot;q&quot;, it&#39;s f<b>oo</b>b<i>ar</i>&nbsp;x"
    "<blockquote>said</blockquote><ul><li>one</ul><table><tr><td>Order<td>4711</table>"
    '<a href="https://shop.test/r">here</a><!-- hidden --><style>p{color:red}</style>'
)
HELD = ["R&D", "r&d about", "a<b", '"q"', "it's", "foobar x", "Order 4711", "shop.test", "ONE"]
NOT_HELD = [
    "amp", "quot", "nbsp", "#39", "blockquote", "<b>", "href", "hidden", "color", "lt;", "table",
]  # fmt: skip
FOLDED = [
    ("\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c3"),
    ("\u03bf\u03b4\u03cc\u03c2", "\u039f\u0394\u039f\u0301\u03a3"),
    ("Stra\u00dfe", "STRASSE"), ("STRASSE", "stra\u00dfe"), ("STRA\u1e9eE", "strasse"),
    ("M\u00fcller", "mu\u0308LLER"), ("Mu\u0308ller", "M\u00dcLLER"), ("\u0130stanbul", "istanbul"),
    ("co\u00adop\u200berate", "COOPERATE"), ("\ufb01le", "FILE"), ("\u1e9b\u0323", "\u1e61\u0323"),
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("texts"))
    found.start()
    yield found
    found.stop()


def succeeded(place: Place, path: str, body: Any, key: str | None = None) -> Any:
    status, _, raw = place.post(path, body, key)
    assert status == 200, raw
    return json.loads(raw)


def opened(place: Place, subject: str, content: str, originator: str = ANNA) -> int:
    body = {
        "originator_email_address": originator,
        "data": {"subject": subject, "content": content},
    }
    reply = succeeded(place, "/api/create_ticket", body, str(uuid4()))
    number: int = reply["data"]["ticket_number"]
    return number


def found(place: Place, mode: str, *tokens: str, **more: Any) -> list[int]:
    criterion = {"mode": mode, "tokens": tokens, "match": "any"}
    criteria = {"search_object": {"criteria": [criterion]}, "limit": 1000}
    rows = succeeded(place, INDEX, {**criteria, **more})["data"]["tickets"]
    return [row["number"] for row in rows]


@pytest.mark.parametrize("mode", ["content", "subject_content"])
@pytest.mark.parametrize("word", [*HELD, *NOT_HELD])
def test_search_matches_words_and_never_markup(place: Place, mode: str, word: str) -> None:
    known = place.value("SELECT max(number) FROM ticket WHERE subject = 'markup'")
    number = known or opened(place, "markup", HTML)
    assert (number in found(place, mode, word)) is (word in HELD)
    assert (number in found(place, mode, "nowhere", word)) is (word in HELD)


def test_search_from_the_command_line_matches_the_typed_text(place: Place) -> None:
    body = 'Zebra R&D about a<b and "q", it\'s done\nand  more'
    number = place.tickiti("ticket", "create", "--from", ANNA, "-s", "x", "-b", body).stdout
    for word, is_there in (
        ("zebra R&D", True), ('a<b and "q", it\'s', True), ("done and more", True),
        ("zebra r&amp", False), ("quot;q", False), ("done<br>", False),
    ):  # fmt: skip
        listed = place.tickiti("ticket", "list", "--search", f"content={word}").stdout
        assert (number.strip() in listed) is is_there
    shown = json.loads(place.tickiti("ticket", "view", number.strip(), "--json").stdout)
    assert shown["responses"][0]["plain_text"] == body.replace("  ", " ")


@pytest.mark.parametrize(("written", "asked"), FOLDED)
def test_search_folds_case_in_all_of_unicode(place: Place, written: str, asked: str) -> None:
    name = f"{uuid4().hex} {written}"
    want = f"{name[:32]} {asked}"
    tag = written if written.isalnum() else "x"
    number = opened(place, name, f"<p>{name}</p>")
    succeeded(place, "/_tickiti/tickets/act", {"ticket_number": number, "hashtags": [tag]})
    for mode in ("subject", "content", "subject_content"):
        assert found(place, mode, want) == [number]
        assert found(place, mode, want.swapcase()) == [number]
    if tag != "x":
        assert number in found(place, "hashtag", asked)
    template = {"type": "email", "identifier": name, "subject": "s", "content": name}
    succeeded(place, f"{TEMPLATES}/create", template)
    rows = succeeded(place, f"{TEMPLATES}/search", {"search": want})
    assert [row["identifier"] for row in rows] == [name]
    mail = {"to_address": "a@b.example", "subject": name, "content": "x"}
    succeeded(place, "/api/send_email", mail, str(uuid4()))
    rows = succeeded(place, "/api/v1/mail/sent-mail/search", {"q": want})
    assert [row["subject"] for row in rows] == [name]
    shown = succeeded(place, "/_tickiti/outbox", {"subject": want})["data"]["outbox"]
    assert [row["subject"] for row in shown] == [name]


def test_address_in_either_normal_form_is_the_same_person(place: Place) -> None:
    number = opened(place, "s", "c", "M\u00fcller@b.example")
    other = opened(place, "s", "c", "M\u00dcLLER@b.example")
    for asked in ("m\u00fcller@b.example", "mu\u0308ller@B.example", "MU\u0308LLER@b.example"):
        for mode in ("raised", "participant"):
            assert found(place, mode, asked) == [other, number]
    apart = [opened(place, "s", "c", f"{name}@b.example") for name in ("stra\u00dfe", "strasse")]
    assert found(place, "raised", "stra\u00dfe@b.example") == apart[:1]


def test_perspective_searches_the_text(place: Place) -> None:
    number = opened(place, "p", "Perspective&nbsp;R&amp;D of Stra\u00dfe")
    for value, is_there in (("perspective R&D OF STRASSE", True), ("perspective r&amp", False)):
        condition = {"field": "content", "operator": "contains", "value": value}
        body = {"name": uuid4().hex, "shared": True, "conditions": [condition]}
        made = succeeded(place, "/api/v1/settings/perspectives/create", body)
        listed = succeeded(place, INDEX, {"perspective_id": made["perspective_id"]})
        numbers = [row["number"] for row in listed["data"]["tickets"]]
        assert numbers == ([number] if is_there else [])


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (f"{TEMPLATES}/search", {"search": "x" * 1001}, "search"),
        (f"{TEMPLATES}/search", {"q": "\u00fc" * 51_000}, "q"),
        ("/api/v1/mail/sent-mail/search", {"q": "x" * 256}, "q"),
        ("/_tickiti/outbox", {"subject": "x" * 256}, "subject"),
        (
            INDEX,
            {"search_object": {"criteria": [{"mode": "content", "tokens": ["%" * 1001]}]}},
            "search_object.criteria.0.tokens.0",
        ),
        (
            INDEX,
            {"search_object": {"criteria": [{"mode": "content", "tokens": ["x"] * 100}] * 4}},
            "search_object.criteria",
        ),
        (
            "/api/v1/settings/perspectives/create",
            {
                "name": "n", "shared": True,
                "conditions": [{"field": "content", "operator": "contains", "value": "x" * 1001}],
            },
            "conditions.0.value",
        ),
    ],
)  # fmt: skip
def test_oversized_search_is_refused_by_its_field(
    place: Place, path: str, body: Any, field: str
) -> None:
    status, _, raw = place.post(path, body)
    reply = json.loads(raw)
    assert (status, list(reply["errors"])) == (422, [field])


@pytest.mark.faults
@pytest.mark.sqlite
def test_search_in_long_texts_ends_or_tells_how_to_narrow(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start()
    number = opened(place, "long", "a" * 20_000_000)
    needle = "a" * 999
    long = [f"{needle}b", f"b{needle}", f"{needle[:500]}b{needle[500:]}"]
    began = time.monotonic()
    assert found(place, "content", *long) == []
    assert found(place, "content", "a" * 1000) == [number]
    assert time.monotonic() - began < 30  # half a second on an idle machine; minutes by LIKE
    tokens = [f"{n:02}{needle[:900]}b" for n in range(100)]
    criteria = [{"mode": "content", "tokens": tokens, "match": "any"}] * 3
    replies: list[tuple[int, Any]] = []

    def ask() -> None:
        status, _, raw = place.post(INDEX, {"search_object": {"criteria": criteria}})
        replies.append((status, json.loads(raw)))

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert [status for status, _ in replies] == [503, 503]
    assert {reply["code"] for _, reply in replies} == {"overloaded"}
    assert any("Narrow it: " in reply["message"] for _, reply in replies)
    assert found(place, "ticket_number", str(number)) == [number]
    place.stop()


def older_database(path: Path, contents: list[str]) -> None:
    """As the version before the texts left it, with a ticket for each content."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            f"PRAGMA application_id = {APPLICATION_ID};"
            "CREATE TABLE schema_migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
            " applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);"
        )
        for migration in known_migrations("sqlite"):
            if migration.number < 7:
                connection.executescript(migration.sql)
                connection.execute(
                    "INSERT INTO schema_migration (number, name) VALUES (?, ?)",
                    (migration.number, migration.name),
                )
        for number, html in enumerate(contents, start=1):
            connection.execute(
                "INSERT INTO ticket (id, number, secure_id, subject, queue_id, originator_id,"
                " status, priority, created_at, updated_at)"
                " VALUES (?1, 220008 + ?1, '', 's', 1, 1, 'open', 20, ?1, ?1)",
                (number,),
            )
            connection.execute(
                "INSERT INTO response (ticket_id, author_id, html, is_internal, staff_response,"
                " created_at, updated_at) VALUES (?1, 1, ?2, 0, 0, ?1, ?1)",
                (number, html),
            )
        names = ["\u039f\u0394\u039f\u03a3", "Stra\u00dfe", "STRASSE"]
        connection.executemany(
            "INSERT INTO queue (name, name_key) VALUES (?, ?)", [(n, n.lower()) for n in names]
        )
        connection.execute("UPDATE ticket SET queue_id = 2 WHERE id = (SELECT max(id) FROM ticket)")
        connection.commit()


def missing(place: Place) -> int:
    return int(place.value("SELECT count(*) FROM response WHERE text IS NULL"))


@pytest.mark.sqlite
def test_texts_of_an_older_version_are_indexed_while_searched(
    tmp_path: Path,
) -> None:
    """It is killed on its way, and every answer is right at any time."""
    place = Place(tmp_path)
    contents = [f"<p>R&amp;D of {n:04}</p><ul><li>x</ul>" for n in range(1500)]
    older_database(place.database, [*contents, "<!-- >a" * 100_000])
    place.start()
    left = []
    for _ in range(3):
        assert found(place, "content", "R&D OF 0007", "r&d of 1499") == [221508, 220016]
        assert found(place, "content", "amp") == []
        left.append(missing(place))
        place.kill()
        place.start()
    assert left[-1] < left[0] <= 1501 or left[-1] == 0
    wait_until(lambda: not missing(place), seconds=60)
    assert found(place, "content", "R&D OF 0007", "r&d of 1499") == [221508, 220016]
    shown = succeeded(place, "/api/v1/tickets/show", {"ticket_number": 220016})["data"]
    assert shown["responses"][0]["plain_text"] == "R&D of 0007\n\n- x"
    for asked in ("\u039f\u0394\u039f\u03a3", "\u03bf\u03b4\u03bf\u03c3"):
        assert found(place, "queue", asked) == [221509]
    place.stop()
