"""The connection says who calls; Host, Origin and X-Forwarded-For are not trusted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.peculiar import PeculiarPlace
from tests.support.place import Place, ticket

CREATE = "/api/create_ticket"
MINT = "/api/idempotency_key"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeculiarPlace]:
    found = PeculiarPlace(tmp_path_factory.mktemp("origin"))
    found.begin(minted_keys_per_minute=3)
    yield found
    assert found.end() == 0


def test_forwarded_address_gets_no_second_rate(place: PeculiarPlace) -> None:
    statuses = [
        place.post(MINT, {}, token="", X_Forwarded_For=f"10.0.0.{n}", Forwarded=f"for=10.0.0.{n}")[
            0
        ]
        for n in range(5)
    ]
    assert statuses == [200, 200, 200, 429, 429]


def test_forwarded_addresses_behind_a_proxy_have_own_rates(tmp_path: Path) -> None:
    """The proxy's own word is the last one; what the client wrote before it counts for nothing."""
    place = PeculiarPlace(tmp_path)
    place.begin(minted_keys_per_minute=1, behind_proxy=True)
    asked = ["10.0.0.1", "10.0.0.2", "10.0.0.9, 10.0.0.1"]
    statuses = [place.post(MINT, {}, token="", X_Forwarded_For=who)[0] for who in asked]
    assert place.end() == 0
    assert statuses == [200, 200, 429]


def test_replies_have_no_cors_headers(place: PeculiarPlace) -> None:
    for path, token in ((CREATE, place.token), (CREATE, "1|wrong"), ("/nowhere", "")):
        _, headers, _ = place.post(
            path, ticket("x"), "cors", token=token, Origin="https://a.example"
        )
        assert [name for name in headers if name.startswith("access-control-")] == []


def test_host_header_changes_nothing(place: PeculiarPlace) -> None:
    replies = [
        place.post(CREATE, ticket("host"), "host", Host=host)[2]
        for host in ("localhost", "evil.example", "127.0.0.1:1")
    ]
    assert len(set(replies)) == 1
    assert b"evil" not in replies[0]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_public_listen_address_needs_a_proxy(tmp_path: Path, host: str) -> None:
    place = Place(tmp_path)
    done = place.tickiti(
        "server", "start", "--host", host, "--port", "0", "--db", str(place.database), check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"tickiti: --host {host}: other machines would send their tokens unencrypted.\n"
        "Put a TLS proxy in front of the server and give --behind-proxy.\n"
    )
    assert not place.database.exists()


def test_server_listens_on_loopback_by_default(tmp_path: Path) -> None:
    place = Place(tmp_path)
    url = place.tickiti(
        "server", "start", "--detach", "--port", "0", "--db", str(place.database)
    ).stdout.strip()
    place.stop()
    assert url.startswith("http://127.0.0.1:")
