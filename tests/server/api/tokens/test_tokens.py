"""Tokens over HTTP: minted, listed, viewed by themselves, rotated, revoked, expired."""

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.databases import tables
from tests.support.place import Place, ticket
from tickiti_cli.contract.token_format import is_minted_secret, split_token

TOKENS, INDEX = "/_tickiti/tokens", "/api/tickiti_api_index"
CREATE = "/api/create_ticket"
MINT = {"name": "shop", "abilities": ["ticket-index", "create-ticket", "ticket-index"]}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("tokens"))
    found.start()
    yield found
    found.stop()


def succeeded(place: Place, verb: str, body: Any, token: str | None = None) -> Any:
    status, _, raw = place.post(f"{TOKENS}{verb}", body, token=token)
    assert status == 200, raw
    return json.loads(raw)["data"]


def listed(place: Place, token_id: int, **body: Any) -> list[dict[str, Any]]:
    rows = succeeded(place, "", body)["tokens"]
    return [row for row in rows if row["id"] == token_id]


def is_let_in(place: Place, token: str) -> bool:
    status = place.post(INDEX, {}, token=token)[0]
    assert status in (200, 401)
    return status == 200


def test_minted_token_is_shown_once_and_never_listed(place: Place) -> None:
    minted = succeeded(place, "/mint", MINT)
    token = minted.pop("token")
    token_id, secret = split_token(token) or (0, "")
    assert (token_id, is_minted_secret(secret)) == (minted["id"], True)
    created = minted["created_at"]
    assert minted == {
        "id": token_id, "name": "shop", "abilities": ["create-ticket", "ticket-index"],
        "family": minted["family"], "status": "active", "created_at": created,
        "last_used_at": None, "expires_at": None, "overlap_until": None,
        "allowed_ip": None, "user": None,
    }  # fmt: skip
    assert listed(place, token_id) == [minted]
    assert secret.encode() not in place.post(TOKENS, {})[2]
    assert secret not in repr(tables(place.database))


def test_live_token_sees_its_own_row_alone(place: Place) -> None:
    minted = succeeded(place, "/mint", MINT)
    own = succeeded(place, "/self", {}, minted["token"])
    assert (own["id"], own["abilities"]) == (minted["id"], minted["abilities"])
    status, _, raw = place.post(TOKENS, {}, token=minted["token"])
    assert (status, json.loads(raw)["code"]) == (403, "missing_ability")
    assert "manage-tokens" in json.loads(raw)["message"]


def test_rotation_keeps_the_family_and_overlaps(place: Place) -> None:
    old = succeeded(place, "/mint", MINT)
    new = succeeded(place, "/rotate", {"id": old["id"], "overlap_seconds": 600})
    for name in ("name", "abilities", "family"):
        assert new[name] == old[name]
    (row,) = listed(place, old["id"])
    assert (row["status"], row["overlap_until"] is None) == ("overlap", False)
    assert is_let_in(place, old["token"])
    assert is_let_in(place, new["token"])
    status, _, raw = place.post(f"{TOKENS}/rotate", {"id": old["id"]})
    assert (status, json.loads(raw)["ok"]) == (409, False)


def test_rotation_without_overlap_ends_the_old_token(place: Place) -> None:
    old = succeeded(place, "/mint", MINT)
    new = succeeded(place, "/rotate", {"id": old["id"], "overlap_seconds": 0})
    assert not is_let_in(place, old["token"])
    assert is_let_in(place, new["token"])
    assert listed(place, old["id"])[0]["status"] == "expired"


def test_revoke_ends_all_named_tokens_or_none(place: Place) -> None:
    minted = succeeded(place, "/mint", MINT)
    unknown = {"ids": [minted["id"], 10**12]}
    status, _, raw = place.post(f"{TOKENS}/revoke", unknown)
    assert (status, list(json.loads(raw)["errors"])) == (422, ["ids.1"])
    assert is_let_in(place, minted["token"])
    for _ in range(2):
        (row,) = succeeded(place, "/revoke", {"ids": [minted["id"]]})["tokens"]
        assert row["status"] == "revoked"
    assert not is_let_in(place, minted["token"])
    assert len(listed(place, minted["id"], status="revoked")) == 1
    assert listed(place, minted["id"], status="active") == []


