# ruff: noqa: E501 - a table reads best with a case a line
"""Idempotency keys: equal requests, the owner of a key, and the state of a key after a failure."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.databases import write_lock
from tests.support.peculiar import PeculiarPlace
from tests.support.place import ticket
from tests.support.replies import code_of
from tests.support.waiting import wait_until
from tickiti_cli.contract import classic
from tickiti_cli.contract.errors import InvalidJson
from tickiti_server.clock import SECOND, wall_clock
from tickiti_server.idempotency import fingerprint
from tickiti_server.idempotency.minted_keys import FRESH_SECONDS, KeyMinter
from tickiti_server.validation import strict_json

CREATE = "/api/create_ticket"
RESPOND = "/api/ticket_respond"
WAIT_SECONDS = 0.5


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeculiarPlace]:
    found = PeculiarPlace(tmp_path_factory.mktemp("idempotency"))
    found.begin(key_wait_seconds=WAIT_SECONDS)
    yield found
    assert found.end() == 0


def rows(place: PeculiarPlace, table: str) -> int:
    return int(place.value(f"SELECT count(*) FROM {table}"))


def prints(raw: str, *, path: str = CREATE, query: bytes = b"") -> tuple[bytes, bytes]:
    row, sent = classic.create_ticket, raw.encode()
    as_sent = fingerprint.of_bytes(row, path, query=query, raw=sent)
    body = strict_json.decode(sent)
    return as_sent, fingerprint.of_meaning(row, path, query=query, body=body, size=len(sent))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcé/", max_size=3), inner),
    max_leaves=12,
)  # fmt: skip


def respelt(value: Any, choose: st.DataObject) -> str:
    """The same JSON value in another spelling: order, white space, escapes."""
    space = choose.draw(st.sampled_from(["", " ", "\n\t", "\r\n"]))
    if isinstance(value, dict):
        names = choose.draw(st.permutations(list(value)))
        members = (f"{respelt(name, choose)}:{respelt(value[name], choose)}" for name in names)
        return f"{space}{{{space}{f'{space},'.join(members)}{space}}}"
    if isinstance(value, list):
        return f"[{space}{f',{space}'.join(respelt(item, choose) for item in value)}{space}]"
    if isinstance(value, str) and choose.draw(st.booleans()):
        units = value.encode("utf-16-be").hex()
        return '"' + "".join(rf"\u{units[i : i + 4]}" for i in range(0, len(units), 4)) + '"'
    if isinstance(value, str) and choose.draw(st.booleans()):
        return json.dumps(value, ensure_ascii=False).replace("/", r"\/")
    return f"{space}{json.dumps(value, ensure_ascii=choose.draw(st.booleans()))}"


@given(body=st.dictionaries(st.text("abc", max_size=3), JSON), choose=st.data())
@settings(max_examples=200, deadline=None)
def test_json_value_in_another_spelling_is_the_same_payload(
    body: dict[str, Any], choose: st.DataObject
) -> None:
    assert prints(respelt(body, choose))[1] == prints(json.dumps(body))[1]


NUMBERS = st.sampled_from(["1.0", "1.50", "1e2", "-0", "-0.0", "0.1E-7", "12345678901234567890123"])


@given(body=st.dictionaries(st.text("abc", max_size=3), JSON), number=NUMBERS, choose=st.data())
@settings(max_examples=200, deadline=None)
def test_plain_json_is_written_by_the_standard_library_as_by_our_own_writer(
    body: dict[str, Any], number: str, choose: st.DataObject
) -> None:
    """Each spelling is fingerprinted by one of the two, and must agree with the other."""
    for raw in (respelt(body, choose), f'{{"a":{json.dumps(body)},"n":[{number}]}}'):
        found = strict_json.decode(raw.encode())
        whole = strict_json.canonical(found.value, is_plain=found.is_plain)
        assert whole == strict_json.canonical(found.value)


@pytest.mark.parametrize(
    "raw",
    [
        '{"a":"\\u0000"}', '{"a":"\\ud800"}', '{"\\udfff":1}',
        '{"a":' + "[" * 64 + "]" * 64 + "}", '{"a":' * 65 + "1" + "}" * 65,
    ],
)  # fmt: skip
def test_json_that_must_be_refused_is_never_plain(raw: str) -> None:
    with pytest.raises(InvalidJson):
        prints(raw)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a":1}', '{"a":1.0}'), ('{"a":1}', '{"a":"1"}'), ('{"a":1}', '{"a":true}'),
        ('{"a":1.0}', '{"a":1.00}'), ('{"a":10}', '{"a":1e1}'),
        ('{"a":[1,2]}', '{"a":[2,1]}'), ('{"a":null}', "{}"), ('{"a":""}', '{"a":null}'),
        ('{"a":[]}', '{"a":{}}'), ('{"a":"é"}', '{"a":"e\u0301"}'), ('{"a":"x"}', '{"a":"x "}'),
        ('{"a":"x"}', '{"A":"x"}'), ('{"a":{"b":1}}', '{"a.b":1}'), ('{"a":"1,2"}', '{"a":["1","2"]}'),
        ('{"is_public":true}', "{}"), ('{"is_public":true}', '{"is_public":"1"}'),
    ],
)  # fmt: skip
def test_different_json_value_is_another_payload(one: str, other: str) -> None:
    assert prints(one)[1] != prints(other)[1]


def test_fingerprint_of_version_1_never_changes() -> None:
    """Rows of an older release are compared with it: change it and FINGERPRINT_VERSION together."""
    raw = '{"b": [1, 2.50, "\\u0041/"], "a": {"d": null, "c": true}}'
    assert fingerprint.FINGERPRINT_VERSION == 1
    assert [found.hex() for found in prints(raw, query=b"y=2&x=1")] == [
        "79be13eb0596aa44e620a45afd9fcd2c10896d3171c19e07e005c5168f1f5baa",
        "cd8cfdaddee9ae0c29c55214a79ee9539d46ffe3bc4acc07c40f49d43cb6f99e",
    ]


def test_row_of_another_version_replays_to_the_identical_request(
    place: PeculiarPlace,
) -> None:
    raw = json.dumps(ticket("upgraded"))
    first = place.post(CREATE, raw, "upgraded")
    change = "UPDATE idem SET fp_version = 0, body = :body WHERE key_hint = 'upgraded'"
    place.execute(change, {"body": b'{"ok":true,"data":"as it was said then"}'})
    again = place.post(CREATE, raw, "upgraded")
    respelt_request = place.post(CREATE, f" {raw}", "upgraded")
    assert first[0] == 200
    assert (again[0], again[2]) == (200, b'{"ok":true,"data":"as it was said then"}')
    assert again[1]["idempotency-replayed"] == "true"
    assert code_of(respelt_request) == (409, "idempotency_key_conflict")


def test_key_belongs_to_its_ticket_number(place: PeculiarPlace) -> None:
    numbers = [
        json.loads(place.post(CREATE, ticket("n"), f"number-{n}")[2])["data"]["ticket_number"]
        for n in range(2)
    ]
    answer = {"from_email": "a@b", "content": "c"}
    first, second = (
        place.post(f"/api/tickets/{number}/respond", answer, "numbered") for number in numbers
    )
    assert first[0] == 200
    assert code_of(second) == (409, "idempotency_key_conflict")


def test_key_is_opaque_and_compared_byte_for_byte(place: PeculiarPlace) -> None:
    keys = [
        "'; DROP TABLE idem; --",
        "%00",
        "a|b",
        '"',
        "\U0001f600" * 255,
        "é",
        "e\u0301",
        "É",
        "k " * 99 + "k",
    ]
    before = rows(place, "ticket")
    for key in keys:
        first, again = (
            place.post(CREATE, ticket("opaque"), None, Idempotency_Key=key.encode())  # type: ignore[arg-type]
            for _ in range(2)
        )
        assert (first[0], "idempotency-replayed" in first[1]) == (200, False), key
        assert (again[0], again[2]) == (200, first[2])
    assert rows(place, "ticket") - before == len(keys)


def test_token_without_the_ability_gets_no_replay(place: PeculiarPlace) -> None:
    minted = json.loads(
        place.post("/_tickiti/tokens/mint", {"name": "k", "abilities": ["create-ticket"]})[2]
    )["data"]
    assert place.post(CREATE, ticket("lost"), "lost", token=minted["token"])[0] == 200
    less = {"id": minted["id"], "overlap_seconds": 0, "abilities": ["ticket-index"]}
    rotated = json.loads(place.post("/_tickiti/tokens/rotate", less)[2])["data"]
    for token, expected in (
        (rotated["token"], (403, "missing_ability")),
        (minted["token"], (401, "unauthenticated")),
    ):
        for body in (ticket("lost"), ticket("other")):
            assert code_of(place.post(CREATE, body, "lost", token=token)) == expected


def test_key_is_free_after_a_404_or_422(
    place: PeculiarPlace,
) -> None:
    missing = max(row["number"] for row in place.every_ticket("number")) + 1
    answer = {"ticket_number": missing, "from_email": "a@b", "content": "c"}
    assert code_of(place.post(RESPOND, answer, "early")) == (404, "ticket_not_found")
    assert place.post(CREATE, ticket("appears"), "appears")[0] == 200
    assert place.post(RESPOND, answer, "early")[0] == 200
    wrong = {**ticket("x"), "is_public": "maybe"}
    assert code_of(place.post(CREATE, wrong, "corrected")) == (422, "validation_failed")
    fixed = place.post(CREATE, ticket("x"), "corrected")
    assert (fixed[0], "idempotency-replayed" in fixed[1]) == (200, False)


def test_minted_key_belongs_to_its_token_family(place: PeculiarPlace) -> None:
    key = json.loads(place.post("/api/idempotency_key", {}, token="")[2])["data"]["idempotency_key"]
    mint = {"name": "other", "abilities": ["create-ticket"]}
    other = json.loads(place.post("/_tickiti/tokens/mint", mint)[2])["data"]["token"]
    mine, theirs = (
        place.post(CREATE, ticket("minted"), key, token=token) for token in (place.token, other)
    )
    assert (mine[0], theirs[0]) == (200, 200)
    assert mine[2] != theirs[2]


def minted(place: PeculiarPlace, *, seconds_left: float) -> str:
    """As the server itself would have made it a while ago."""
    secret = place.value("SELECT value FROM setting WHERE name = 'idempotency_secret'")
    then = wall_clock() - int((FRESH_SECONDS - seconds_left) * SECOND)
    return KeyMinter(bytes.fromhex(secret)).mint("create_ticket", then)[0]


def test_minted_key_after_its_day_only_replays(
    place: PeculiarPlace,
) -> None:
    before = rows(place, "ticket")
    late = place.post(CREATE, ticket("late"), minted(place, seconds_left=-1))
    assert code_of(late) == (400, "idempotency_key_invalid")
    assert "expired unused" in json.loads(late[2])["message"]
    key = minted(place, seconds_left=2)
    first = place.post(CREATE, ticket("in time"), key)
    wait_until(lambda: wall_clock() > int(key.split(".")[2]) * SECOND)
    again = place.post(CREATE, ticket("in time"), key)
    assert (first[0], again[0], again[2]) == (200, 200, first[2])
    assert again[1]["idempotency-replayed"] == "true"
    assert rows(place, "ticket") - before == 1


def test_running_key_makes_the_same_request_wait(
    place: PeculiarPlace,
) -> None:
    """The writer is held up by a lock on the database, as a backup tool might take one."""
    with write_lock(place.database) as unlock, ThreadPoolExecutor(3) as threads:
        first = threads.submit(place.post, CREATE, ticket("running"), "running")
        time.sleep(WAIT_SECONDS / 2)
        same = threads.submit(place.post, CREATE, ticket("running"), "running")
        other = threads.submit(place.post, CREATE, ticket("another"), "running")
        assert code_of(same.result()) == (409, "idempotency_key_in_progress")
        assert same.result()[1]["retry-after"] == "1"
        assert code_of(other.result()) == (409, "idempotency_key_conflict")
        unlock()
        assert first.result()[0] == 200
    assert place.post(CREATE, ticket("running"), "running")[2] == first.result()[2]


@pytest.mark.sqlite
def test_minted_keys_are_rate_limited_and_not_stored(tmp_path: Path) -> None:
    place = PeculiarPlace(tmp_path)
    place.begin()
    before = {table: rows(place, table) for table in ("idem", "setting", "ticket")}
    pages = place.database.stat().st_size
    with ThreadPoolExecutor(8) as threads:
        statuses = list(
            threads.map(lambda _: place.post("/api/idempotency_key", {}, token="")[0], range(1000))
        )
    assert sorted(statuses) == [200] * 120 + [429] * 880
    assert {table: rows(place, table) for table in before} == before
    assert place.database.stat().st_size == pages
    assert place.end() == 0
