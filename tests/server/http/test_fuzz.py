"""Every request gets a reply of the contract: never a 5xx, never a hang."""

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.place import Place
from tickiti_cli.contract.errors import BY_CODE

settings.register_profile(
    "http",
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("http")

PATHS = st.sampled_from(
    [
        "/api/create_ticket", "/api/ticket_respond", "/api/tickiti_api_index",
        "/api/tickets/create", "/api/tickets/220009/respond", "/api/v1/tickets/show",
        "/api/idempotency_key", "/_tickiti/tokens", "/_tickiti/tokens/rotate",
        "/_tickiti/tokens/retire", "/_tickiti/tokens/audit",
    ]
)  # fmt: skip
MEMBERS = st.sampled_from(
    [
        "originator_email_address", "data", "subject", "content", "queue_name", "is_public",
        "ticket_number", "from_email", "status", "on_hold_until", "search_object", "criteria",
        "mode", "tokens", "limit", "cursor", "order", "perspective_id", "action", "id",
        "expiring_within", "if_idle", "since", "overlap_seconds", "expires_at",
        "template_identifier", "uid",
    ]
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**70), max_value=2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=40)
    | st.sampled_from(["a@b", "2030-01-01", "9999-12-31", "0000-00-00", "1e999", "open", "%_\\"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(MEMBERS, inner, max_size=5),
    max_leaves=20,
)
BODIES = st.dictionaries(MEMBERS, VALUES, max_size=8)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("fuzz"))
    found.start()
    yield found
    found.stop()


def is_contracts(reply: tuple[int, dict[str, str], bytes]) -> None:
    status, headers, raw = reply
    body = json.loads(raw)
    assert status < 500, raw
    if status == 200:
        assert body["ok"] is True
    else:
        assert body["ok"] is False
        assert BY_CODE[body["code"]].status == status
        assert headers["x-request-id"] == body["request_id"]


@given(path=PATHS, body=BODIES, key=st.uuids())
def test_random_json_object_gets_a_reply_of_the_contract(
    place: Place, path: str, body: Any, key: Any
) -> None:
    is_contracts(place.post(path, body, str(key)))


@given(path=PATHS, raw=st.binary(max_size=200))
def test_random_body_gets_a_reply_of_the_contract(place: Place, path: str, raw: bytes) -> None:
    is_contracts(place.post(path, raw, "bytes"))


HEADER_BYTES = st.binary(max_size=300).filter(
    lambda raw: not set(raw) & {0, 10, 13} and raw == raw.strip(b" \t")
)


@given(key=HEADER_BYTES, token=HEADER_BYTES)
def test_random_header_gets_a_reply_of_the_contract(place: Place, key: bytes, token: bytes) -> None:
    for values in ((key, f"Bearer {place.token}".encode()), (b"k", b"Bearer " + token)):
        connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=10)
        connection.putrequest("POST", "/api/create_ticket", skip_accept_encoding=True)
        connection.putheader("Idempotency-Key", values[0])
        connection.putheader("Authorization", values[1])
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", "2")
        connection.endheaders(b"{}")
        reply = connection.getresponse()
        raw = reply.read()
        connection.close()
        assert reply.status in (400, 401, 422), raw
        # Control characters in a header are not HTTP: the one reply without an envelope.
        if reply.getheader("content-type") == "application/json":
            is_contracts((reply.status, {k.lower(): v for k, v in reply.getheaders()}, raw))
        else:
            assert reply.status == 400