def test_token_list_can_filter_by_expiry(place: Place) -> None:
    minted = succeeded(place, "/mint", {**MINT, "expires_at": "2999-01-01T00:00:00+02:00"})
    assert minted["expires_at"] == "2998-12-31T22:00:00+00:00"
    assert listed(place, minted["id"], expiring_within=60) == []
    assert len(listed(place, minted["id"], expiring_within=2**40)) == 1
    assert listed(place, minted["id"], unused_for=60) == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"),
        ({"abilities": []}, "abilities"),
        ({"abilities": ["fly"]}, "abilities.0"),
        ({"expires_at": "2001-01-01"}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-23:59"}, "expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+12:00"}, "expires_at"),
        ({"user": "nobody@b.example"}, "user"),
    ],
)
def test_invalid_token_member_is_a_bad_field(
    place: Place, more: dict[str, Any], field: str
) -> None:
    status, _, raw = place.post(f"{TOKENS}/mint", {**MINT, **more})
    assert (status, list(json.loads(raw).get("errors", {}))) == (422, [field])


def refusal(place: Place, token: str | bytes) -> tuple[int, dict[str, Any], str]:
    """Status, body without its request id, and headers that could tell one cause from another."""
    raw = token.encode() if isinstance(token, str) else token
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=30)
    try:
        connection.putrequest("POST", INDEX)
        connection.putheader("Authorization", b"Bearer " + raw)
        connection.putheader("Content-Length", "0")
        connection.endheaders()
        reply = connection.getresponse()
        body = json.loads(reply.read())
        del body["request_id"]
        return reply.status, body, str(reply.headers["WWW-Authenticate"])
    finally:
        connection.close()


def test_refusal_of_a_token_hides_the_reason(place: Place) -> None:
    live, revoked, expired = (succeeded(place, "/mint", MINT) for _ in range(3))
    succeeded(place, "/revoke", {"ids": [revoked["id"]]})
    succeeded(place, "/rotate", {"id": expired["id"], "overlap_seconds": 0})
    secret = live["token"].partition("|")[2]
    unknown, wrong = f"{10**12}|{secret}", f"{live['id']}|{secret[:-1]}x"
    dead = [unknown, wrong, revoked["token"], expired["token"]]
    shapeless = [
        f"99999999999999999999|{secret}", f"-1|{secret}", f"{live['id']}|", "|", f"|{secret}",
        secret, f"\N{FULLWIDTH DIGIT ONE}|{secret}",
        f"{live['id']}|{secret}" + "x" * 10_240, b"\xff|\xff",
        f"+{live['id']}|{secret}", f"0{live['id']}|{secret}", f"{live['id']}.0|{secret}",
    ]  # fmt: skip
    message = "Unauthenticated."
    expected = {
        "ok": False, "error": message, "message": message, "code": "unauthenticated",
        "retryable": False,
    }  # fmt: skip
    for token in [*dead, *shapeless]:
        assert refusal(place, token) == (401, expected, "Bearer"), token
    assert is_let_in(place, live["token"])


def test_request_without_the_ability_leaves_its_key_free(
    place: Place,
) -> None:
    poor = succeeded(place, "/mint", {**MINT, "abilities": ["ticket-index"]})
    before = place.every_ticket("number")
    status, _, raw = place.post(CREATE, ticket("x"), "the-key", token=poor["token"])
    assert (status, json.loads(raw)["code"]) == (403, "missing_ability")
    assert "'create-ticket'" in json.loads(raw)["message"]
    assert place.every_ticket("number") == before
    rich = {"id": poor["id"], "abilities": ["create-ticket"], "overlap_seconds": 60}
    token = succeeded(place, "/rotate", rich)["token"]
    other = place.post(CREATE, ticket("another one"), "the-key", token=token)
    assert (other[0], "idempotency-replayed" in other[1]) == (200, False)
