"""Each of the 155 published routes answers a plausible request as the published payloads say.

The rule of this file: what is known of a route comes from v1-routes.tsv and the tables beside this
file, nothing from the server's own catalogue, so that a row that is wrong there is found here.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.server.api.every_route.administration import ADMINISTRATION, AXIAL
from tests.server.api.every_route.operations import REPORTS, SUPERVISOR, WORKFLOW
from tests.server.api.every_route.route import Body, Route
from tests.server.api.every_route.settings import MAIL, SETTINGS, TEMPLATES
from tests.server.api.every_route.shapes import differences
from tests.server.api.every_route.tickets import OTHERS, TICKETS
from tests.support.multipart import FORM_TYPE, PNG, form, part
from tests.support.place import Place, ticket
from tests.support.published import V1, Row, published_rows
from tests.support.stage import STAGES

TABLES = (
    TICKETS, OTHERS, SETTINGS, MAIL, TEMPLATES, WORKFLOW, REPORTS, SUPERVISOR, ADMINISTRATION,
    AXIAL,
)  # fmt: skip
ROUTES = {name: route for table in TABLES for name, route in table.items()}
PUBLISHED = published_rows()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("routes"))
    found.start()
    found.post("/api/create_ticket", ticket("Carbon plate cracked"), "the-first-ticket")
    yield found
    found.stop()


def staged(place: Place, name: str, route: Route) -> Body:
    stage = route.stage or STAGES.get(name)
    return stage(place, route.body) if stage else route.body


def sent(place: Place, row: Row, body: Body) -> tuple[int, bytes]:
    """Status and body of the reply to a request of the published method and type."""
    path = V1 + re.sub(r"\{(\w+)\}", lambda found: str(body[found[1]]), row["path"])
    if row["method"] == "GET":
        status, _, raw = place.get(path)
    elif row["body"] == "multipart":
        texts = [part(name, str(value).encode()) for name, value in body.items() if name != "file"]
        raw_form = form(*texts, part("file", PNG, body["file"]))
        status, _, raw = place.post(path, raw_form, Content_Type=FORM_TYPE)
    else:
        members = {name: body[name] for name in body if name not in row["params"].split(",")}
        key = str(uuid4()) if row["key_required"] else None
        status, _, raw = place.post(path, members, key)
    return status, raw


def test_the_tables_have_each_published_route_once() -> None:
    named = Counter(name for table in TABLES for name in table)
    assert named == Counter(PUBLISHED.keys())


def test_only_the_four_diagnostics_routes_are_refused() -> None:
    refused = {PUBLISHED[name]["path"] for name, route in ROUTES.items() if route.status != 200}
    diagnostics = "administration/diagnostics"
    more = {f"{diagnostics}/{verb}" for verb in ("fetch", "update", "upload")}
    assert refused == {diagnostics} | more


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_route_answers_as_documented(place: Place, name: str) -> None:
    route = ROUTES[name]
    status, raw = sent(place, PUBLISHED[name], staged(place, name, route))
    reply: Any = json.loads(raw)
    assert (status, [*differences(reply, route.gives)]) == (route.status, []), raw
