"""Every endpoint by the state of the token, and every ticket endpoint by the right in the queue."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests.support.place import Place, ticket
from tests.support.users import TOKENS, USERS, answered, new_user, token_for
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.endpoint import Ability, Access, Endpoint, Key

ROWS = [row for row in CATALOGUE.values() if not row.is_off and row.access is not Access.PUBLIC]
STATES = {
    "none": "unauthenticated", "wrong": "unauthenticated", "expired": "unauthenticated",
    "revoked": "unauthenticated", "other address": "ip_not_allowed",
}  # fmt: skip
VIEW, MANAGE, DELETE = 1, 2, 3
"""What a request needs: sight of the queue, the right to manage, and to delete as well."""

SYSTEM = {"from_email": "system@localhost"}
REQUESTS: list[tuple[str, dict[str, Any], int]] = [
    ("/api/ticket_respond", {**SYSTEM, "content": "x"}, VIEW),
    ("/api/v1/tickets/show", {}, VIEW),
    ("/api/v1/tickets/responses", {}, VIEW),
    ("/api/v1/tickets/links", {}, VIEW),
    ("/api/v1/tickets/respond", {**SYSTEM, "content": "x"}, VIEW),
    ("/api/v1/tickets/participants/add", {"participants": ["x@b.example"]}, VIEW),
    ("/api/v1/tickets/respond", {**SYSTEM, "priority": "high"}, MANAGE),
    ("/api/v1/tickets/respond", {**SYSTEM, "status": "on-hold", "on_hold_until": "2099-01-01"},
     MANAGE),
    ("/api/v1/tickets/close", {}, MANAGE),
    ("/api/v1/tickets/originator-update", {"originator_email": "y@b.example"}, MANAGE),
    ("/api/v1/tickets/delete", {}, DELETE),
]  # fmt: skip
RIGHTS = {
    "nothing": 0, "can_view": VIEW, "can_view can_manage": MANAGE,
    "can_view can_manage can_delete": DELETE,
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("matrix"))
    found.start()
    yield found
    found.stop()


def token_in(place: Place, state: str) -> str:
    """A token with every ability in this state."""
    if state == "none":
        return ""
    body: dict[str, Any] = {"name": state, "abilities": [*Ability]}
    if state == "other address":
        body["allowed_ip"] = "203.0.113.7"
    row = answered(place, f"{TOKENS}/mint", body)["data"]
    if state == "expired":
        place.execute("UPDATE api_token SET expires_at = 1 WHERE id = :id", {"id": row["id"]})
    if state == "revoked":
        answered(place, f"{TOKENS}/revoke", {"ids": [row["id"]]})
    token: str = row["token"]
    return token[:-1] + ("0" if token[-1] != "0" else "1") if state == "wrong" else token


@pytest.mark.parametrize("state", [*STATES])
def test_endpoint_refuses_a_token_that_is_not_valid_here(place: Place, state: str) -> None:
    token = token_in(place, state)

    def code(row: Endpoint) -> str:
        path = row.path.format(**dict.fromkeys(row.params, "1"))
        key = "matrix" if row.key is not Key.NONE else None
        if row.method == "GET":
            raw = place.get(path, Authorization=f"Bearer {token}")[2]
        else:
            raw = place.post(path, "no JSON", key, token=token)[2]
        return str(json.loads(raw)["code"])

    with ThreadPoolExecutor(8) as threads:
        codes = dict(zip((row.name for row in ROWS), threads.map(code, ROWS), strict=True))
    assert codes == dict.fromkeys(codes, STATES[state])


@pytest.mark.parametrize("rights", [*RIGHTS])
def test_ticket_endpoint_opens_to_its_queue_right(place: Place, rights: str) -> None:
    user, email = new_user(place, f"of {uuid4().hex}")
    token = token_for(place, email)
    switches = {f"can_{name}": f"can_{name}" in rights for name in ("view", "manage", "delete")}
    answered(place, f"{USERS}/{user}/queues/1", switches)
    for path, members, needed in REQUESTS:
        made = place.post("/api/create_ticket", ticket("matrix"), str(uuid4()))
        number = json.loads(made[2])["data"]["ticket_number"]
        where: dict[str, Any] = {"ticket_number": number}
        if path.endswith("/delete"):
            where = {"ticket_numbers": [number]}
        status, _, raw = place.post(path, {**where, **members}, str(uuid4()), token=token)
        found = (status, json.loads(raw).get("code"))
        has = RIGHTS[rights]
        if not has:
            assert found == (404, "ticket_not_found"), (path, members)
        elif has < needed:
            assert found == (403, "queue_right_required"), (path, members)
        else:
            assert found == (200, None), (path, members, raw)
