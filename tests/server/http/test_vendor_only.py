"""`server start --vendor-only` answers under the vendor's paths alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.place import Place, ticket
from tickiti_cli.contract.catalogue import CATALOGUE


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("vendor"))
    found.start("--vendor-only")
    yield found
    found.stop()


def test_vendor_only_server_answers_health_and_readiness(place: Place) -> None:
    for path in ("healthz", "readyz"):
        assert place.get(f"/_tickiti/{path}")[0] == 200


def test_vendor_only_server_has_no_path_of_its_own(place: Place) -> None:
    own = [row.path for row in CATALOGUE.values() if row.path.startswith("/_tickiti/")]
    assert len(own) > 10
    for path in own:
        status, _, raw = place.post(path, {})
        assert (status, json.loads(raw)["code"]) == (404, "not_found"), path
    for path in ("/", "/_tickiti/openapi.json", "/_tickiti/docs", "/_tickiti/"):
        assert place.get(path)[0] == 404, path


def test_vendor_only_server_serves_both_generations(place: Place) -> None:
    status, _, raw = place.post("/api/create_ticket", ticket("A shoe"), str(uuid4()))
    assert status == 200
    number = json.loads(raw)["data"]["ticket_number"]
    assert place.post("/api/v1/tickets/show", {"ticket_number": number})[0] == 200
    assert place.post("/api/v1/token", {})[0] == 200
    user = place.post("/api/v1/administration/users/1/update", {})
    assert (user[0], json.loads(user[2])["code"]) == (422, "validation_failed")


def test_server_without_the_flag_has_its_own_paths_again(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.start("--vendor-only")
    place.stop()
    place.start()
    try:
        assert place.post("/_tickiti/tokens", {})[0] == 200
        assert place.get("/")[0] == 303
    finally:
        place.stop()
